"""Upstash: a Redis database, its bounds, its storage, its backups, how often it is hit, and its budget."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from readiness.backups import Backup, compared, epoch, listed
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

SCOPE = "an API key of the team that owns the database"
LASTING = "sources.upstash.lasting: true"
CREDENTIALS = ("password", "rest_token", "read_only_rest_token")


class Upstash(Vendor):
    """Upstash (Developer API v2)."""

    BASE: ClassVar[str] = "https://api.upstash.com/v2"

    email: str = Field(pattern=r"^[^:\s]+@[^:\s]+$", description="e-mail address of the account that owns the key")
    key: Secret = Field(description="a management API key, read-only where the plan has such, a reference")
    database: str = Field(pattern=r"^[\w-]+$", description="id of the Redis database")
    lasting: bool = Field(
        False, description="it holds what is nowhere else: its backups and regions are those of the platform's data"
    )

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        pair = f"{self.email}:{self.key.reveal()}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}

    async def details(self, api: Api, context: "Context") -> Reading:
        """What Upstash tells of the database; its credentials are not asked for."""
        answer = await api.get(f"/redis/database/{self.database}", {"credentials": "hide"}, scope=SCOPE)
        if not isinstance(answer.value, dict):
            raise Unobservable(f"the answer to {answer.exchange.source} is no database", answer.exchange)
        # sent all the same, they are in no record
        context.client.hide(*(answer.value[name] for name in CREDENTIALS if answer.value.get(name)))
        return answer

    def data(self) -> None:
        """Go on where the database is no cache.

        Raises:
            Unobservable: It is one: that the cache is backed up says nothing of the platform's data.
        """
        if not self.lasting:
            raise Unobservable("the target file does not say that it holds lasting data", permission=LASTING)


def _bounded(answer: Reading) -> bool:
    live = answer.need("state") == "active" and answer.need("tls")
    return bool(live and answer.need("db_memory_threshold") > 0)


def _durable(answer: Reading) -> bool:
    return bool(answer.value.get("db_type")) or answer.need("replicas") > 1


def _spares_sessions(answer: Reading) -> bool:
    # where eviction is on, keys without expiry are dropped as well once there are no others
    return not answer.need("eviction")


def _encrypted(answer: Reading) -> bool:
    return bool(answer.need("securityAddons", "encryptionAtRest"))


TOLD = {
    "cache.bounded": _bounded,
    "cache.durable": _durable,
    "cache.spares_sessions": _spares_sessions,
    "at_rest.cache": _encrypted,
}


@supplies(*TOLD)
async def state(source: Upstash, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the database's state and settings; what is not told costs its own fact."""
    answer = await source.details(api, context)
    for fact, read in TOLD.items():
        try:
            yield observed(fact, read(answer), answer.exchange)
        except Unobservable as obstacle:
            yield unavailable(fact, obstacle.reason, answer.exchange)


@supplies("cache.hit_pct")
async def hits(source: Upstash, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Compare hits and misses of the time that Upstash tells; it does not tell how many lookups a point stands for."""
    stats = await api.get(f"/redis/stats/{source.database}", scope=SCOPE)
    hit, missed = (sum(float(point["y"]) for point in stats.items(name)) for name in ("hits", "misses"))
    if hit + missed > 0:
        yield observed("cache.hit_pct", round(100 * hit / (hit + missed), 2), stats.exchange)
    else:
        yield unavailable("cache.hit_pct", "Upstash tells no lookup", stats.exchange)


@supplies("budgets.alerting", "budgets.exceeded")
async def budget(source: Upstash, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the monthly budget, of which Upstash mails the owner before and when it is spent."""
    answer = await source.details(api, context)
    limit = answer.need("budget")
    yield observed("budgets.alerting", int(limit > 0), answer.exchange)
    if limit > 0:
        stats = await api.get(f"/redis/stats/{source.database}", scope=SCOPE)
        over = stats.need("total_monthly_billing") > limit
        yield observed("budgets.exceeded", int(over), answer.exchange, stats.exchange)
    else:
        yield unavailable("budgets.exceeded", "the database has no budget", answer.exchange)


@supplies("backups.newest_age_h", "backups.kept_days", "backups.size_ratio")
async def backups(source: Upstash, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Read the backups that were completed; those that nobody scheduled say nothing of how long others are kept."""
    source.data()
    answer = await api.get(f"/redis/list-backup/{source.database}", scope=SCOPE)
    made = [
        Backup(
            at,
            one.get("backup_size"),
            scheduled="true" in (one.get("daily_backup"), one.get("hourly_backup")),
        )
        for one in answer.items()
        if one.get("state") == "completed" and (at := epoch(one.get("creation_time")))
    ]
    for observation in listed(made, context.now, answer.exchange):
        yield observation
    yield compared(made, context.now, answer.exchange)


@supplies("regions.database")
async def regions(source: Upstash, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Count the regions that hold a copy."""
    source.data()
    answer = await source.details(api, context)
    held = {*answer.need("all_members"), *(answer.value.get("read_regions") or ())}
    yield observed("regions.database", len(held), answer.exchange)
