"""GraphQL: whether what can be asked for in one query is bounded, and shown to nobody but whose it is."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from readiness.accounts import Person, Reply, Visit
from readiness.answers import graph
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

DEPTH = 30
"""Fields nested in the query that has to be refused."""

_LARGEST = 5_000  # values that a query may make the platform fetch


@dataclass(frozen=True)
class Bench:
    """Somebody signed in, and the schema as it was told to them.

    Attributes:
        person, visit: A fresh account, which owns next to nothing that a deep query could multiply.
        hello: The answer to the least of queries.
    """

    context: Context
    person: Person
    visit: Visit
    hello: Reply

    async def schema(self) -> tuple[Any, Exchange]:
        """The schema and where it was told.

        Raises:
            Unobservable: It is not told.
        """
        reply = (await _ask(self.visit, graph.INTROSPECTION, note="introspection")).settle()
        schema = graph.schema_of(_data(reply))
        if schema is None:
            raise Unobservable("the schema is not told to a signed-in user, so no query can be made", reply.exchange)
        return schema, reply.exchange

    async def shown(self) -> tuple[list[str], list[Exchange]]:
        """Queries that show the person its own address, and where.

        Raises:
            Unobservable: There are none.
        """
        schema, told = await self.schema()
        queries, exchanges = [], [told]
        for query in graph.addresses(schema, await self._id()):
            reply = (await _ask(self.visit, query)).settle()
            if self.shows(reply):
                queries.append(query)
                exchanges.append(reply.exchange)
        if not queries:
            raise Unobservable("no query that the schema suggests shows a user's own address", *exchanges)
        return queries, exchanges

    def shows(self, reply: Reply) -> bool:
        """Whether an answer shows the person's address."""
        return any(str(value).lower() == self.person.email.lower() for value in graph.leaves(_data(reply)))

    async def _id(self) -> str:
        if self.person.id or not self.visit.describes("me"):
            return self.person.id
        return str((await self.visit.ask("me")).get("id") or "")


QUERY, DEEP, ANONYMOUS, OTHERS = "graphql.query", "graphql.deep_query", "graphql.anonymous", "graphql.others"
_SHOWN = {True: "refused", False: "shown"}


@probe(
    Fact(QUERY, "text", "A signed-in user's query is answered with data: answered, refused.", attestable=True),
    Fact(DEEP, "text", "A query of 30 nested fields: refused (or cannot be written), answered.", attestable=True),
    Fact(ANONYMOUS, "text", "An account that a query shows, without credentials: refused, shown.", attestable=True),
    Fact(OTHERS, "text", "An account that a query shows, to another tenant's user: refused, shown.", attestable=True),
    deadline=90,
)
async def graphql(context: Context) -> AsyncIterator[Observation]:
    """Ask for the least, for the schema, for ever more of the same, and for an account as its owner and as others.

    A platform that is not asked, since it offers none, may have a recorded decision: then the facts are `declined`.
    """
    try:
        bench = await _bench(context)
    except Unobservable as obstacle:
        async for observation in context.told(*graphql.facts):
            yield observation if observation.value is not None else replace(observation, reason=obstacle.reason)
        return
    yield await settled(QUERY, _answers(bench))
    yield await settled(DEEP, _deep_query(bench))
    yield await settled(ANONYMOUS, _refused(bench, ANONYMOUS, bench.context.accounts.nobody))
    yield await settled(OTHERS, _others(bench))


async def _bench(context: Context) -> Bench:
    if "graphql" not in context.target.operations:
        raise Unobservable("the target file does not describe the operation graphql")
    person = await context.accounts.new()
    visit = await person.sign_in()
    return Bench(context, person, visit, await _ask(visit, "{__typename}"))


async def _answers(bench: Bench) -> Observation:
    data = _data(bench.hello.settle())
    answers = bench.hello.ok and isinstance(data, dict) and isinstance(data.get("__typename"), str)
    return observed(QUERY, "answered" if answers else "refused", bench.hello.exchange)


async def _deep_query(bench: Bench) -> Observation:
    schema, told = await bench.schema()
    circle = graph.circle(schema)
    if circle is None and graph.endless(schema):
        raise Unobservable("the schema is told, but a deep query needs arguments that only the platform knows", told)
    if circle is None:
        return observed(DEEP, "refused", told)
    once, twice = [(await _ask(bench.visit, circle.turned(times))).settle() for times in (1, 2)]
    for reply in (once, twice):
        if not reply.ok or _errors(reply):
            raise Unobservable("a shallow query of the same kind is not answered either", told, reply.exchange)
    if _size(once, twice, (DEPTH - len(circle.way)) / len(circle.turn)) > _LARGEST:
        raise Unobservable("the query would make the platform fetch too much", once.exchange, twice.exchange)
    deep = (await _ask(bench.visit, circle.query(DEPTH), note=f"{DEPTH} nested fields")).settle()
    refused = 400 <= (deep.status or 0) < 500 or (bool(_errors(deep)) and not list(graph.leaves(_data(deep))))
    return observed(DEEP, "refused" if refused else "answered", twice.exchange, deep.exchange)


def _size(once: Reply, twice: Reply, turns: float) -> float:
    """How many values so many turns would fetch, judged by the first two."""
    first, second = (len(list(graph.leaves(_data(reply)))) for reply in (once, twice))
    return second * (second / first) ** max(0.0, turns - 2) if first else 0.0


async def _others(bench: Bench) -> Observation:
    other = await (await bench.context.accounts.person("ben")).sign_in()
    return await _refused(bench, OTHERS, other)


async def _refused(bench: Bench, fact: str, visit: Visit) -> Observation:
    queries, exchanges = await bench.shown()
    replies = [(await _ask(visit, query, note="by somebody else")).settle() for query in queries]
    shown = [reply.exchange for reply in replies if bench.shows(reply)]
    return observed(fact, _SHOWN[not shown], *exchanges[1:], *(shown or [reply.exchange for reply in replies]))


async def _ask(visit: Visit, query: str, note: str = "") -> Reply:
    return await visit.ask("graphql", query=query, note=note)


def _data(reply: Reply) -> Any:
    answer = reply.exchange.json()
    return answer.get("data") if isinstance(answer, dict) else None


def _errors(reply: Reply) -> Any:
    answer = reply.exchange.json()
    return answer.get("errors") if isinstance(answer, dict) else None
