"""Watchers: what each source is asked while a load test runs. They read, gently, and nothing else."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from readiness.errors import Unobservable
from readiness.load.watch import OF_LIMIT, OF_ROLE, PROMETHEUS, Book, Watcher
from readiness.promql import ask, history
from readiness.sources.postgres.load import DEADLOCKS, statements, totals

if TYPE_CHECKING:
    from readiness.probes import Context

MIB = 2**20
STATEMENTS_S = 5.0
"""Seconds between two readings of the statements' statistics, which the server has to gather for each."""
POINTS = 600
"""Values that Prometheus is asked for at most."""
_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{[^\n]*\})?[ \t]+(\S+)", re.MULTILINE)
STATES = (
    "SELECT coalesce(state, 'unknown') AS state, count(*) AS count FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND CASE WHEN %s = '' THEN datname = current_database() ELSE usename = %s END "
    "GROUP BY 1"
)


def every(in_flight: str = "") -> Sequence[Watcher]:
    """All there are; `in_flight` names a gauge on the metrics route."""
    return Route(in_flight), History(), Connections(), Statements(), Cache()


class Route:
    """The target's own metrics route: the process that answers it."""

    source = "GET routes.metrics"
    every_s = 1.0

    def __init__(self, in_flight: str = "") -> None:
        self._in_flight = in_flight
        self.names = ("memory", "cpu", *(["in flight"] if in_flight else []))
        self._before: tuple[float, float] | None = None

    async def look(self, context: "Context", book: Book) -> None:
        """Memory, processor time since the reading before, and requests in flight."""
        route = context.target.routes.metrics
        if not route:
            raise Unobservable("the target file names no metrics route", permission="routes.metrics")
        at_s = book.at_s
        answer = await context.client.get(context.url(route), fresh=True, patient=False)
        if not answer.ok:
            denied = answer.status in (401, 403)
            needs = "headers: what the metrics route asks for" if denied else ""
            raise Unobservable(answer.failure or f"{route} answers with status {answer.status}", permission=needs)
        told: dict[str, list[float]] = {}
        for name, value in _SAMPLE.findall(answer.text):
            told.setdefault(name, []).append(_float(value))
        source = f"GET {route}: "
        self._note(book, "memory", source, "process_resident_memory_bytes", told, at_s, "MiB", MIB)
        if self._in_flight:
            self._note(book, "in flight", source, self._in_flight, told, at_s, "requests", 1)
        spent = told.get("process_cpu_seconds_total")
        if not spent:
            book.miss(["cpu"], self.source, Unobservable(f"{route} tells no process_cpu_seconds_total"))
            return
        if self._before and spent[0] >= self._before[1] and at_s > self._before[0]:
            used = 100 * (spent[0] - self._before[1]) / (at_s - self._before[0])
            book.note("cpu", f"{source}process_cpu_seconds_total", "% of a core", at_s, used)
        self._before = at_s, spent[0]

    def _note(
        self, book: Book, name: str, source: str, metric: str, told: dict[str, list[float]], at_s: float, *unit: Any
    ) -> None:
        if metric in told:
            book.note(name, source + metric, unit[0], at_s, sum(told[metric]) / unit[1])
        else:
            book.miss([name], self.source, Unobservable(f"the metrics route tells no {metric}"))


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if abs(value) < float("inf") else 0.0


class History:
    """Prometheus, which measures by itself: it is asked once, at the end."""

    names = ("memory", "cpu")
    source = PROMETHEUS.rstrip(": ")
    every_s = float("inf")

    async def look(self, context: "Context", book: Book) -> None:
        """The largest process and the busiest one, over the time of the test."""
        api = await context.supply.connection("prometheus", context)
        settings: Any = context.target.sources.prometheus  # type: ignore[attr-defined]
        end, end_s = context.client.time().timestamp(), book.at_s
        begin = end - (end_s - book.began_s)
        step_s = max(1, int((end - begin) / POINTS) + 1 if end - begin > POINTS else 1)
        memory, cpu = settings.queries.memory_now, settings.queries.cpu_now
        for name, query, unit, scale in (("memory", memory, "MiB", 1 / MIB), ("cpu", cpu, "% of a core", 100.0)):
            try:
                text = settings.filled(query)
                values = await history(api, text, begin, end, step_s)
                if name == "cpu":
                    unit, scale = await _of_limit(api, settings, book)
            except Unobservable as obstacle:
                book.miss([name], self.source, obstacle)
                continue
            for at, value in values:
                book.note(name, PROMETHEUS + text, unit, at - end + end_s, value * scale)


