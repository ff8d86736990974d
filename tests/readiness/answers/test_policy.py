"""Content-Security-Policy: what is permitted, alone and in company."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.answers.policy import nonces, parse, weaknesses

SOUND = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "


@pytest.mark.parametrize(
    ("policy", "weak"),
    [
        ("script-src 'self'", set()),
        ("script-src 'none'", set()),
        ("default-src 'self'", set()),
        ("script-src *", {"*"}),
        ("script-src https://*", {"https:"}),
        ("script-src HTTPS:", {"https:"}),
        ("script-src http:", {"http:"}),
        ("script-src 'self' data:", {"data:"}),
        ("script-src https://cdn.example", set()),
        ("script-src 'unsafe-inline'", {"unsafe-inline"}),
        ("script-src 'unsafe-inline' 'nonce-YWJj'", set()),
        ("script-src 'unsafe-inline' 'sha256-YWJj='", set()),
        ("script-src 'strict-dynamic' 'nonce-YWJj' 'unsafe-inline' https:", set()),
        ("script-src 'self'; script-src-elem *", {"*"}),
        ("script-src 'self'; script-src-attr 'unsafe-inline'", {"unsafe-inline"}),
        ("script-src 'self'; script-src *", set()),
        ("img-src 'self'", {"any script"}),
    ],
)
def test_the_ways_that_scripts_get_in_are_named(policy, weak):
    assert weaknesses(parse([SOUND + policy])) == weak


@pytest.mark.parametrize(
    ("policy", "weak"),
    [
        ("default-src 'self'", {"base-uri", "framing"}),
        ("default-src 'self' https://cdn.example; base-uri 'self'; frame-ancestors 'self'", {"object-src"}),
        ("script-src 'self' 'unsafe-eval'; base-uri 'self'; frame-ancestors 'self'", {"object-src", "unsafe-eval"}),
        ("default-src 'none'; base-uri *; frame-ancestors https://a.example", {"base-uri"}),
    ],
)
def test_the_strict_list_has_framing_eval_and_the_rest(policy, weak):
    assert weaknesses(parse([policy]), strict=True) == weak


def test_what_one_policy_forbids_is_forbidden():
    assert weaknesses(parse(["default-src *; script-src *", SOUND + "script-src 'self'"]), strict=True) == set()
    assert weaknesses(parse([SOUND + "script-src *, script-src https:"])) == {"https:"}
    assert weaknesses(parse([SOUND, "script-src https:"])) == {"https:"}


def test_nonces_are_found_in_every_policy():
    assert nonces(parse(["script-src 'nonce-YQ=='", "default-src 'nonce-Yg=='"])) == {"YQ==", "Yg=="}


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error_and_more_policies_never_weaken(text):
    policies = parse([text])
    if policies:
        before = weaknesses(policies, strict=True)
        assert len(weaknesses([*policies, parse([SOUND + "script-src 'self'"])[0]], strict=True)) <= len(before)
