"""Neon: snapshots of the production branch count while they are kept, and the history where it is kept."""

import pytest

PATH = "/projects/shop"
HOST = "ep-quiet-sky-1.eu-central-1.aws.neon.tech"
POOLED = "ep-quiet-sky-1-pooler.eu-central-1.aws.neon.tech"
WHEN = {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}
COUNTERS = {"cpu_used_sec": 1, "active_time_seconds": 1, "compute_time_seconds": 1, "written_data_bytes": 1}
COUNTERS |= {"data_transfer_bytes": 1}
FACTS = {
    "database.managed_healthy": "boolean",
    "database.pooled": "boolean",
    "recovery.window_h": "number",
    "recovery.archiving": "boolean",
    "backups.newest_age_h": "number",
    "backups.kept_days": "number",
    "regions.database": "number",
}
RECOVERY = ("recovery.window_h", "recovery.archiving")
BACKUPS = ("backups.newest_age_h", "backups.kept_days")


def project(seconds=604800):
    whole = {"id": "shop", "platform_id": "aws", "region_id": "aws-eu-central-1", "name": "shop", "pg_version": 17}
    whole |= {"proxy_host": "x", "branch_logical_size_limit": 0, "branch_logical_size_limit_bytes": 0}
    whole |= {"store_passwords": True, "provisioner": "k8s-neonvm", "creation_source": "console", "owner_id": "o"}
    whole |= {"consumption_period_start": WHEN["created_at"], "consumption_period_end": WHEN["created_at"]}
    return {"project": whole | WHEN | COUNTERS | {"history_retention_seconds": seconds, "data_storage_bytes_hour": 1}}


def branch(name="br-main", default=True, state="ready"):
    whole = {"id": name, "project_id": "shop", "name": name, "current_state": state, "default": default}
    whole |= {"state_changed_at": WHEN["created_at"], "creation_source": "console", "protected": True}
    return whole | WHEN | COUNTERS


def branches(*listed, after=None):
    page = {"branches": list(listed), "annotations": {}}
    return page | ({"pagination": {"next": after}} if after else {})


def endpoint(of="br-main", state="active", kind="read_write", disabled=False, pooler=False):
    whole = {"host": HOST, "id": "ep-quiet-sky-1", "project_id": "shop", "branch_id": of, "region_id": "x"}
    whole |= {"autoscaling_limit_min_cu": 1, "autoscaling_limit_max_cu": 2, "type": kind, "current_state": state}
    whole |= {"pooler_enabled": pooler, "pooler_mode": "transaction", "disabled": disabled, "settings": {}}
    whole |= {"passwordless_access": True, "creation_source": "console", "proxy_host": "x", "provisioner": "k8s-pod"}
    return {"endpoints": [whole | WHEN | {"suspend_timeout_seconds": 0}]}


def snapshots(*days, of="br-main", manual=False, **keys):
    made = [f"2026-{'03' if day < 2 else '02'}-{2 - day if day < 2 else 30 - day:02}T03:00:00Z" for day in days]
    whole = {"name": "daily", "source_branch_id": of, "manual": manual} | keys
    return {"snapshots": [whole | {"id": f"snap-{at[5:7]}{at[8:10]}", "created_at": at} for at in made]}


GOOD = {
    "": project(),
    "/branches": branches(branch("br-dev", default=False), branch()),
    "/endpoints": endpoint(),
    "/snapshots": snapshots(*range(8)),
}


@pytest.fixture
def look(vendor, tell, token, monkeypatch, at_hand):
    async def ask(changed=None, address=f"postgres://app:hidden-in-address@{POOLED}/shop", **settings):
        monkeypatch.setenv("SHOP_ADDRESS", address or "")
        answers = {f"GET {PATH}{path}": answer for path, answer in (GOOD | (changed or {})).items()}
        scenario, base = vendor(answers, at_hand("neon-2025-10.json"))
        settings |= {"token": token, "project": "shop", "base": base}
        seen = await tell(FACTS, {"neon": settings | ({"address": "env:SHOP_ADDRESS"} if address else {})})
        records = str(seen.survey.exchanges)
        assert "credential-of-a-vendor" not in records
        assert "hidden-in-address" not in records
        assert {one["authorization"] for one in scenario.headers} == {"Bearer credential-of-a-vendor"}
        return seen

    return ask


