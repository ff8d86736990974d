"""PostgreSQL: what the server tells of itself, its archive, its schema and its load. It is only ever read."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, model_validator

from readiness.canary import Patience
from readiness.document import Record
from readiness.duration import Duration
from readiness.errors import Unobservable
from readiness.secret import Secret
from readiness.source import Store
from readiness.wire import postgres as wire
from readiness.wire.postgres import Place

if TYPE_CHECKING:
    from readiness.probes import Context

_NAME = r"^([a-z_][\w$]*\.)?[a-z_][\w$]*$"
_COLUMN = r"^([a-z_][\w$]*\.)?[a-z_][\w$]*\.[a-z_][\w$]*$"


class Archival(Record):
    """The job that moves old rows out of the live tables."""

    every: Duration = Field(description="interval at which it has to end well, such as `1d`")
    job: str = Field("", description="its name in pg_cron")
    query: str = Field(
        "", description="instead: a query for the time it last ended well, such as `SELECT max(ended_at) FROM runs`"
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        if bool(self.job) == bool(self.query):
            raise ValueError("expected either job or query")
        return self


class Postgres(Store):
    """PostgreSQL."""

    PLACE: ClassVar[type[Any]] = Place

    address: Secret = Field(
        description="`postgresql://user:password@host/database` of production's, a reference; a user with `pg_monitor` "
        "and no more. Without `sslmode` the connection is encrypted; `sslmode=verify-full` checks who answers"
    )
    role: str = Field("", pattern=rf"^$|{_NAME}", description="role that the platform connects as")
    email: str = Field("", pattern=rf"^$|{_COLUMN}", description="column of the accounts' addresses: `users.email`")
    password: str = Field(
        "", pattern=rf"^$|{_COLUMN}", description="column of the hashes of passwords, in the same table"
    )
    totp: str = Field("", pattern=rf"^$|{_COLUMN}", description="column of the secrets of second factors")
    api_key: str = Field("", pattern=rf"^$|{_COLUMN}", description="column of what is stored of an API key")
    legal_hold: list[str] = Field([], description="tables that the law has kept when an account is erased")
    archival: Archival | None = Field(None, description="the job that moves old rows out of the live tables")
    audit: str = Field("", pattern=rf"^$|{_NAME}", description="table of the audit trail")
    pool: int = Field(0, ge=0, description="connections that one instance of the platform opens at most")
    instances: int = Field(0, ge=0, description="instances of the platform that run at most")
    window: Patience = Field(
        timedelta(minutes=1), description="time in which statements, connections and deadlocks are counted, at most 5m"
    )

    def need(self, key: str) -> str:
        """A setting that some facts cannot do without.

        Raises:
            Unobservable: It is not given.
        """
        value = getattr(self, key)
        if not value:
            raise Unobservable(f"the settings do not name {key}", permission=f"sources.postgres.{key}")
        return str(value)

    def open(self, context: "Context") -> AbstractAsyncContextManager[wire.Postgres]:
        """A `Postgres` that reads from these servers."""
        return wire.Postgres(now=context.client.time, secrets=context.client.secrets)
