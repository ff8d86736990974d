"""A trial: permitted before anything is sent, with accounts of its own, stopped where it has to be, and kept."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from readiness.errors import BadInput, RunFailed
from readiness.load import breaker, generator, trial
from readiness.load.plan import Slo, plan_for, plan_for_address
from readiness.load.trial import Stand, carried_out, empty, kept, searched, stand

GRANT = {"rate": 50, "users": 5, "until": date(2026, 3, 2)}
ACCOUNTS = {
    "accounts": {"email": "readiness+{tag}@fake.example"},
    "session": {"headers": {"Authorization": "Bearer {access}"}},
    "operations": {
        "sign_up": {"path": "/people", "body": {"email": "{email}"}, "answer": {"id": "id"}},
        "sign_in": {"path": "/visits", "body": {"email": "{email}"}, "answer": {"access": "token"}},
        "me": {"method": "GET", "path": "/me"},
        "delete": {"path": "/me/delete"},
    },
    "load": {
        "timeout": "1s",
        "journeys": {
            "whole": [{"operation": "sign_in"}, {"operation": "me", "think": "0.05s"}],
            "own": [{"operation": "me"}],
        },
    },
}


class People:
    """Handlers of a platform with accounts: sign up, sign in, read oneself, delete."""

    def __init__(self):
        self.there, self.deleted, self.refused = {}, [], 0

    def __call__(self, method, path, head, body):
        if path == "/people":
            self.there[json.loads(body)["email"]] = f"p{len(self.there)}"
            return self.say(201, {"id": self.there[json.loads(body)["email"]]})
        if path == "/visits":
            return self.say(200, {"token": f"secret-of-{self.there[json.loads(body)['email']]}"})
        who = head.lower().partition("bearer secret-of-")[2].partition("\r")[0]
        if path.startswith("/me") and who not in self.there.values():
            self.refused += 1
            return self.say(401, {})
        if path == "/me/delete":
            self.deleted.append(who)
        return self.say(200, {"id": who})

    @staticmethod
    def say(status, value):
        text = json.dumps(value)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}"
        return f"{head}\r\n\r\n{text}".encode()


@pytest.fixture
def people(server):
    """The server's people."""
    server.answer = People()
    return server.answer


@pytest.fixture(autouse=True)
def never_void(monkeypatch):
    """A machine that is busy with other tests voids none: that is `test_generator`'s."""
    monkeypatch.setattr(generator, "LATE_MS", 1e6)
    monkeypatch.setattr(generator, "CPU_PCT", 1e6)


@pytest.fixture
def elsewhere(monkeypatch):
    """Loopback is taken for another machine."""
    monkeypatch.setattr(trial.ipaddress, "ip_address", lambda text: SimpleNamespace(is_loopback=False))


@pytest.fixture
def shared(monkeypatch, crew):
    """Stands use the workers of all tests."""

    @asynccontextmanager
    async def lent(executor, workers):
        yield crew

    monkeypatch.setattr(trial, "crew_of", lent)
    monkeypatch.setattr(trial, "cores", lambda: 1)


def plan(server, path="/ok", **keys):
    return plan_for_address(f"{server.address}{path}", **{"rate": 50.0, "seconds": 1.0, "warm_up_s": 0.0, **keys})


def standing(crew, plan, workers=1):
    return Stand(plan, {}, workers, crew, None)


# --- permission ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "asked", "days", "reason"),
    [
        ({}, {}, 0, "load is not granted"),
        ({"permissions": ["load"]}, {"rate": 51.0}, 0, "51 requests a second: at most 50"),
        ({"permissions": ["load"]}, {"rate": None, "users": 6}, 0, "6 users: at most 5"),
        ({"permissions": ["load"]}, {}, 1, "the grant of load ended on 2026-03-02"),
    ],
    ids=str,
)
async def test_what_is_not_granted_is_refused_before_the_first_request(
    server, people, elsewhere, target_of, now, keys, asked, days, reason
):
    target = target_of(server.address, **ACCOUNTS, **keys)
    target.load.__dict__.update(GRANT)
    wanted = plan_for(target, **{"rate": 50.0, "seconds": 1.0, **asked})
    with pytest.raises(BadInput, match=f"load refused: {reason}"):
        async with stand(wanted, target, now=lambda: now + timedelta(days=days)):
            pass
    assert (server.connections, server.seen) == (0, {})


async def test_a_search_is_refused_where_its_most_is_not_granted(server, elsewhere, target_of, now):
    target = target_of(server.address, permissions=["load"], load=GRANT)
    wanted = plan_for(target, rate=10.0)
    with pytest.raises(BadInput, match="60 requests a second"):
        async with stand(wanted, target, most=wanted.at(60), now=lambda: now):
            pass
    assert server.connections == 0


async def test_what_is_granted_may_be_sent_on_the_last_day(server, elsewhere, target_of, now):
    target = target_of(server.address, permissions=["load"], load=GRANT)
    async with stand(plan_for(target, rate=50.0), target, now=lambda: now):
        pass


