"""Supply: alternatives in the order of the target file, dated statements last, and nothing told in silence."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest
from readiness import source, supply
from readiness.attestation import Attestation
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.observation import observed, unavailable
from readiness.probes import supplied
from readiness.source import Source, Supplier
from readiness.survey import survey
from readiness.wire.exchange import Exchange

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COUNT = Fact("stock.count", "number", "A count.", "things")
SAFE = Fact("stock.safe", "boolean", "It is safe.", attestable=True)


def seen(place):
    return Exchange(method="GET", url=f"http://{place}.example/", status=200, observed_at=NOW)


@pytest.fixture
def ask(monkeypatch, target_of):
    """`await ask({"alpha": run, …}, *attestations)`: each source by name, with its one supplier's generator."""

    async def go(runs, *attestations, configured=None, opened=None, deadline=60.0):
        facts = ("stock.count", "stock.safe")
        suppliers = tuple(Supplier(name, facts, run, deadline) for name, run in runs.items())
        monkeypatch.setattr(supply, "suppliers", lambda: suppliers)
        monkeypatch.setattr(source, "suppliers", lambda: suppliers)

        def model(place):
            class Made(Source):
                @classmethod
                def name(cls):
                    return place

                @asynccontextmanager
                async def open(self, context):
                    if opened is not None:
                        opened.append(place)
                    yield place

            return Made()

        made = tuple(model(name) for name in (runs if configured is None else configured))
        monkeypatch.setattr("readiness.source.Sources.configured", made)
        result = await survey(
            target_of("http://127.0.0.1:9"), [supplied(COUNT, SAFE)], attestations=attestations, now=lambda: NOW
        )
        return {row.fact: row for row in result.evidence.itertuples()}

    return go


def tells(value):
    async def run(settings, connection, context):
        yield observed("stock.count", value, seen(connection))

    return run


async def test_the_first_source_of_the_file_that_observes_a_fact_is_believed(ask):
    assert (await ask({"alpha": tells(1), "beta": tells(2)}))["stock.count"].number == 1
    assert (await ask({"alpha": tells(1), "beta": tells(2)}, configured=("beta", "alpha")))["stock.count"].number == 2


async def test_a_source_that_cannot_tell_leaves_it_to_the_next(ask):
    async def refused(settings, connection, context):
        raise Unobservable("not allowed", permission="sources.alpha: read")
        yield

    told = await ask({"alpha": refused, "beta": tells(2)})
    assert told["stock.count"].number == 2
    assert (told["stock.safe"].status, told["stock.safe"].permission) == ("unavailable", "sources.alpha: read")


async def test_a_source_that_crashes_costs_its_own_facts_alone_and_counts_as_an_error(ask):
    async def broken(settings, connection, context):
        yield observed("stock.count", 3, seen(connection))
        raise KeyError("id")

    told = await ask({"alpha": broken})
    assert told["stock.count"].number == 3
    assert (told["stock.safe"].status, told["stock.safe"].reason) == ("error", "alpha: KeyError: 'id'")


async def test_a_source_that_hangs_is_given_up(ask):
    async def hangs(settings, connection, context):
        await asyncio.sleep(60)
        yield

    told = await ask({"alpha": hangs}, deadline=0.05)
    assert told["stock.count"].reason == "alpha did not tell it within 0.05 s"


async def test_without_a_source_every_way_to_tell_is_named(ask):
    told = await ask({"alpha": tells(1), "beta": tells(2)}, configured=())
    assert told["stock.count"].permission == "sources.alpha or sources.beta"
    assert told["stock.safe"].permission == "sources.alpha or sources.beta or an attestation of stock.safe"


async def test_a_source_that_is_not_needed_is_not_opened(ask, monkeypatch):
    opened = []
    await ask({"alpha": tells(1)}, opened=opened)
    assert opened == ["alpha"]
    await ask({}, configured=("alpha",), opened=opened)
    assert opened == ["alpha"]


async def test_a_statement_stands_only_where_nothing_observes_the_fact(ask):
    async def unsafe(settings, connection, context):
        yield observed("stock.safe", False, seen(connection))

    async def silent(settings, connection, context):
        yield unavailable("stock.safe", "the vendor does not say")

    days = {"attested_on": date(2026, 1, 1), "expires_on": date(2026, 12, 31)}
    item = Attestation(fact="stock.safe", statement="It is kept in a safe.", by="The warden", **days)
    assert not (await ask({"alpha": unsafe}, item))["stock.safe"].boolean
    attested = (await ask({"alpha": silent}, item))["stock.safe"]
    assert attested.boolean
    assert attested.source == "attested by The warden on 2026-01-01: It is kept in a safe."
    assert (await ask({}, item))["stock.count"].status == "unavailable"


async def test_a_fact_that_its_supplier_was_not_declared_for_is_an_error(ask):
    async def wrong(settings, connection, context):
        yield observed("stock.other", 3, seen(connection))

    assert (await ask({"alpha": wrong}))["stock.count"].status == "error"
