"""Signatures of events: what is covered, in several platforms' ways of signing."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from readiness.signature import Signature

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BODY = b'{"type":"webhook.test"}'
AT = "1772442000"


def signed(text: bytes, key: bytes = KEY) -> str:
    return base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()


def headers(signature: str, **others: str) -> dict[str, str]:
    return {"webhook-id": "evt_1", "webhook-timestamp": AT, "webhook-signature": signature, **others}


WHOLE = b"evt_1." + AT.encode() + b"." + BODY


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (WHOLE, {"id", "timestamp", "body"}),
        (AT.encode() + b"." + BODY, {"timestamp", "body"}),
        (b"evt_1." + BODY, {"id", "body"}),
        (BODY, {"body"}),
        (b"evt_1." + AT.encode(), set()),
        (b"", set()),
    ],
)
def test_what_a_signature_covers_is_found_out(text, parts):
    assert Signature().covers(headers(f"v1,{signed(text)}"), BODY, SECRET) == parts


@pytest.mark.parametrize(
    ("given", "body", "secret"),
    [
        (headers(f"v1,{signed(WHOLE)}"), BODY + b" ", SECRET),
        (headers(f"v1,{signed(WHOLE)}", **{"webhook-id": "evt_2"}), BODY, SECRET),
        (headers(f"v1,{signed(WHOLE)}", **{"webhook-timestamp": "1772442001"}), BODY, SECRET),
        (headers(f"v1,{signed(WHOLE)}"), BODY, "whsec_AAAA"),
        (headers(f"v2,{signed(WHOLE)}"), BODY, SECRET),
        (headers(signed(WHOLE)), BODY, SECRET),
        (headers("v1,"), BODY, SECRET),
        (headers("v1,é"), BODY, SECRET),
        ({}, BODY, SECRET),
    ],
    ids=["body", "id", "time", "secret", "version", "form", "empty", "letters", "none"],
)
def test_what_was_changed_is_not_covered(given, body, secret):
    assert Signature().covers(given, body, secret) == set()


def test_one_of_two_signatures_is_enough_while_a_secret_is_replaced():
    both = f"v1,{signed(WHOLE, b'old')} v1,{signed(WHOLE)}"
    assert "body" in Signature().covers(headers(both), BODY, SECRET)


def test_a_time_and_hexadecimal_digits_in_one_header_are_read():
    way = Signature(
        header="Signature", shown="t={timestamp},v1={hex}", signed="{timestamp}.{body}", id="Event-Id", key="text"
    )
    digest = hmac.digest(b"secret", AT.encode() + b"." + BODY, hashlib.sha256).hex()
    given = {"signature": f"t={AT},v1={digest}"}
    assert way.covers(given, BODY, "secret") == {"timestamp", "body"}
    assert way.sent_at(given) == datetime.fromtimestamp(int(AT), UTC)
    assert way.covers({"signature": f"t=1,v1={digest}"}, BODY, "secret") == set()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (AT, datetime.fromtimestamp(int(AT), UTC)),
        (f"{AT}500", datetime.fromtimestamp(int(AT) + 0.5, UTC)),
        ("", None),
        ("yesterday", None),
        ("9" * 40, None),
        ("٣", None),
    ],
    ids=["seconds", "milliseconds", "none", "words", "endless", "other digits"],
)
def test_the_time_of_sending_is_read_in_seconds_or_milliseconds(text, time):
    assert Signature().sent_at({"webhook-timestamp": text}) == time


@pytest.mark.parametrize(
    "keys",
    [
        {"shown": "v1"},
        {"shown": "{base64}{hex}"},
        {"shown": "{body}"},
        {"signed": "{id}.{timestamp}"},
        {"signed": "{body}{key}"},
    ],
    ids=lambda keys: "".join(f"{name} {value}" for name, value in keys.items()),
)
def test_a_description_that_says_nothing_is_refused(keys):
    with pytest.raises(ValidationError):
        Signature.model_validate(keys)
