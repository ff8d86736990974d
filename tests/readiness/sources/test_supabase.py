"""Supabase: a backup counts where it was completed, a setting where it was applied, a pooler where it is used."""

import pytest

REF = "abcdefghijklmnopqrst"
PATH = f"/v1/projects/{REF}"
HOST, SHARED = f"db.{REF}.supabase.co", "aws-0-eu-central-1.pooler.supabase.com"
NOW_S, HOUR_S, DAY_S = 1772442000, 3600, 86400
FACTS = {
    "database.managed_healthy": "boolean",
    "database.loopback": "boolean",
    "database.pooled": "boolean",
    "database.plain_refused": "boolean",
    "backups.newest_age_h": "number",
    "backups.kept_days": "number",
    "recovery.window_h": "number",
    "recovery.archiving": "boolean",
}
BACKUPS = ("backups.newest_age_h", "backups.kept_days", "recovery.window_h", "recovery.archiving")


def project(status="ACTIVE_HEALTHY"):
    database = {"host": HOST, "version": "17.4", "postgres_engine": "17", "release_channel": "ga"}
    whole = {"id": REF, "ref": REF, "organization_id": "o", "organization_slug": "o", "name": "shop"}
    return whole | {"region": "eu-central-1", "created_at": "2025-01-01", "status": status, "database": database}


def health(status="ACTIVE_HEALTHY"):
    return 200, [{"name": "db", "healthy": status == "ACTIVE_HEALTHY", "status": status}]


def pooler():
    text = f"postgresql://postgres:hidden-in-a-pooler@{SHARED}:6543/postgres"
    whole = {"identifier": REF, "database_type": "PRIMARY", "is_using_scram_auth": True, "db_user": "postgres"}
    whole |= {"db_host": SHARED, "db_port": 6543, "db_name": "postgres", "pool_mode": "transaction"}
    whole |= {"connection_string": text, "connectionString": text, "default_pool_size": 15, "max_client_conn": 9}
    return 200, [whole]


def backup(days, status="COMPLETED"):
    at = f"2026-{'03' if days < 2 else '02'}-{2 - days if days < 2 else 30 - days:02}T03:00:00.000Z"
    return {"id": days, "is_physical_backup": True, "status": status, "inserted_at": at}


def backups(*made, pitr=False, span=()):
    ends = dict(zip(("earliest_physical_backup_date_unix", "latest_physical_backup_date_unix"), span, strict=False))
    return {
        "region": "eu-central-1",
        "walg_enabled": True,
        "pitr_enabled": pitr,
        "backups": list(made),
        "physical_backup_data": ends,
    }


GOOD = {
    f"GET {PATH}": project(),
    f"GET {PATH}/health": health(),
    f"GET {PATH}/config/database/pooler": pooler(),
    f"GET {PATH}/ssl-enforcement": {"currentConfig": {"database": True}, "appliedSuccessfully": True},
    f"GET {PATH}/database/backups": backups(backup(0), backup(1), pitr=True, span=(NOW_S - 7 * DAY_S, NOW_S - 120)),
}


@pytest.fixture
def look(vendor, tell, token, monkeypatch, at_hand):
    async def ask(changed=None, address=f"postgres://app:hidden-in-address@{SHARED}:6543/shop"):
        monkeypatch.setenv("SHOP_ADDRESS", address or "")
        answers = GOOD | {f"GET {PATH}{path}": answer for path, answer in (changed or {}).items()}
        scenario, base = vendor(answers, at_hand("supabase.json"))
        settings = {"token": token, "project": REF, "base": base}
        seen = await tell(FACTS, {"supabase": settings | ({"address": "env:SHOP_ADDRESS"} if address else {})})
        records = str(seen.survey.exchanges)
        assert "credential-of-a-vendor" not in records
        assert "hidden-in" not in records
        assert {one["authorization"] for one in scenario.headers} == {"Bearer credential-of-a-vendor"}
        return seen

    return ask


async def test_a_sound_project_passes(look):
    seen = await look()
    assert [seen.value(fact) for fact in FACTS] == [True, False, True, True, 0.03, 7.0, 168, True]


