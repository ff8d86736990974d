"""Leaks: secrets and personal data in a text that must hold neither."""

import re
from collections.abc import Iterator

from readiness.secret import credentials

LONGEST = 65_536
"""Characters of a text that are looked at."""

_NAMED = r"""(?:password|passwd|pwd|secret|token|api[_-]?key)["']?\s{0,4}"""
_VALUE = r"""([^\s"'&,;}<>]{4,128})"""
_PAIR = re.compile(rf"""{_NAMED}(?:=\s{{0,4}}["']?{_VALUE}|:\s{{0,4}}["']?(?=[^\s\d]{{0,128}}\d){_VALUE})""", re.I)
"""After a colon a value has a digit: `wrong password: try again` holds none."""
_BEARER = re.compile(r"\b(?:bearer|basic)\s{1,4}(?=[^\s\d]{0,512}\d)([\w.~+/=-]{12,512})", re.I)
_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_\w{36}\b|\b[rs]k_live_\w{16,64}"
)
_MAIL = re.compile(r"[\w.%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b", re.I)
_HIDDEN = re.compile(
    r"\W*(?:x*|(?:redacted|filtered|masked|hidden|removed|omitted|null|none|nil|true|false|undefined|bearer)\W*)"
    r"|.*(?:\*{3}|…|\.{3}).*",
    re.I | re.S,
)
"""A value that stands for one that was taken out, or for none."""
_HARMLESS = re.compile(r"[_-]?(?:type|id|name|count|hint|ttl|age|length|at|in|expir\w*)$", re.I)
"""What follows `token` and the like in the name of something that is no secret: `token_type`, `tokenId`."""


def leaks(text: str) -> set[str]:
    """Kinds of secret and of personal data in a text: `credential`, `bearer token`, `key`, `e-mail address`.

    What stands for a value that was taken out (`***`, `[redacted]`) is none (OWASP ASVS 5.0, 16.2.5).
    """
    text = text[:LONGEST]
    found = {
        "credential": any(map(_shown, _credentials(text))),
        "bearer token": any(_shown(match[1]) for match in _BEARER.finditer(text)),
        "key": _KEY.search(text) is not None,
        "e-mail address": _MAIL.search(text) is not None,
    }
    return {kind for kind, there in found.items() if there}


def _credentials(text: str) -> Iterator[str]:
    for name, value in credentials(text):
        if value and not _HARMLESS.search(name):
            yield value
    for match in _PAIR.finditer(text):
        yield match[1] or match[2]


def _shown(value: str) -> bool:
    return _HIDDEN.fullmatch(value[:200]) is None
