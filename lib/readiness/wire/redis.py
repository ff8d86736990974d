"""Redis, only ever read: one bounded command a connection, each recorded, every refusal named with the rule it takes.

The protocol is RESP2 (Redis documentation, Redis serialization protocol specification).
"""

import asyncio
import shlex
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from readiness.errors import Unobservable
from readiness.secret import excerpt
from readiness.wire.api import is_loopback
from readiness.wire.exchange import EXCERPT, _Base
from readiness.wire.transport import reason_of

TIMEOUT_S = 10.0
LARGEST = 1_000_000
"""Bytes of an answer that are read; `INFO` of a busy server has some ten thousand."""
ITEMS = 16
"""Items of a list that are read; `CONFIG GET` of one parameter has two."""
READS = {("PING",): "+ping", ("INFO",): "+info", ("CONFIG", "GET"): "+config|get"}
"""Commands that may be sent, and the ACL rule that grants each."""
PORT = 6379
SILENT = "no answer in time"
NOT_REDIS = "the answer is none that Redis gives"
Reply = str | int | list[Any] | None


@dataclass(frozen=True)
class Place:
    """Where a Redis is and as whom it is asked; `password` is None where nobody signs in."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> "Place":
        """Read `redis(s)://user:password@host:port`.

        Raises:
            ValueError: It is something else; the value is not repeated, as it holds a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or PORT
        except ValueError:
            parts, port = urlsplit(""), 0
        if parts.scheme not in ("redis", "rediss") or not parts.hostname:
            raise ValueError("expected an address such as rediss://user:password@cache.example.com:6379")
        password = None if parts.password is None else unquote(parts.password)
        return cls(parts.hostname, port, parts.scheme == "rediss", unquote(parts.username or ""), password)

    def __str__(self) -> str:
        return f"{'rediss' if self.tls else 'redis'}://{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Command(_Base):
    """One command and its answer.

    Attributes:
        place: Where it was sent, and as whom.
        words: The command.
        answer: The answer as text; of `INFO` the lines `name:value`. Empty when none came.
        error: The answer where it is an error, such as `NOAUTH Authentication required.`
        ca_file: Certificate authorities trusted besides the public ones, PEM; empty when none are.
        secrets: Values that no record shows; more may become known until the record is made.
    """

    place: Place
    words: tuple[str, ...]
    answer: str = ""
    error: str = ""
    ca_file: str = ""
    secrets: Collection[str] = field(default=(), repr=False, compare=False)

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        whom = "signed in" if self.place.password is not None else "not signed in"
        return f"{' '.join(self.words)} to {self.place} ({whom})"

    @property
    def values(self) -> dict[str, str]:
        """The lines `name:value` of an answer to `INFO`."""
        return dict(line.split(":", 1) for line in self.answer.splitlines() if ":" in line and line[0] != "#")

    def need(self, name: str) -> str:
        """One value of an answer to `INFO`.

        Raises:
            Unobservable: The server does not tell it.
        """
        if name not in self.values:
            raise Unobservable(f"the server does not tell {name} in {' '.join(self.words)}", self)
        return self.values[name]

    def number(self, name: str) -> int:
        """One count of an answer to `INFO`; raises as `need`, also where it is no count."""
        try:
            return int(self.need(name))
        except ValueError:
            raise Unobservable(f"the server tells no number as {name} in {' '.join(self.words)}", self) from None

    @property
    def repeat(self) -> str:
        """A command that asks the same again, with the same password in REDISCLI_AUTH."""
        parts = ["redis-cli", "-h", self.place.host, "-p", str(self.place.port)]
        parts += (["--tls"] + (["--cacert", self.ca_file] if self.ca_file else [])) if self.place.tls else []
        parts += ["--user", self.place.user] if self.place.user else []
        return shlex.join([*parts, *self.words])

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "redis",
            "observed_at": self.observed_at.isoformat(),
            "server": str(self.place),
            "signed_in": self.place.password is not None,
            "command": list(self.words),
            "answer": excerpt(self.answer, EXCERPT, self.secrets),
            "error": excerpt(self.error, EXCERPT, self.secrets),
            "failure": excerpt(self.failure, EXCERPT, self.secrets),
            "repeat": self.repeat,
        }