async def test_a_sound_project_passes(look):
    seen = await look()
    assert [seen.value(fact) for fact in FACTS] == [True, True, 168.0, True, 6.0, 8, 1]


async def test_compute_that_rests_until_it_is_asked_is_healthy(look):
    assert (await look({"/endpoints": endpoint(state="idle")})).value("database.managed_healthy") is True


@pytest.mark.parametrize(
    "changed",
    [
        {"/branches": branches(branch(state="archived"))},
        {"/endpoints": endpoint(disabled=True)},
        {"/endpoints": endpoint(state="init")},
        {"/endpoints": endpoint(kind="read_only")},
        {"/endpoints": endpoint(of="br-dev")},
        {"/endpoints": {"endpoints": []}},
    ],
    ids=["archived", "disabled", "starting", "reads alone", "of another branch", "none"],
)
async def test_a_branch_that_nothing_writes_to_is_not_healthy(look, changed):
    assert (await look(changed)).value("database.managed_healthy") is False


@pytest.mark.parametrize(
    ("host", "pooler", "pooled"),
    [(POOLED, False, True), (HOST, True, True), (HOST, False, False), ("bouncer.example.com", True, None)],
)
async def test_the_pooler_counts_where_the_application_connects_to_it(look, host, pooler, pooled):
    seen = await look({"/endpoints": endpoint(pooler=pooler)}, address=f"postgres://app:hidden-in-address@{host}/shop")
    assert seen.value("database.pooled") is pooled


async def test_without_the_applications_address_the_setting_is_named(look):
    assert (await look(address=None))["database.pooled"].permission == "sources.neon.address"


async def test_a_history_that_is_not_kept_restores_nothing(look):
    seen = await look({"": project(0)})
    assert [seen.value(fact) for fact in RECOVERY] == [0, False]


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (snapshots(0, of="br-dev"), [None, 0]),
        (snapshots(0, expires_at="2026-03-02T08:00:00Z"), [None, 0]),
        (snapshots(0, expires_at="2026-04-02T08:00:00Z"), [6.0, 1]),
        (snapshots(0, timestamp="2026-02-27T09:00:00Z"), [72.0, 3]),
        (snapshots(0, 3, manual=True), [6.0, 0]),
        (snapshots(3, 4), [78.0, 5]),
        ({"snapshots": []}, [None, 0]),
    ],
    ids=["of another branch", "expired", "kept", "of an earlier moment", "by hand", "old", "none"],
)
async def test_a_snapshot_counts_for_what_it_holds(look, listed, found):
    seen = await look({"/snapshots": listed})
    assert [seen.value(fact) for fact in BACKUPS] == found


async def test_branches_are_read_to_the_one_that_is_meant(look):
    def paged(request, body):
        if request.query_params.get("cursor") == "more":
            return branches(branch(), after="end")
        return branches(branch("br-dev", default=False, state="archived"), after="more")

    seen = await look({"/branches": paged})
    assert [seen.value("database.managed_healthy"), seen.value("backups.newest_age_h")] == [True, 6.0]
    seen = await look({"/branches": paged, "/endpoints": endpoint(of="br-dev")}, branch="br-dev")
    assert [seen.value("database.managed_healthy"), seen.value("backups.newest_age_h")] == [False, None]


async def test_a_branch_that_is_not_there_is_a_reason(look):
    seen = await look(branch="br-gone")
    assert seen["backups.kept_days"].reason == "the project has no branch br-gone"


@pytest.mark.parametrize(
    ("status", "permission"),
    [
        (401, "sources.neon: a credential that is valid"),
        (403, "sources.neon: an API key that may read the project"),
        (404, "sources.neon: an API key that may read the project"),
        (429, ""),
    ],
)
async def test_a_refusal_names_what_is_missing_and_costs_its_own_facts(look, status, permission):
    seen = await look({"/snapshots": (status, {"code": "", "message": "no"})})
    assert {seen[fact].permission for fact in BACKUPS} == {permission}
    assert str(status) in seen["backups.kept_days"].reason
    assert seen.value("database.managed_healthy") is True


async def test_an_error_in_an_answer_of_200_is_no_value(vendor, tell, token):
    _, base = vendor({f"GET {PATH}{path}": {"code": "BUSY", "message": "not now"} for path in GOOD})
    seen = await tell(FACTS, {"neon": {"token": token, "project": "shop", "base": base}})
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}
