"""Removal: what a run made goes, however much of it is known, and what stays is named."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
from readiness.accounts.ledger import Entry, Ledger, left_behind
from readiness.cleanup import clean_up
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe
from readiness.survey import survey
from starlette.responses import JSONResponse, Response

from ..probes.bureau import ADMIN, Bureau

RUN = "r1"


class Office(Bureau):
    """A bureau that may list and delete in other ways.

    `page`: how many people it lists at once; `listing`: what it lists instead; `deletes`: "at once", "slowly", "later"
    or "never"; `deleting`: it has been asked to.
    """

    page = 1_000
    deletes = "at once"
    deleting = False
    listing = None

    async def people(self, request):
        found = await super().people(request)
        if self.listing:
            return JSONResponse([self.listing])
        return JSONResponse(json.loads(found.body)[: self.page], found.status_code)

    async def remove(self, request):
        self.deleting = True
        if self.deletes == "never":
            return JSONResponse({}, 403)
        if self.deletes == "later":
            return Response(status_code=204)
        if self.deletes == "slowly":
            await asyncio.sleep(0.2)
        return await super().remove(request)

    @property
    def tagged(self):
        return [one["email"] for one in self.users.values() if one["email"] != ADMIN]


def tagged(number):
    return f"test+{RUN}-{number}@example.com"


@pytest.fixture
def office(now):
    return Office(frozenset({"keeps people"}), now)


@pytest.fixture
def target(office, serve, target_of, tmp_path):
    def build(*without, **keys):
        described = office.described(tmp_path / "secret", "verify", *without) | keys
        return target_of(serve(office.app), **described)

    return build


@pytest.fixture
def killed(now):
    """`killed(entry, …)` is the ledger of a run that was killed."""

    def build(*entries):
        ledger = Ledger("fake", RUN, now)
        for entry in entries:
            ledger.add(entry)
        return ledger

    return build


async def test_what_a_killed_run_asked_for_last_is_waited_for(office, target, killed):
    killed(Entry(tagged(1), "a-password", asked=time.time()))

    async def late():
        await asyncio.sleep(0.3)
        office.add(tagged(1), "a-password")

    _, cleaned = await asyncio.gather(late(), clean_up(target(pace={"timeout": "1s"})))
    assert (cleaned.removed, cleaned.left, office.tagged) == (1, (), [])
    assert left_behind("fake") == []


async def test_what_was_answered_is_not_waited_for(office, target, killed):
    office.add(tagged(1), "a-password")
    killed(Entry(tagged(1), "a-password", asked=time.time()), Entry(tagged(1), "a-password", made=True))
    began = time.monotonic()
    assert (await clean_up(target(pace={"timeout": "30s"}))).removed == 1
    assert time.monotonic() - began < 15


async def test_accounts_that_bear_the_tag_and_are_in_no_ledger_go_as_well_page_by_page(office, target, killed):
    office.page = 3
    for number in range(1, 11):
        office.add(tagged(number), "")
    office.add("test+other-1@example.com", "")
    killed(Entry(tagged(1), "a-password", made=True))
    cleaned = await clean_up(target())
    assert (cleaned.removed, cleaned.left) == (10, ())
    assert office.tagged == ["test+other-1@example.com"]


async def test_an_account_that_is_erased_later_is_removed_once(office, target, killed):
    office.deletes = "later"
    office.add(tagged(1), "a-password")
    killed(Entry(tagged(1), "a-password", made=True))
    cleaned = await clean_up(target())
    assert (cleaned.removed, cleaned.left) == (1, ())


async def test_what_cannot_be_removed_is_named_and_tried_again_the_next_time(office, target, killed):
    office.deletes = "never"
    office.add(tagged(1), "a-password")
    office.add(tagged(2), "")
    killed(Entry(tagged(1), "a-password", made=True))
    platform = target()
    assert (await clean_up(platform)).left == (tagged(1), tagged(2))
    office.deletes = "at once"
    cleaned = await clean_up(platform)
    assert (cleaned.removed, cleaned.left, office.tagged) == (2, (), [])
    assert left_behind("fake") == []


async def test_an_answer_that_nobody_foresaw_costs_no_other_account(office, target, killed):
    office.faults = frozenset()
    office.listing = {"id": 7, "email": None}
    for number in (1, 2):
        office.add(tagged(number), "a-password")
    killed(*(Entry(tagged(number), "a-password", made=True) for number in (1, 2)))
    cleaned = await clean_up(target())
    assert (cleaned.removed, cleaned.left, office.tagged) == (2, (), [])


async def test_where_nobody_administers_the_owner_removes_the_account(office, target, killed):
    office.faults = frozenset()
    office.add(tagged(1), "a-password")
    killed(Entry(tagged(1), "a-password", made=True))
    assert (await clean_up(target(admin=None))).removed == 1
    assert office.tagged == []


async def test_nothing_is_asked_where_nothing_was_made(office, target):
    cleaned = await clean_up(target())
    assert (cleaned.removed, office.log) == (0, [])


@probe(Fact("greedy.stopped", "text", "Why no more accounts could be made."))
async def greedy(context: Context) -> AsyncIterator[Observation]:
    reply = None
    while True:
        try:
            _, reply = await context.accounts.register()
            reply.settle()
        except Unobservable as obstacle:
            yield observed("greedy.stopped", obstacle.reason, reply.exchange)
            return


async def test_the_bound_of_requests_leaves_enough_of_them_to_remove_what_was_made(office, target, observe):
    seen = await observe(greedy, target(pace={"requests": 60}))
    assert seen.value("greedy.stopped") == "sign_up: the run's bound of 60 requests is reached (pace.requests)"
    assert seen.survey.accounts > 5
    assert seen.survey.requests <= 60
    assert (seen.survey.left, office.tagged) == ((), [])


async def test_a_run_that_is_cancelled_while_it_removes_goes_on_removing(office, target, now):
    office.deletes = "slowly"
    running = asyncio.create_task(survey(target(pace={"requests": 60}), [greedy], now=lambda: now))
    while not office.deleting:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert office.tagged == []
    assert left_behind("fake") == []