class Redis:
    """Servers of one target, as the suppliers of a source ask them.

    Args:
        trust: Whose certificates are believed.
        ca_file: What it trusts besides the public authorities, for the record.
        now: Clock, UTC.
        secrets: Values that no record shows; more may become known.
    """

    def __init__(
        self, *, trust: ssl.SSLContext, ca_file: str, now: Callable[[], datetime], secrets: Collection[str]
    ) -> None:
        self._trust, self._ca_file, self._now, self._secrets = trust, ca_file, now, secrets

    async def send(self, place: Place, *words: str) -> Command:
        """Send one command on a connection of its own; whatever comes of it is in the record.

        Raises:
            Unobservable: A password would leave this machine in clear.
        """
        if not any(words[: len(known)] == known for known in READS):
            raise ValueError(f"{' '.join(words)} is no command that only reads")
        if place.password is not None and not place.tls and not is_loopback(place.host):
            raise Unobservable(f"redis: a password is only sent over TLS, not to {place}")
        observed_at, answer, error, failure = self._now(), "", "", ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._asked(place, words)
        except _Refused as refusal:
            error = str(refusal)
        except TimeoutError:
            failure = SILENT
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionResetError, BrokenPipeError):
            failure = "connection closed without a whole answer"
        except (OSError, ValueError) as cause:
            failure = reason_of(cause)
        return Command(
            place=place,
            words=words,
            answer=answer,
            error=error,
            failure=failure,
            ca_file=self._ca_file,
            secrets=self._secrets,
            observed_at=observed_at,
        )

    async def ask(self, place: Place, *words: str) -> Command:
        """As `send`, for an answer that is needed.

        Raises:
            Unobservable: It was refused or not answered; `permission` names the ACL rule that is missing.
        """
        command = await self.send(place, *words)
        if command.failure:
            raise Unobservable(f"redis: {place}: {command.failure}", command)
        if command.error:
            code = command.error.partition(" ")[0]
            rule = next(rule for known, rule in READS.items() if words[: len(known)] == known)
            permissions = {
                "NOPERM": f"ACL rule {rule}",
                "NOAUTH": "a password",
                "WRONGPASS": "a password that is right",
            }
            reason = excerpt(f"redis: {' '.join(words)} is refused: {command.error}", 200, self._secrets)
            raise Unobservable(reason, command, permission=permissions.get(code, ""))
        return command

    async def _asked(self, place: Place, words: tuple[str, ...]) -> str:
        reader, writer = await asyncio.open_connection(
            place.host, place.port, ssl=self._trust if place.tls else None, limit=LARGEST
        )
        try:
            if place.password is not None:
                writer.write(_encoded("AUTH", *filter(None, [place.user]), place.password))
                await _reply(reader)
            writer.write(_encoded(*words))
            reply = await _reply(reader)
        finally:
            writer.close()
        return "\n".join(map(str, reply)) if isinstance(reply, list) else str(reply or "")


class _Refused(Exception):
    """The server answers with an error."""


def _encoded(*words: str) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


async def _reply(reader: asyncio.StreamReader, *, within: bool = False) -> Reply:
    """One reply; a list is short and holds plain values.

    Raises:
        _Refused: It is an error.
        ValueError: It is not as the protocol has it, or larger than `LARGEST`.
    """
    line = (await reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "replace")
    kind, rest = line[:1], line[1:]
    if kind == "-":
        raise _Refused(rest)
    if kind == "+":
        return rest
    if kind not in (":", "$", "" if within else "*") or not rest.lstrip("-").isdecimal() or int(rest) > LARGEST:
        raise ValueError(NOT_REDIS)
    if kind == "$":
        return (await reader.readexactly(int(rest) + 2))[:-2].decode("utf-8", "replace") if int(rest) >= 0 else None
    if kind == ":":
        return int(rest)
    if int(rest) > ITEMS:
        raise ValueError("the answer is longer than any that was asked for")
    return [await _reply(reader, within=True) for _ in range(int(rest))]
