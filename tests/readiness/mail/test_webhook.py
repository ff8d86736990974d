"""The webhook: over TLS that verifies, its address nowhere, and what is foreign in it as text."""

import json
import logging
from pathlib import Path

import pytest
from readiness.mail.webhook import Hooks, body
from readiness.notify import Notify
from readiness.transition import Transition

from .conftest import HOSTILE, Hook

TO = "env:HOOK"


@pytest.fixture
def hand_over(monkeypatch, authority):
    """`hand_over(url)` sends to that address; what it noted before the end is `hand_over.noted`."""

    def call(url, content=b'{"text": "hello"}', ca_file=authority.ca_file):
        monkeypatch.setenv("HOOK", url)
        told = Notify.model_validate({"webhooks": [TO], "ca_file": ca_file}, context={"folder": Path()})
        return Hooks(told, timeout=10).hand_over(TO, content, lambda: call.noted.append(url))

    call.noted = []
    return call


def test_what_changed_arrives_as_json(hook, hand_over):
    answer = hand_over(hook.url)
    assert (answer.state, answer.said) == ("sent", "status 200")
    assert hook.taken == [{"text": "hello"}]
    assert hand_over.noted == [], "what is unclear is sent again, so it is never noted as that"


def test_its_address_is_not_logged(hook, hand_over, caplog):
    for name in (None, "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    assert hand_over(hook.url).state == "sent"
    assert "s3cr3tp4th" not in caplog.text


@pytest.mark.parametrize(
    ("status", "state"), [(500, "waiting"), (503, "waiting"), (429, "waiting"), (404, "refused"), (302, "refused")]
)
def test_a_refusal_is_of_this_moment_or_for_good_and_no_redirect_is_followed(hook, hand_over, status, state):
    hook.status = status
    answer = hand_over(hook.url)
    assert (answer.state, answer.said, hook.asked) == (state, f"status {status}", 1)


def test_over_tls_that_verifies(serve, authority, hand_over):
    hook = Hook()
    url = serve(hook, **authority.leaf()) + hook.path
    assert hand_over(url).state == "sent"
    for keys in ({"ca_file": None}, {}):
        other = Hook()
        name = ("127.0.0.1",) if keys else ("192.0.2.1",)
        answer = hand_over(serve(other, **authority.leaf(*name)) + other.path, **keys)
        assert answer.state == "waiting" and other.asked == 0
        assert "s3cr3tp4th" not in answer.said and "127.0.0.1" not in answer.said


@pytest.mark.parametrize("url", ["http://hooks.example.com/s3cr3t", "ftp://127.0.0.1/s3cr3t", "s3cr3t", "https://["])
def test_an_address_that_is_not_safe_is_not_asked_and_not_shown(hand_over, url):
    answer = hand_over(url)
    assert answer.state == "waiting" and answer.said == "expected an https address there, or http on loopback"


def test_nobody_there_is_tried_again(hand_over):
    answer = hand_over("http://127.0.0.1:1/s3cr3t")
    assert (answer.state, answer.said) == ("waiting", "no answer: ConnectError")


def test_hostile_text_stays_text():
    found = [Transition("verdict", "beta", "go", "no-go", HOSTILE)]
    raw = body("key", target="one", run="now", stage="beta", subject=HOSTILE, found=found, link="https://x.test/?a&b")
    told = json.loads(raw)
    first, second, link = told["text"].split("\n")
    assert "<" not in told["text"] and ">" not in told["text"]
    assert "&lt;!channel&gt;" in first and second.startswith("• &lt;/td&gt;")
    assert link == "https://x.test/?a&amp;b"
    assert all(line.isprintable() for line in (first, second)) and told["mrkdwn"] is False
    assert told["transitions"] == [{"kind": "verdict", "name": "beta", "before": "go", "after": "no-go"}]
