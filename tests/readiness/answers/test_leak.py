"""Leaks: what is a secret in a log, what only looks like one, and hostile text."""

import time

import pytest
from readiness.answers.leak import LONGEST, leaks

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('{"message": "sign-in", "password": "correct horse"}', {"credential"}),
        ("POST /v1/reset?token=8f3a&lang=de", {"credential"}),
        ("login failed password=hunterhunter", {"credential"}),
        ("config: api_key: 'k-12345678'", {"credential"}),
        (f"session {JWT} ended", {"credential"}),
        ("Authorization: Bearer 8f3a0c1d2e4b5a69", {"bearer token"}),
        ("authorization: basic YW5uYTpodW50ZXIy", {"bearer token"}),
        ("-----BEGIN EC PRIVATE KEY-----", {"key"}),
        ("uploaded with AKIAABCDEFGHIJKLMNOP", {"key"}),
        ("mail sent to anna.b+test@mail.example.com", {"e-mail address"}),
    ],
)
def test_a_secret_or_an_address_is_found(text, kinds):
    assert leaks(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "[redacted]", "client_secret": "***", "token": null}',
        '{"token_type": "bearer", "tokenId": "t-17", "password_changed_at": "2026-01-01"}',
        "GET /v1/reset?token=[FILTERED] 200",
        "GET /v1/reset?token=xxxxxx 200",
        "token=8f3a***",
        "wrong password: please try again at 9",
        "Bearer authentication is required",
        "Authorization: Bearer [hidden]",
        "a***@example.com signed in",
        "user@localhost ran uptime",
        "",
    ],
)
def test_what_stands_for_a_secret_is_none(text):
    assert leaks(text) == set()


@pytest.mark.parametrize(
    "part", ["password=", '"token": "', "bearer a", "a@", "a.", "*", "-----BEGIN ", 'password : "', "@a-"]
)
def test_hostile_text_takes_no_longer_than_its_length(part):
    started = time.perf_counter()
    leaks(part * LONGEST)
    assert time.perf_counter() - started < 2