async def _of_limit(api: Any, settings: Any, book: Book) -> tuple[str, float]:
    """Cores as a share of the smallest limit of a container; of a core where no limit is known."""
    try:
        limits = await ask(api, settings.filled(settings.queries.cpu_limits))
        least = min(sample.value for sample in limits.need())
    except Unobservable as obstacle:
        book.miss(["cpu limit"], PROMETHEUS.rstrip(": "), obstacle)
        return "% of a core", 100.0
    return (OF_LIMIT, 100 / least) if least > 0 else ("% of a core", 100.0)


class Connections:
    """PostgreSQL's connections, transactions and deadlocks."""

    names = ("connections", "transactions", "deadlocks")
    source = "postgres"
    every_s = 1.0

    async def look(self, context: "Context", book: Book) -> None:
        """Connections by state, of the platform's role where it is named; the database's counters."""
        postgres = await context.supply.connection("postgres", context)
        settings: Any = context.target.sources.postgres  # type: ignore[attr-defined]
        place, role = settings.place(), settings.role
        at_s = book.at_s
        states = await postgres.read(place, STATES, role, role)
        whose = f"pg_stat_activity {OF_ROLE}{role}" if role else "pg_stat_activity of every role"
        book.note("connections", whose, "connections", at_s, sum(row["count"] for row in states.rows))
        for row in states.rows:
            book.note(f"connections {row['state']}", whose, "connections", at_s, row["count"])
        counters = (await postgres.read(place, DEADLOCKS)).row
        for name in ("transactions", "deadlocks"):
            book.count(name, "pg_stat_database", name, at_s, counters[name], counters["stats_reset"])


class Statements:
    """The statements of the platform's role, as pg_stat_statements counts them."""

    names = ("queries", "query time")
    source = "postgres"
    every_s = STATEMENTS_S

    def __init__(self) -> None:
        self._before: dict[int, tuple[int, float]] = {}

    async def look(self, context: "Context", book: Book) -> None:
        """How many there were, and what they took together."""
        postgres = await context.supply.connection("postgres", context)
        settings: Any = context.target.sources.postgres  # type: ignore[attr-defined]
        at_s = book.at_s
        now = totals(await statements(settings, postgres))
        source = f"pg_stat_statements {OF_ROLE}{settings.role}"
        if any(now.get(one, (0, 0.0))[0] < calls for one, (calls, _) in self._before.items()):
            book.miss(self.names, source, Unobservable("the statistics were reset, or dropped a statement"))
        self._before = now
        calls, ms = (sum(one[part] for one in now.values()) for part in (0, 1))
        book.count("queries", source, "statements", at_s, calls)
        book.count("query time", source, "ms", at_s, ms)


class Cache:
    """Redis: lookups that hit and that missed, and memory."""

    names = ("cache hits", "cache misses", "cache memory")
    source = "redis"
    every_s = 1.0

    async def look(self, context: "Context", book: Book) -> None:
        """What the server tells of itself."""
        redis = await context.supply.connection("redis", context)
        place = context.target.sources.redis.place()  # type: ignore[attr-defined]
        at_s = book.at_s
        told = await redis.ask(place, "INFO")
        for name in ("hits", "misses"):
            total = told.number(f"keyspace_{name}")
            book.count(f"cache {name}", "redis INFO", "lookups", at_s, total, told.need("run_id"))
        book.note("cache memory", "redis INFO used_memory", "MiB", at_s, told.number("used_memory") / MIB)
