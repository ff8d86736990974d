"""Audit logs that tell of everything, and those that do not."""

import socket

import pytest
from readiness.probes.audit import audit

from .bureau import ADMIN, AUDIT, Bureau

RIGHT = {"audit.actions": 8, "audit.missing": 0, "audit.incomplete": 0}


@pytest.fixture
def look(serve, target_of, observe, now, tmp_path, monkeypatch):
    monkeypatch.setattr("readiness.probes.audit.WATCHED", 1.0)
    monkeypatch.setattr("readiness.probes.audit.WITHIN", 0.9)

    async def run(*faults, without=(), **keys):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        bureau = Bureau(frozenset(faults), now, port)
        described = bureau.described(tmp_path / "secret", *without) | keys
        seen = await observe(audit, target_of(serve(bureau.app), **described))
        assert [one["email"] for one in bureau.users.values()] == [ADMIN]
        return seen

    return run


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


async def test_a_log_that_tells_everything_passes(look):
    seen = await look()
    assert values(seen) == RIGHT
    assert seen.value("audit.delay_s") < 1


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("no failures", {"audit.incomplete": 1}),
        ("no address", {"audit.incomplete": 8}),
        ("no result", {"audit.incomplete": 1}),
        ("wrong time", {"audit.incomplete": 8}),
    ],
)
async def test_what_a_log_leaves_out_is_seen(look, fault, wrong):
    assert values(await look(fault)) == {**RIGHT, **wrong}


async def test_an_action_that_is_not_there_is_missing(look):
    assert values(await look(audit={**AUDIT, "sign_in_failed": "failed to enter"})) == {**RIGHT, "audit.missing": 1}


async def test_an_action_the_target_file_does_not_name_leaves_everything_unknown(look):
    seen = await look(audit={"sign_up": "joined"})
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert "sign_in_failed" in seen["audit.missing"].reason
    assert seen.survey.accounts == 0


async def test_without_the_operation_nothing_is_known(look):
    seen = await look(without=("audit",))
    assert {row.reason for row in seen.values()} == {"the target file does not describe the operation audit"}
