"""Secrets: a reference everywhere, a value nowhere."""

import time

import pytest
from readiness.errors import BadInput
from readiness.secret import MASK, Secret, credentials, excerpt, redact
from readiness.target import Target

VALUE = "hunter2-very-secret"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


def test_a_secret_is_read_from_the_environment_when_it_is_asked_for(monkeypatch):
    secret = Secret("env:API_TOKEN")
    monkeypatch.setenv("API_TOKEN", f" {VALUE}\n")
    assert secret.reveal() == VALUE


def test_a_secret_file_stands_beside_the_file_that_names_it(tmp_path):
    (tmp_path / "token").write_text(f"{VALUE}\n")
    assert Secret("file:token", tmp_path).reveal() == VALUE
    assert Secret(f"file:{tmp_path}/token").reveal() == VALUE


@pytest.mark.parametrize("reference", ["env:NOT_SET_ANYWHERE", "env:BLANK", "file:gone", "file:empty", "file:."])
def test_a_secret_that_is_not_there_is_told_by_its_reference(reference, tmp_path, monkeypatch):
    monkeypatch.setenv("BLANK", "  ")
    (tmp_path / "empty").touch()
    with pytest.raises(BadInput) as caught:
        Secret(reference, tmp_path).reveal()
    assert str(caught.value) == f"secret {reference}: expected a value there, found none"


@pytest.mark.parametrize("value", [f"{VALUE}\nsecond", f"{VALUE}\r\nX-More: 1", f"{VALUE}\x00a", f"a\x7f{VALUE}"])
def test_a_secret_that_no_header_can_carry_is_told_by_its_reference(value, tmp_path):
    (tmp_path / "token").write_text(value, newline="")
    with pytest.raises(BadInput) as caught:
        Secret("file:token", tmp_path).reveal()
    assert str(caught.value) == "secret file:token: expected one line of printable characters"


def test_a_secret_prints_as_its_reference(monkeypatch):
    monkeypatch.setenv("API_TOKEN", VALUE)
    secret = Secret("env:API_TOKEN")
    secret.reveal()
    for text in (repr(secret), str(secret), f"{secret}", repr([secret]), repr(vars(secret))):
        assert "env:API_TOKEN" in text
        assert VALUE not in text


@pytest.mark.parametrize("text", [VALUE, "env:", "env:1NAME", "env:A B", "file:", "ENV:NAME", f"Bearer {JWT}", ""])
def test_a_value_in_place_of_a_reference_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError) as caught:
        Secret(text)
    assert str(caught.value) == "expected a reference env:NAME or file:PATH, got a value"


@pytest.mark.parametrize(
    "headers",
    [
        f"headers: {{Authorization: {VALUE}}}",
        f"headers: {VALUE}",
        f"headers: [{VALUE}]",
        f"headers: {{Authorization: {{bearer: {VALUE}}}}}",
        f"headers: {{Authorization: [{VALUE}]}}",
        f"header: {{Authorization: {VALUE}}}",
        f"token: {VALUE}",
        f"staging: https://user:{VALUE}@staging.example.com",
        f"staging: https://user:{VALUE}@staging.example.com/?x=1",
        f"staging: postgres://user:{VALUE}@db.example.com/x",
        f"staging: https://user:{VALUE}@[",
    ],
)
def test_a_secret_written_into_a_target_file_is_not_repeated_in_the_problem(tmp_path, headers):
    path = tmp_path / "one.yaml"
    path.write_text(f"name: one\ntitle: One\nproduction: https://api.example.com\n{headers}\n")
    with pytest.raises(BadInput) as caught:
        Target.read(path)
    assert VALUE not in str(caught.value)
    assert str(caught.value).startswith(f"{path}:4: ")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"Authorization: Bearer {JWT} more", f"Authorization: Bearer {MASK} more"),
        (f'{{"access_token": "{VALUE}", "kind": "x"}}', f'{{"access_token": "{MASK}", "kind": "x"}}'),
        (f'{{"Password":"{VALUE}"}}', f'{{"Password":"{MASK}"}}'),
        (f'{{"client_secret" : "{VALUE}"}}', f'{{"client_secret" : "{MASK}"}}'),
        (f'{{"apiKey": "{VALUE}"}}', f'{{"apiKey": "{MASK}"}}'),
        (f'{{"password": "a\\"{VALUE}"}}', f'{{"password": "{MASK}"}}'),
        (f'{{"token": "{VALUE}', f'{{"token": "{MASK}'),
        (f"/callback?access_token={VALUE}&state=1", f"/callback?access_token={MASK}&state=1"),
        (f"a_{JWT}", f"a_{MASK}"),
        (f"cut {JWT[:30]}", f"cut {MASK}"),
        ('{"tokens_left": 5}', '{"tokens_left": 5}'),
        ("nothing here", "nothing here"),
    ],
)
def test_credentials_are_masked(text, left):
    assert redact(text) == left


def test_known_values_are_masked_wherever_they_stand_and_an_empty_one_is_nothing():
    assert redact(f"a{VALUE}b {VALUE}", ["", VALUE]) == f"a{MASK}b {MASK}"


def test_a_value_that_is_part_of_another_leaves_nothing_of_either():
    assert "long" not in redact("key-long", ["key", "key-long"])


@pytest.mark.parametrize(
    "text", ["eyJ" * 200_000, '"token' * 100_000, '"token":"' + "\\a" * 300_000, "token=" * 100_000]
)
def test_hostile_text_is_redacted_in_time_that_grows_with_its_length_alone(text):
    started = time.perf_counter()
    redact(text)
    assert time.perf_counter() - started < 1


def test_an_excerpt_leaves_no_part_of_a_value_that_it_cuts():
    assert excerpt(f"12345{VALUE}", 10, [VALUE]) == "12345"
    assert excerpt("1234567890", 10, [VALUE]) == "1234567890"
    assert excerpt("12345678901", 10, [VALUE]) == "1234567890"


def test_what_would_be_taken_out_is_told_with_its_name():
    text = f'{{"client_secret": "a b"}} ?token=1234&x=1 {JWT}'
    assert list(credentials(text)) == [("secret", "a b"), ("token", "1234"), ("", JWT)]
    assert all(value not in redact(text) for _, value in credentials(text))