async def test_an_address_alone_is_refused_elsewhere_and_fine_on_loopback(server, monkeypatch):
    async with stand(plan(server), None) as made:
        assert made.workers == 1
    monkeypatch.setattr(trial.ipaddress, "ip_address", lambda text: SimpleNamespace(is_loopback=False))
    with pytest.raises(BadInput, match="needs a target file"):
        async with stand(plan(server), None):
            pass
    assert server.connections == 0


async def test_a_name_that_leads_nowhere_is_one_line():
    with pytest.raises(RunFailed, match=r"nowhere\.invalid: "):
        async with stand(plan_for_address("http://nowhere.invalid/", rate=1.0), None):
            pass


# --- accounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("journey", ["whole", "own"])
async def test_a_journey_is_made_with_accounts_that_are_removed_afterwards(server, people, shared, target_of, journey):
    target = target_of(server.address, **ACCOUNTS)
    wanted = plan_for(target, journey=journey, users=3, seconds=1.0, warm_up_s=0.1)
    record = await carried_out(wanted, target)
    assert record["completed"] > 10
    assert (record["failed"], record["left"], people.refused) == ({}, [], 0)
    assert record["by_step"]["me"]["completed"] > 5
    assert sorted(people.deleted) == sorted(people.there.values())
    assert len(people.there) == 3
    text = json.dumps(record)
    assert not [secret for secret in ("secret-of", "@fake.example") if secret in text]


async def test_headers_of_the_target_file_are_sent_and_in_no_record(server, shared, target_of, monkeypatch):
    monkeypatch.setenv("EDGE", "edge-secret")
    target = target_of(server.address, headers={"X-Edge": "env:EDGE"}, routes={"health": "/ok"})
    record = await carried_out(plan_for(target, rate=20.0, seconds=1.0, warm_up_s=0.0), target)
    assert (record["scheduled"], record["completed"], record["partial"], empty(record)) == (20, 20, "", "")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(record["started_at"])).total_seconds()) < 30
    asked = [head for head in server.heads if "readiness-load" in head]
    assert all("X-Edge: edge-secret\r\n" in head for head in asked)
    assert "edge-secret" not in json.dumps(record)


async def test_accounts_that_cannot_be_made_fail_the_test_before_it_begins(server, shared, target_of):
    server.answer = lambda *request: People.say(500, {})
    target = target_of(server.address, **ACCOUNTS)
    with pytest.raises(RunFailed, match="test accounts for the journey whole"):
        await carried_out(plan_for(target, users=2, seconds=1.0), target)
    assert not server.seen["/me"]


# --- carried out -----------------------------------------------------------------------------------------------------


async def test_the_circuit_breaker_stops_it(server, crew, monkeypatch):
    monkeypatch.setattr(breaker, "LASTING_S", 1)
    told = await trial.trial(standing(crew, plan(server, "/broken", seconds=60.0)))
    assert told["partial"].startswith("circuit breaker: more than 50 % failed")
    assert told["seconds"] < 10
    assert told["slo"]["held"] is False


async def test_nothing_completed_is_an_error_and_never_a_pass(server, crew):
    told = await trial.trial(standing(crew, plan(server, "/closes", slo=Slo(1e9, 100))))
    assert empty(told) == "no request was completed: 50 reset"
    assert told["slo"]["held"] is False


async def test_a_cancelled_test_is_kept_marked_partial(server, crew):
    stop = asyncio.Event()
    work = trial.trial(standing(crew, plan(server, seconds=60.0)), stop=stop)
    running = asyncio.create_task(kept(work, stop))
    while server.seen["/ok"] < 20:
        await asyncio.sleep(0.01)
    began = time.monotonic()
    running.cancel()
    told = await running
    assert time.monotonic() - began < 2
    assert told["partial"] == "interrupted"
    assert 10 <= told["completed"] <= server.seen["/ok"]
    assert told["seconds"] < 30


async def test_a_search_among_users_ends_with_the_platform(server, crew, monkeypatch):
    """One user and no more is served."""
    monkeypatch.setattr(breaker, "LASTING_S", 1)
    server.answer = lambda *request: People.say(503, {}) if level[0] > 1 else None
    level = [0]

    def listening(plan, workers):
        level[0] = plan.users
        return lambda tidings: None

    wanted = plan(server, "/slow", rate=None, users=1, slo=Slo(5000, 1))
    told = await searched(standing(crew, wanted), 2.0, listening=listening)
    assert (told["capacity"]["largest"], told["capacity"]["smallest_broken"]) == (1, 2)
    assert told["users"] == 1


async def test_an_interrupted_search_keeps_the_levels_that_were_measured(server, crew):
    stop = asyncio.Event()

    def listening(plan, workers):
        if plan.rate > 20:
            stop.set()
        return lambda tidings: None

    told = await searched(
        standing(crew, plan(server, rate=20.0, slo=Slo(5000, 1))), 80.0, listening=listening, stop=stop
    )
    assert (told["partial"], told["capacity"]["why"], told["capacity"]["largest"]) == ("interrupted", "interrupted", 20)
