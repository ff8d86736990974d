"""Signatures of events: how a platform signs what it sends, and what such a signature covers."""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from readiness.document import Record

PARTS = ("id", "timestamp", "body")
_FORMS = {
    "base64": r"(?P<base64>[A-Za-z0-9+/=_-]+)",
    "hex": r"(?P<hex>[0-9A-Fa-f]+)",
    "timestamp": r"(?P<timestamp>\d+)",
}
_PLACEHOLDER = re.compile(r"\{([a-z0-9]+)\}")
_MILLISECONDS = 10**11
"""A Unix time above this is in milliseconds: in seconds it would be the year 5138."""


def _shown(text: str) -> str:
    names = _PLACEHOLDER.findall(text)
    if not set(names) <= _FORMS.keys() or len(set(names)) < len(names) or len({"base64", "hex"} & set(names)) != 1:
        raise ValueError("expected one of {base64} and {hex}, and perhaps {timestamp}, such as v1,{base64}")
    return text


def _signed(text: str) -> str:
    names = _PLACEHOLDER.findall(text)
    if not set(names) <= set(PARTS) or "body" not in names:
        raise ValueError("expected {body}, and perhaps {id} and {timestamp}, such as {id}.{timestamp}.{body}")
    return text


class Signature(Record):
    """How events are signed: HMAC (RFC 2104) over a text, the default as the Standard Webhooks specification says."""

    header: str = Field("webhook-signature", description="header that holds it")
    shown: Annotated[str, AfterValidator(_shown)] = Field(
        "v1,{base64}", description="how it stands there: `{base64}` or `{hex}`, perhaps with `{timestamp}`"
    )
    signed: Annotated[str, AfterValidator(_signed)] = Field(
        "{id}.{timestamp}.{body}", description="the text that is signed: `{body}`, `{id}`, `{timestamp}`"
    )
    id: str = Field("webhook-id", description="header with the id of the event, the same whenever it is sent again")
    timestamp: str = Field("webhook-timestamp", description="header with the Unix time of sending")
    digest: Literal["sha256", "sha384", "sha512"] = Field("sha256", description="hash function")
    key: Literal["base64", "text"] = Field(
        "base64", description="what the secret is: base64 behind a prefix such as `whsec_`, or the text itself"
    )

    def covers(self, headers: Mapping[str, str], body: bytes, secret: str) -> frozenset[str]:
        """Which of id, timestamp and body the signature of an event covers.

        Args:
            headers: The event's headers, names in lower case.
            body: Its body, as it came.
            secret: What the platform said it signs with.

        Returns:
            Names of the parts that cannot be changed without it being noticed; none where no signature is valid, be it
            over the declared text or one that leaves id, time or both out.
        """
        values = self._values(headers, body)
        key = self._key(secret)
        texts = [self.signed, "{timestamp}.{body}", "{id}.{body}", "{body}"]
        for text in texts:
            parts = frozenset(_PLACEHOLDER.findall(text))
            if not parts <= values.keys():
                continue
            expected = hmac.digest(key, _filled(text, values), self.digest)
            if any(hmac.compare_digest(expected, given) for given in self._given(headers)):
                return parts
        return frozenset()

    def sent_at(self, headers: Mapping[str, str]) -> datetime | None:
        """The time of sending that the event names, UTC; None where it names none."""
        text = self._timestamp(headers)
        if not text.isascii() or not text.isdigit() or len(text) > len("1000000000000"):
            return None
        number = int(text)
        return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)

    def _values(self, headers: Mapping[str, str], body: bytes) -> dict[str, bytes]:
        found = {"id": headers.get(self.id.lower(), ""), "timestamp": self._timestamp(headers)}
        return {name: value.encode() for name, value in found.items() if value} | {"body": body}

    def _timestamp(self, headers: Mapping[str, str]) -> str:
        for match in self._matches(headers):
            if "timestamp" in match.re.groupindex:
                return match["timestamp"]
        return headers.get(self.timestamp.lower(), "").strip()

    def _matches(self, headers: Mapping[str, str]) -> list[re.Match[str]]:
        pieces = re.split(r"(\{[a-z0-9]+\})", self.shown)
        pattern = "".join(_FORMS.get(piece.strip("{}"), re.escape(piece)) for piece in pieces)
        # several signatures stand beside each other while a secret is being replaced
        return [
            match
            for word in headers.get(self.header.lower(), "")[:4_000].split()
            if (match := re.fullmatch(pattern, word))
        ]

    def _given(self, headers: Mapping[str, str]) -> list[bytes]:
        found = []
        for match in self._matches(headers):
            try:
                if "hex" in match.re.groupindex:
                    found.append(bytes.fromhex(match["hex"]))
                else:
                    found.append(base64.b64decode(match["base64"].replace("-", "+").replace("_", "/"), validate=True))
            except (ValueError, binascii.Error):
                continue
        return found

    def _key(self, secret: str) -> bytes:
        if self.key == "text":
            return secret.encode()
        text = secret.rpartition("_")[2]
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (ValueError, binascii.Error):
            return secret.encode()


def _filled(text: str, values: Mapping[str, bytes]) -> bytes:
    pieces = re.split(r"(\{[a-z]+\})", text)
    return b"".join(values.get(piece.strip("{}"), b"") if piece.startswith("{") else piece.encode() for piece in pieces)
