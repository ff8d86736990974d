"""The survey: what becomes of facts whose probe crashes, hangs or says nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from readiness.evidence import COLUMNS, Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.survey import survey
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


@pytest.fixture
def address(serve):
    async def page(request):
        return PlainTextResponse("hello")

    return serve(Starlette(routes=[Route("/", page)]))


def fact(name: str, kind: str = "boolean") -> Fact:
    return Fact(name, kind, "A fact.")  # type: ignore[arg-type]


@probe(fact("good.seen"), fact("good.silent"))
async def good(context: Context) -> AsyncIterator[Observation]:
    yield observed("good.seen", True, await context.client.get(context.url("/")))


@probe(fact("crashing.before"), fact("crashing.after"))
async def crashing(context: Context) -> AsyncIterator[Observation]:
    yield observed("crashing.before", True, await context.client.get(context.url("/")))
    raise KeyError("boom")


@probe(fact("hanging.before"), fact("hanging.after"), deadline=0.3)
async def hanging(context: Context) -> AsyncIterator[Observation]:
    yield observed("hanging.before", True, await context.client.get(context.url("/")))
    await asyncio.sleep(60)


@probe(fact("mistyped.number", "number"))
async def mistyped(context: Context) -> AsyncIterator[Observation]:
    yield observed("mistyped.number", True, await context.client.get(context.url("/")))


@probe(fact("refused.burst"), alone=True)
async def refused(context: Context) -> AsyncIterator[Observation]:
    yield unavailable("refused.burst", "not granted", permission="burst")


async def test_each_probe_costs_its_own_facts_alone(address, target_of):
    result = await survey(target_of(address), [good, crashing, hanging, mistyped, refused])
    status = result.evidence.set_index("fact")["status"].to_dict()
    assert status == {
        "good.seen": "observed",
        "good.silent": "unavailable",
        "crashing.before": "observed",
        "crashing.after": "error",
        "hanging.before": "observed",
        "hanging.after": "error",
        "mistyped.number": "error",
        "refused.burst": "unavailable",
    }
    reasons = result.evidence.set_index("fact")["reason"].to_dict()
    assert reasons["crashing.after"] == "the probe failed: KeyError: 'boom'"
    assert reasons["hanging.after"] == "the probe was stopped after 0.3 s"
    assert result.evidence.set_index("fact").loc["refused.burst", "permission"] == "burst"
    assert dict(result.evidence.dtypes.astype(str)) == COLUMNS


async def test_evidence_points_at_recorded_exchanges(address, target_of):
    result = await survey(target_of(address), [good])
    digest = result.evidence.set_index("fact").loc["good.seen", "digest"]
    assert digest in {record["digest"] for record in result.exchanges}


async def test_a_probe_that_is_not_wanted_is_skipped_not_left_out(address, target_of):
    result = await survey(target_of(address), [good, crashing], skip={"crashing"})
    status = result.evidence.set_index("fact")["status"]
    assert status["crashing.before"] == status["crashing.after"] == "skipped"


async def test_progress_is_told_once_a_probe(address, target_of):
    told: list[str] = []
    await survey(target_of(address), [good, crashing, refused], skip={"refused"}, progress=told.append)
    assert sorted(told) == ["crashing", "good", "refused"]


def test_an_observation_needs_an_exchange():
    with pytest.raises(ValueError, match="needs the exchange"):
        observed("good.seen", True)


@probe(fact("garbled.seen"))
async def garbled(context: Context) -> AsyncIterator[Observation]:
    yield unavailable("garbled.seen", "the document says \ud800 and\nmore " + "x" * 5000)


async def test_a_reason_that_quotes_the_target_is_one_bounded_line_fit_for_every_file(address, target_of, tmp_path):
    result = await survey(target_of(address), [garbled])
    reason = result.evidence.set_index("fact").loc["garbled.seen", "reason"]
    assert reason.startswith("the document says ? and more xxx")
    assert len(reason) <= 500
    result.evidence.to_parquet(tmp_path / "evidence.parquet")


@probe(fact("asking.seen"))
async def asking(context: Context) -> AsyncIterator[Observation]:
    await context.client.permits("burst")
    await context.client.permits("load")
    yield unavailable("asking.seen", "nothing")


async def test_the_permissions_used_are_those_asked_for_and_had(address, target_of):
    assert (await survey(target_of(address), [asking])).permissions == ("burst", "load")
    assert (await survey(target_of("http://192.0.2.1", permissions=["load"]), [asking])).permissions == ("load",)