@pytest.mark.parametrize(
    "changed",
    [{"": project("PAUSING")}, {"/health": health("UNHEALTHY")}, {"/health": health("COMING_UP")}],
    ids=["project", "database", "starting"],
)
async def test_a_project_or_database_that_is_not_healthy_is_seen(look, changed):
    assert (await look(changed)).value("database.managed_healthy") is False


async def test_no_state_of_the_database_is_no_good_one(look):
    seen = await look({"/health": (200, [])})
    assert seen["database.managed_healthy"].reason == "Supabase tells no state of the database"


@pytest.mark.parametrize(
    ("address", "pooled"),
    [
        (f"postgres://a:b@{SHARED}:5432/shop", True),
        (f"postgres://a:b@{HOST}:6543/shop", True),
        (f"postgres://a:b@{HOST}:5432/shop", False),
        (f"postgres://a:b@{HOST}/shop", False),
        ("postgres://a:b@bouncer.example.com/shop", None),
        ("postgres://a:b@[/shop", None),
        ("nothing", None),
    ],
)
async def test_the_pooler_counts_where_the_application_connects_to_it(look, address, pooled):
    assert (await look(address=address)).value("database.pooled") is pooled


async def test_without_the_applications_address_the_setting_is_named(look):
    seen = await look(address=None)
    assert seen["database.pooled"].permission == "sources.supabase.address"


@pytest.mark.parametrize(("wanted", "applied"), [(False, True), (True, False)])
async def test_tls_that_is_not_enforced_or_not_yet_is_seen(look, wanted, applied):
    answer = {"currentConfig": {"database": wanted}, "appliedSuccessfully": applied}
    assert (await look({"/ssl-enforcement": answer})).value("database.plain_refused") is False


async def test_daily_backups_alone_restore_no_moment_between(look):
    seen = await look({"/database/backups": backups(*(backup(days) for days in range(9)))})
    assert [seen.value(fact) for fact in BACKUPS] == [6.0, 9, 0, False]


@pytest.mark.parametrize("status", ["FAILED", "PENDING", "REMOVED", "ARCHIVED", "CANCELLED"])
async def test_a_backup_that_was_not_completed_is_none(look, status):
    seen = await look({"/database/backups": backups(backup(0, status), backup(3))})
    assert [seen.value(fact) for fact in BACKUPS[:2]] == [78.0, 4]
    seen = await look({"/database/backups": backups(backup(0, status))})
    assert [seen.value(fact) for fact in BACKUPS[:2]] == [None, 0]


async def test_recovery_that_is_on_and_has_archived_nothing_is_none(look):
    seen = await look({"/database/backups": backups(pitr=True)})
    assert [seen.value(fact) for fact in BACKUPS] == [None, 0, 0, False]


async def test_archiving_that_came_to_a_halt_is_seen(look):
    span = (NOW_S - 7 * DAY_S, NOW_S - 2 * DAY_S)
    seen = await look({"/database/backups": backups(pitr=True, span=span)})
    assert [seen.value(fact) for fact in BACKUPS] == [48.0, 7.0, 120, False]


@pytest.mark.parametrize(
    ("status", "permission"),
    [
        (401, "sources.supabase: a credential that is valid"),
        (403, "sources.supabase: scope database:read"),
        (404, "sources.supabase: scope database:read"),
        (429, ""),
    ],
)
async def test_a_refusal_names_what_is_missing_and_costs_its_own_facts(look, status, permission):
    seen = await look({"/database/backups": (status, {"message": "no"})})
    assert {seen[fact].permission for fact in BACKUPS} == {permission}
    assert str(status) in seen["backups.kept_days"].reason
    assert seen.value("database.managed_healthy") is True
    assert seen.value("database.loopback") is False


async def test_an_error_in_an_answer_of_200_is_no_value(vendor, tell, token):
    _, base = vendor({path: {"message": "not now", "errors": ["x"]} for path in GOOD})
    seen = await tell(FACTS, {"supabase": {"token": token, "project": REF, "base": base}})
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}
