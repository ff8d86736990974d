"""PostgreSQL, only ever read: one connection a server, each statement recorded, every refusal named with its grant."""

import asyncio
import json
import shlex
from collections.abc import Callable, Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from readiness.errors import Unobservable
from readiness.secret import excerpt
from readiness.wire.api import is_loopback
from readiness.wire.exchange import EXCERPT, _Base

TIMEOUT_S = 10
ROWS = 10_000
"""Rows of an answer that are read."""
_OPTIONS = "-c default_transaction_read_only=on"
_REASONS = {
    "28P01": "the password is refused",
    "28000": "the server does not let this user in",
    "3D000": "there is no such database",
    "53300": "it has no connection free",
    "57P03": "it is starting or shutting down",
    "57014": f"no answer within {TIMEOUT_S} s",
    "25006": "the connection only reads",
    "55P03": "what is asked for is locked",
}
"""What an SQLSTATE says where the server's own words may hold more than that (PostgreSQL documentation, appendix A)."""
_DENIED, _UNKNOWN = "42501", ("42P01", "42883", "55000")


@dataclass(frozen=True)
class Place:
    """Where a server is and as whom it is asked, as libpq names it; only `str` of it may be shown."""

    parameters: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, conninfo: str) -> "Place":
        """Read a libpq URL or string.

        Raises:
            ValueError: It is something else, names several hosts, or none; the value is not repeated, as it holds a
                password.
        """
        import psycopg
        from psycopg.conninfo import conninfo_to_dict

        try:
            found = {name: str(value) for name, value in conninfo_to_dict(conninfo).items()}
        except psycopg.Error:
            found = {}
        if not found.get("host") or "," in found["host"]:
            raise ValueError("expected an address such as postgresql://user:password@db.example.com/app")
        return cls(found)

    @property
    def host(self) -> str:
        """Name or address of the server, or the folder of its socket."""
        return self.parameters["host"]

    @property
    def user(self) -> str:
        """Who is asked as."""
        return self.parameters.get("user", "")

    @property
    def password(self) -> str:
        """What is shown; empty where nothing is."""
        return self.parameters.get("password", "")

    @property
    def loopback(self) -> bool:
        """Whether it runs on this machine."""
        return self.host.startswith("/") or is_loopback(self.parameters.get("hostaddr", self.host))

    def __str__(self) -> str:
        port = self.parameters.get("port", "5432")
        return f"postgresql://{self.user}@{self.host}:{port}/{self.parameters.get('dbname', self.user)}"


@dataclass(frozen=True, kw_only=True)
class Statement(_Base):
    """One statement and its answer.

    Attributes:
        place: Where it was sent, and as whom.
        text: The statement; empty where only a connection was made.
        values: Its parameters.
        rows: The rows of the answer, by column.
        error: What the server refused, in one line; `state` is its SQLSTATE.
        secrets: Values that no record shows; more may become known until the record is made.
    """

    place: Place
    text: str = ""
    values: tuple[Any, ...] = ()
    rows: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    error: str = ""
    state: str = ""
    secrets: Collection[str] = field(default=(), repr=False, compare=False)

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"{self.text or 'connection'} to {self.place}"

    @property
    def obstacle(self) -> str:
        """Why there is no answer, in one line; empty where there is one."""
        return self.failure or _REASONS.get(self.state, self.error)

    @property
    def row(self) -> dict[str, Any]:
        """The only row.

        Raises:
            Unobservable: There is none.
        """
        if not self.rows:
            raise Unobservable("postgres: the answer holds no row", self)
        return self.rows[0]

    @property
    def repeat(self) -> str:
        """A command that asks the same again, with the same password in PGPASSWORD."""
        return shlex.join(["psql", str(self.place), "-c", self.text or "SELECT 1"])

    def _record(self) -> dict[str, Any]:
        answer = json.dumps(self.rows, default=str, ensure_ascii=False)
        return {
            "kind": "postgres",
            "observed_at": self.observed_at.isoformat(),
            "server": str(self.place),
            "statement": self.text,
            "parameters": [excerpt(str(value), 200, self.secrets) for value in self.values],
            "answer": excerpt(answer, EXCERPT, self.secrets),
            "rows": len(self.rows),
            "error": excerpt(self.error, EXCERPT, self.secrets),
            "failure": excerpt(self.failure, EXCERPT, self.secrets),
            "repeat": self.repeat,
        }


