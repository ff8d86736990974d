"""Redis: whether the cache is closed, encrypted, bounded and durable, and how many lookups hit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from readiness.canary import LONGEST_S, Patience
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.secret import Secret
from readiness.source import Store, supplies
from readiness.wire import redis as wire
from readiness.wire.redis import Command, Place

if TYPE_CHECKING:
    from readiness.probes import Context


def _host_and_port(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or "/" in text or "@" in text or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("expected a host and port such as cache.example.com:6379")
    return text


class Redis(Store):
    """Redis, or what speaks its protocol."""

    PLACE: ClassVar[type[Any]] = Place

    address: Secret = Field(
        description="`rediss://user:password@host:port` of production's, a reference; "
        "the user needs the ACL rules `+ping +info +config|get`"
    )
    plain: Annotated[str, AfterValidator(_host_and_port)] | None = Field(
        None, description="host and port of production's at which connections without TLS must be refused"
    )
    window: Patience = Field(timedelta(minutes=1), description="time between the readings of hits and misses")

    def open(self, context: "Context") -> AbstractAsyncContextManager[wire.Redis]:
        """A `Redis` that sends single commands."""
        client, ca_file = context.client, str(context.target.ca_file or "")
        return nullcontext(
            wire.Redis(trust=client.trust, ca_file=ca_file, now=client.time, secrets=client.secrets),
        )


@supplies(
    "cache.answers_tls",
    "cache.anonymous_refused",
    "cache.bounded",
    "cache.spares_sessions",
    "cache.durable",
    "cache.plain_refused",
)
async def cache(source: Redis, redis: wire.Redis, context: "Context") -> AsyncIterator[Observation]:
    """Ask with the credentials and without them, and read what the server tells of itself."""
    place = source.place("address")
    for fact, check in (
        ("cache.answers_tls", _answers_tls(redis, place)),
        ("cache.anonymous_refused", _anonymous_refused(redis, place)),
        ("cache.bounded", _bounded(redis, place)),
        ("cache.spares_sessions", _spares_sessions(redis, place)),
        ("cache.durable", _durable(redis, place)),
        ("cache.plain_refused", _plain_refused(redis, place, source.plain)),
    ):
        yield await settled(fact, check)


async def _answers_tls(redis: wire.Redis, place: Place) -> Observation:
    answer = await redis.ask(place, "PING")
    return observed("cache.answers_tls", place.tls and answer.answer == "PONG", answer)


async def _anonymous_refused(redis: wire.Redis, place: Place) -> Observation:
    """Without credentials not even PING is answered; what refuses is the server, not a connection that fails."""
    answer = await redis.send(Place(place.host, place.port, place.tls), "PING")
    if answer.failure:
        raise Unobservable(f"redis: {place}: {answer.failure}", answer)
    return observed("cache.anonymous_refused", answer.error.startswith(("NOAUTH", "NOPERM", "DENIED")), answer)


async def _bounded(redis: wire.Redis, place: Place) -> Observation:
    memory = await redis.ask(place, "INFO", "memory")
    return observed("cache.bounded", memory.number("maxmemory") > 0, memory)


async def _spares_sessions(redis: wire.Redis, place: Place) -> Observation:
    memory = await redis.ask(place, "INFO", "memory")
    policy = memory.need("maxmemory_policy")
    return observed("cache.spares_sessions", policy == "noeviction" or policy.startswith("volatile-"), memory)


async def _durable(redis: wire.Redis, place: Place) -> Observation:
    """An append-only file that is written, or a replica that follows, or snapshots that succeed."""
    persistence = await redis.ask(place, "INFO", "persistence")
    replication = await redis.ask(place, "INFO", "replication")
    both = persistence, replication
    appended = persistence.need("aof_enabled") == "1" and persistence.values.get("aof_last_write_status") == "ok"
    if appended or _replicated(replication):
        return observed("cache.durable", True, *both)
    snapshots = await redis.ask(place, "CONFIG", "GET", "save")
    _, _, schedule = snapshots.answer.partition("\n")
    saved = bool(schedule.strip()) and persistence.need("rdb_last_bgsave_status") == "ok"
    return observed("cache.durable", saved, *both, snapshots)


def _replicated(replication: Command) -> bool:
    if replication.need("role") == "master":
        followers = [value for name, value in replication.values.items() if name.startswith("slave")]
        return any("state=online" in value for value in followers)
    return replication.values.get("master_link_status") == "up"


async def _plain_refused(redis: wire.Redis, place: Place, plain: str | None) -> Observation:
    """Without TLS, and without a password: whatever Redis answers there, it answers to those who listen as well."""
    if plain is None:
        raise Unobservable("the settings do not say where it has to refuse", permission="sources.redis.plain")
    host, _, port = plain.rpartition(":")
    answer = await redis.send(Place(host.strip("[]"), int(port), tls=False), "PING")
    if not answer.failure:
        return observed("cache.plain_refused", False, answer)
    # one that is silent where the host answers is filtered; a name that leads nowhere says nothing
    reachable = host == place.host and not (await redis.send(place, "PING")).failure
    refused = ("connection refused", "connection closed without a whole answer", wire.NOT_REDIS)
    if answer.failure in refused or (answer.failure == wire.SILENT and reachable):
        return observed("cache.plain_refused", True, answer)
    raise Unobservable(f"redis: {plain}: {answer.failure}", answer)


@supplies("cache.lookups", "cache.hit_pct", deadline=LONGEST_S + 60)
async def hits(source: Redis, redis: wire.Redis, context: "Context") -> AsyncIterator[Observation]:
    """Two readings of the counters: totals since the start would hide a cache that broke since."""
    place = source.place("address")
    before = await redis.ask(place, "INFO", "stats")
    since = await redis.ask(place, "INFO", "server")
    await asyncio.sleep(source.window.total_seconds())
    after = await redis.ask(place, "INFO", "stats")
    still = await redis.ask(place, "INFO", "server")
    both = before, after
    found, missed = (after.number(f"keyspace_{one}") - before.number(f"keyspace_{one}") for one in ("hits", "misses"))
    if found < 0 or missed < 0 or since.need("run_id") != still.need("run_id"):
        raise Unobservable("the server's counters began anew between the two readings", *both)
    yield observed("cache.lookups", found + missed, *both)
    if found + missed:
        yield observed("cache.hit_pct", 100 * found / (found + missed), *both)
    else:
        yield unavailable("cache.hit_pct", f"no lookup within {source.window}", *both)


@supplies("isolation.caches_differ")
async def isolation(source: Redis, redis: wire.Redis, context: "Context") -> AsyncIterator[Observation]:
    """Production's and staging's are different processes: databases of one server share its memory and its end."""
    if source.staging is None:
        raise Unobservable("the settings do not name staging's Redis", permission="sources.redis.staging")
    both = [await redis.ask(source.place(key), "INFO", "server") for key in ("address", "staging")]
    production, staging = (one.need("run_id") for one in both)
    yield observed("isolation.caches_differ", production != staging, *both)
