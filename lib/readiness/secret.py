"""Secrets as references: a file names where a secret is, never what it is."""

import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from readiness.errors import BadInput

_REFERENCE = re.compile(r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")
MASK = "[redacted]"


class Secret:
    """A reference `env:NAME` or `file:PATH` (relative to the file it is written in); it prints as the reference."""

    def __init__(self, reference: str, folder: Path = Path()) -> None:
        if not _REFERENCE.match(reference):
            # the value is not repeated: it may be the secret itself
            raise ValueError("expected a reference env:NAME or file:PATH, got a value")
        self.reference = reference
        self._folder = folder

    def __repr__(self) -> str:
        return f"Secret({self.reference!r})"

    def reveal(self) -> str:
        """The secret's value, without surrounding whitespace.

        Raises:
            BadInput: The variable is not set, the file cannot be read, it is empty, or it holds more than one line of
                printable characters (no header can carry that).
        """
        kind, _, place = self.reference.partition(":")
        if kind == "env":
            value = os.environ.get(place, "").strip()
        else:
            try:
                value = (self._folder / place).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                value = ""
        if not value:
            raise BadInput(f"secret {self.reference}: expected a value there, found none")
        if not value.isprintable():
            raise BadInput(f"secret {self.reference}: expected one line of printable characters")
        return value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def build(value: Any, info: ValidationInfo) -> "Secret":
            if not isinstance(value, str):
                raise ValueError("expected a reference env:NAME or file:PATH")
            return cls(value, (info.context or {}).get("folder", Path()))

        return core_schema.with_info_plain_validator_function(build)


_CREDENTIALS = re.compile(
    r"""((?:token|secret|password|api[_-]?key)[\w-]{0,64}"\s{0,16}:\s{0,16}")(?:[^"\\]|\\.)*+"""
    r"""|((?:token|secret|password|api[_-]?key)[\w-]{0,64}=)[^&#;,\s"'<>]++"""
    r"""|eyJ[\w-]{8,}+(?:\.[\w-]*+){0,2}""",
    re.I | re.S,
)
"""Every part is bounded or gives nothing back, so that hostile text costs no more than its length; a part that the end
of the text cuts off is matched as well."""


def mask(text: str, values: Iterable[str]) -> str:
    """`text` without the given secret values."""
    there = [value for value in values if value and value in text]
    for value in sorted(there, key=len, reverse=True):  # one value may be the beginning of another
        text = text.replace(value, MASK)
    return text


def redact(text: str, values: Iterable[str] = ()) -> str:
    """`text` without the given secret values, JSON Web Tokens (also in part), and members named like credentials.

    Members are those of JSON and of a query or form (`token=…`).
    """
    return _CREDENTIALS.sub(lambda match: (match.group(1) or match.group(2) or "") + MASK, mask(text, values))


def excerpt(text: str, size: int, values: Collection[str] = ()) -> str:
    """The first `size` characters of `text`, redacted; a value that the cut goes through does not show either."""
    if len(text) <= size:
        return redact(text, values)
    head = redact(text[:size], values)
    cut = max((n for value in values for n in range(1, len(value)) if head.endswith(value[:n])), default=0)
    return head[: len(head) - cut][:size]