class Postgres:
    """Servers of one target, as the suppliers of a source ask them; usable as `async with`.

    Args:
        now: Clock, UTC.
        secrets: Values that no record shows; more may become known.
    """

    def __init__(self, *, now: Callable[[], datetime], secrets: Collection[str]) -> None:
        self._now, self._secrets = now, secrets
        self._stack = AsyncExitStack()
        self._open: dict[str, asyncio.Task[Any]] = {}
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._open.values():
            task.cancel()
        await asyncio.gather(*self._open.values(), return_exceptions=True)
        await self._stack.aclose()

    async def read(self, place: Place, text: str, *values: Any, grant: str = "") -> Statement:
        """Send one statement in a transaction that only reads; `%s` are its parameters, `%%` is a percent sign.

        Args:
            grant: What has to be granted where it is refused.

        Raises:
            Unobservable: It was refused or not answered; `permission` is the grant to run.
        """
        import psycopg

        connection = await self._connected(place)
        try:
            async with self._turn, asyncio.timeout(TIMEOUT_S + 5), connection.transaction():
                # for this transaction alone: behind a pooler the session is the application's next. And as a first
                # query it settles that the transaction only reads, whatever the statement after it would like
                await connection.execute("SELECT set_config('statement_timeout', %s, true)", (f"{TIMEOUT_S}s",))
                cursor = await connection.execute(text, values)
                rows = tuple(await cursor.fetchmany(ROWS + 1)) if cursor.description else ()
        except psycopg.Error as error:
            statement = self._refused(place, error, text, values)
            state = statement.state
            reason = excerpt(f"postgres: {statement.obstacle}", 200, self._secrets)
            denied = state == _DENIED or state in _UNKNOWN
            raise Unobservable(reason, statement, permission=grant if denied else "") from None
        except TimeoutError:
            statement = self._statement(place, text, values, failure=f"no answer within {TIMEOUT_S} s")
            raise Unobservable(f"postgres: {place}: {statement.failure}", statement) from None
        statement = self._statement(place, text, values, rows=rows)
        if len(rows) > ROWS:  # a part is not the answer
            raise Unobservable(f"postgres: {place}: more than {ROWS} rows", statement)
        return statement

    async def knock(self, place: Place, **parameters: str) -> Statement:
        """Connect with other parameters, and end the connection at once; whatever comes of it is in the record."""
        import psycopg

        try:
            connection = await self._connect({**place.parameters, **parameters})
        except psycopg.OperationalError as error:
            return self._refused(place, error)
        except (TimeoutError, OSError):
            return self._statement(place, failure=f"no answer within {TIMEOUT_S} s")
        await connection.close()
        return self._statement(place)

    async def _connected(self, place: Place) -> Any:
        key = str(place)
        if key not in self._open:
            self._open[key] = asyncio.create_task(self._opened(place))
        return await asyncio.shield(self._open[key])

    async def _opened(self, place: Place) -> Any:
        """A connection on which every transaction only reads.

        Raises:
            Unobservable: The server cannot be reached, or does not let us in.
        """
        import psycopg

        parameters = dict(place.parameters)
        if not place.loopback:
            if parameters.get("sslmode") in ("disable", "allow", "prefer"):
                raise Unobservable(
                    f"postgres: a password is only sent over TLS, not with sslmode={parameters['sslmode']}"
                )
            parameters.setdefault("sslmode", "require")
        try:
            connection = await self._connect(parameters)
            self._stack.push_async_callback(connection.close)
            await connection.set_read_only(True)  # each transaction begins as one that only reads
        except psycopg.Error as error:
            statement = self._refused(place, error)
            raise Unobservable(
                excerpt(f"postgres: {place}: {statement.obstacle}", 250, self._secrets), statement
            ) from None
        except (TimeoutError, OSError):
            statement = self._statement(place, failure=f"no answer within {TIMEOUT_S} s")
            raise Unobservable(f"postgres: {place}: {statement.failure}", statement) from None
        return connection

    async def _connect(self, parameters: Mapping[str, str]) -> Any:
        import psycopg
        from psycopg.rows import dict_row

        options = f"{parameters.get('options', '')} {_OPTIONS}".strip()
        given: dict[str, Any] = {**parameters, "connect_timeout": str(TIMEOUT_S), "application_name": "readiness"}
        # nothing is prepared: behind a pooler the next transaction may be another session's
        how: Any = {"autocommit": True, "row_factory": dict_row, "prepare_threshold": None}
        async with asyncio.timeout(TIMEOUT_S + 2):
            try:
                return await psycopg.AsyncConnection.connect(**{**given, "options": options}, **how)
            except psycopg.OperationalError as error:
                if "startup parameter" not in str(error):
                    raise
                # poolers take no options; that each transaction begins as one that only reads does as well
                return await psycopg.AsyncConnection.connect(**given, **how)

    def _refused(self, place: Place, error: Any, text: str = "", values: tuple[Any, ...] = ()) -> Statement:
        # what refuses a connection comes without SQLSTATE: its words tell
        words = " ".join(str(error).split())
        state = error.sqlstate or _state_of(words)
        if not state:
            return self._statement(place, text, values, failure=_cause(words))
        return self._statement(place, text, values, error=words, state=state)

    def _statement(self, place: Place, text: str = "", values: tuple[Any, ...] = (), **more: Any) -> Statement:
        return Statement(place=place, text=text, values=values, secrets=self._secrets, observed_at=self._now(), **more)


PLAIN = ("no encryption", "ssl off", "ssl connection is required", "ssl is required", "requires ssl", "tls")
"""Words of servers and poolers that refuse whoever comes without TLS."""


def _state_of(words: str) -> str:
    """The SQLSTATE of a connection that was refused: libpq hands on the server's words alone."""
    lower = words.lower()
    if "password authentication failed" in lower:
        return "28P01"
    if "no pg_hba.conf entry" in lower or any(word in lower for word in PLAIN[1:5]):
        return "28000"
    if "does not exist" in lower and "database" in lower:
        return "3D000"
    if ("does not exist" in lower and "role" in lower) or "is not permitted to log in" in lower:
        return "28000"
    if "starting up" in lower or "shutting down" in lower:
        return "57P03"
    return "53300" if "too many clients" in lower or "remaining connection slots" in lower else ""


def _cause(words: str) -> str:
    lower = words.lower()
    for known in (
        "connection refused",
        "timeout expired",
        "could not translate host name",
        "server closed the connection",
    ):
        if known in lower:
            return {"could not translate host name": "its name leads nowhere", "timeout expired": "no answer"}.get(
                known, known
            )
    return "the certificate is not trusted" if "certificate" in lower else words[:160]
