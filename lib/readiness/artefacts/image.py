"""An image's build file: which user its containers run as, and what it is built from."""

import re
from dataclasses import dataclass

from readiness.artefacts import Unreadable, text_of

_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?$", re.I)
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)")
_ROOT = re.compile(r"(?:root|0+)(?::.*)?")


@dataclass(frozen=True)
class Image:
    """What one Dockerfile says.

    Attributes:
        user: Who its last stage runs as; empty where it does not say, which is root unless a base says otherwise.
        unpinned: Bases without a version or digest, such as `python` and `python:latest`.
        bases: All bases but those that are its own stages.
    """

    user: str
    unpinned: tuple[str, ...]
    bases: tuple[str, ...]

    @property
    def unprivileged(self) -> bool:
        """Its containers do not run as root."""
        return bool(self.user) and not _ROOT.fullmatch(self.user)


def image(content: bytes) -> Image:
    """Read a Dockerfile.

    Raises:
        Unreadable: It builds from nothing.
    """
    arguments: dict[str, str] = {}
    bases: list[str] = []
    users: dict[str, str] = {}
    stage, user, began = "", "", False
    for word, rest in _instructions(text_of(content)):
        if word == "ARG":
            name, _, value = rest.partition("=")
            arguments[name.strip()] = value.strip().strip("\"'")
        elif word == "FROM" and (match := _FROM.match(rest)):
            base = _filled(match[1], arguments)
            user = users.get(base.lower(), "")
            if base.lower() not in users:
                bases.append(base)
            stage, began = (match[2] or "").lower(), True
            users[stage or f"{len(users)}"] = user
        elif word == "USER" and began:
            user = _filled(rest.strip(), arguments)
            if stage:
                users[stage] = user
    if not bases:
        raise Unreadable("is no Dockerfile: it builds from nothing")
    return Image(user, tuple(base for base in bases if not _pinned(base)), tuple(bases))


def _pinned(base: str) -> bool:
    """By a digest, or by a tag with a number in it: `latest`, `stable` and `alpine` name another image tomorrow."""
    if base == "scratch" or re.search(r"@sha256:[0-9a-f]{64}$", base):
        return True
    tag = base.rpartition("/")[2].partition(":")[2]
    return "$" not in tag and bool(re.search(r"\d", tag))


def _filled(text: str, arguments: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: arguments.get(match[1] or match[3]) or match[2] or match[0], text)


def _instructions(text: str) -> list[tuple[str, str]]:
    """Word and rest of every instruction; lines that end in a backslash go on in the next one."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = []
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        found.append((word.upper(), rest.strip()))
    return found
