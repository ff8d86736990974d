"""A visit: what one user asks of the platform, and what the platform gave it to show with the next request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.operation import OPERATIONS, Operation
from readiness.target import Target
from readiness.wire.client import Client
from readiness.wire.exchange import Exchange

SECRET = ("access", "refresh", "challenge", "csrf", "secret", "uri", "key", "recovery", "token", "code", "password")
"""Values that no record shows, by the names they are held or used under."""


@dataclass(frozen=True)
class Reply:
    """The answer to one operation.

    Attributes:
        operation: Its name in the vocabulary.
        exchange: The request and its answer.
        values: What the answer holds, by the names of the operation's `answer`.
    """

    operation: str
    exchange: Exchange
    values: Mapping[str, Any]

    @property
    def status(self) -> int | None:
        """Status code; None when no answer came."""
        return self.exchange.status

    @property
    def ok(self) -> bool:
        """It was answered with 2xx; a redirect counts where it is where the operation's answer is found."""
        return self.exchange.ok or (300 <= (self.exchange.status or 0) < 400 and bool(self.values))

    def get(self, name: str) -> Any:
        """A named value of the answer; None where it holds none."""
        return self.values.get(name)

    def need(self, name: str) -> Any:
        """A named value of the answer.

        Raises:
            Unobservable: It holds none.
        """
        if name not in self.values:
            raise Unobservable(f"the answer to {self.operation} ({self._status}) holds no {name}", self.exchange)
        return self.values[name]

    def settle(self) -> "Reply":
        """This reply, unless it says nothing of the platform's rules.

        Raises:
            Unobservable: No answer, 429, 502, 503 or 504.
        """
        reason = away(self.exchange)
        if reason:
            raise Unobservable(f"{self.operation}: {reason}", self.exchange)
        return self

    def succeed(self) -> "Reply":
        """This reply, which has to be a success for anything that follows.

        Raises:
            Unobservable: It is none.
        """
        if not self.settle().ok:
            raise Unobservable(f"{self.operation} was answered with {self._status}", self.exchange)
        return self

    @property
    def _status(self) -> str:
        return f"status {self.status}" if self.status else self.exchange.failure


@dataclass
class Visit:
    """One signed-in session, or nobody's.

    Attributes:
        side: Base address of the platform's side that is asked.
        held: What the platform gave: `access`, `refresh`, `id` and what else sign-in answers.
        cookies: Cookies it set, sent back where the target says so.
        device: User-Agent to go by; empty: the client's own.
    """

    target: Target
    client: Client
    side: str
    held: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    device: str = ""

    def describes(self, operation: str) -> bool:
        """Whether the target file describes an operation."""
        return operation in self.target.operations

    async def ask(
        self, operation: str, *, headers: Mapping[str, str | None] | None = None, note: str = "", patient: bool = True,
        **values: Any,
    ) -> Reply:  # fmt: skip
        """Ask for an operation of the vocabulary.

        Args:
            operation: Its name.
            headers: Request headers to add or replace; None leaves one out.
            note: What is special about the request, for the record.
            patient: See `Client.request`.
            values: For the placeholders; what the visit holds fills the others.

        Raises:
            Unobservable: The target file does not describe it, or a placeholder has no value.
        """
        described = self.target.operations.get(operation)
        if described is None:
            if operation not in OPERATIONS:
                raise KeyError(operation)
            raise Unobservable(f"the target file does not describe the operation {operation}")
        known = {**self.held, **values}
        self._hide({name: known[name] for name in described.placeholders if name in known})
        asked = described.request(known, operation)
        caller = described.by or OPERATIONS[operation].by
        sent = {**(self.shown() if caller != "nobody" else self._cookie()), **asked.headers}
        exchange = await self.send(
            asked.method,
            asked.path,
            headers={**sent, **(headers or {})},
            content=asked.content,
            note=note,
            patient=patient,
        )
        return Reply(operation, exchange, self._read(described, exchange))

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str | None] | None = None, json: Any = None,
        content: str = "", note: str = "", patient: bool = True, fresh: bool = True,
    ) -> Exchange:  # fmt: skip
        """Ask for any path of the platform, with exactly these headers (see `shown`); for the rest `Client.request`."""
        sent = {name: value for name, value in (headers or {}).items() if value is not None}
        if self.device:
            sent.setdefault("User-Agent", self.device)
        exchange = await self.client.request(
            method, self.side + path, headers=sent, json=json, content=content, fresh=fresh, note=note, patient=patient
        )
        if self.target.session.cookies:
            self.cookies |= exchange.cookies
            self.client.hide(*exchange.cookies.values())
        return exchange

    def shown(self) -> dict[str, str]:
        """The headers that say who asks; those whose value is not held are left out."""
        carrier = Operation(path="/", headers=self.target.session.headers)
        shown: dict[str, str] = {}
        for name, template in self.target.session.headers.items():
            one = carrier.model_copy(update={"headers": {name: template}})
            if one.placeholders <= self.held.keys():
                shown |= one.request(self.held).headers
        return shown | self._cookie()

    def _cookie(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)
        return {"Cookie": pairs} if pairs and self.target.session.cookies else {}

    def _read(self, described: Operation, exchange: Exchange) -> dict[str, Any]:
        values = described.found_in(exchange)
        self._hide(values)
        return values

    def _hide(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name in SECRET or name.endswith("password"):
                self.client.hide(*(value if isinstance(value, list) else [value]))
