"""Upstash: a cache's bounds and storage, and backups that count where they were completed and hold something."""

import pytest

DATABASE, STATS, BACKUPS = "GET /redis/database/db1", "GET /redis/stats/db1", "GET /redis/list-backup/db1"
NOW_S, HOUR_S, DAY_S = 1772442000, 3600, 86400
FACTS = {
    "cache.bounded": "boolean",
    "cache.durable": "boolean",
    "cache.spares_sessions": "boolean",
    "cache.hit_pct": "number",
    "at_rest.cache": "boolean",
    "budgets.alerting": "number",
    "budgets.exceeded": "number",
    "backups.newest_age_h": "number",
    "backups.kept_days": "number",
    "backups.size_ratio": "number",
    "regions.database": "number",
}
MADE = ("backups.newest_age_h", "backups.kept_days", "backups.size_ratio")
ADDONS = {"ipWhitelisting": False, "vpcPeering": False, "privateLink": False, "tlsMutualAuth": False}


def database(encrypted=True, **keys):
    whole = {"database_id": "db1", "database_name": "shop", "region": "global", "state": "active", "tls": True}
    whole |= {"db_memory_threshold": 3221225472, "db_disk_threshold": 107374182400, "db_type": "pebble", "replicas": 3}
    whole |= {"eviction": False, "budget": 360, "all_members": ["eu-central-1"], "read_regions": ["us-east-1"]}
    return whole | {"securityAddons": {**ADDONS, "encryptionAtRest": encrypted}} | keys


def stats(hits=(90, 5), misses=(3, 2), cost=120.5):
    series = {"hits": hits, "misses": misses}
    made = {name: [{"x": "2026-03-02 08:00:00 +0000 UTC", "y": y} for y in ys] for name, ys in series.items()}
    return made | {"total_monthly_billing": cost}


def backup(days, size=100, state="completed", daily="true", hourly="false"):
    made = {"database_id": "db1", "backup_id": f"b{days}", "creation_time": NOW_S - int(days * DAY_S), "state": state}
    return made | {"name": "daily", "backup_size": size, "daily_backup": daily, "hourly_backup": hourly}


DAILY = (200, [backup(0.25, 110), backup(1), backup(8)])


@pytest.fixture
def look(vendor, tell, token, at_hand):
    async def ask(held=None, seen=None, made=DAILY, spec="upstash.json", **own):
        answers = {DATABASE: held or database(), STATS: seen or stats(), BACKUPS: made}
        scenario, base = vendor(answers, at_hand(spec))
        keys = {"email": "a@example.com", "key": token, "database": "db1", "lasting": True, "base": base} | own
        found = await tell(FACTS, {"upstash": keys})
        records = str(found.survey.exchanges)
        assert "credential-of-a-vendor" not in records
        assert "YUBleGFtcGxlLmNvbTpjcmVkZW50aWFsLW9mLWEtdmVuZG9y" not in records
        assert not [one for one in scenario.asked if "/database/" in one and "credentials=hide" not in one]
        return found

    return ask


async def test_a_sound_database_passes(look):
    seen = await look()
    assert [seen.value(fact) for fact in FACTS] == [True, True, True, 95.0, True, 1, 0, 6.0, 8.0, 1.1, 2]


@pytest.mark.parametrize(
    ("held", "fact"),
    [
        (database(state="suspended"), "cache.bounded"),
        (database(tls=False), "cache.bounded"),
        (database(db_memory_threshold=0), "cache.bounded"),
        (database(eviction=True), "cache.spares_sessions"),
        (database(encrypted=False), "at_rest.cache"),
    ],
    ids=["suspended", "in clear", "unbounded", "evicting", "not encrypted"],
)
async def test_a_database_that_lacks_something_is_seen(look, held, fact):
    assert (await look(held)).value(fact) is False


async def test_one_that_is_in_memory_once_is_not_durable(look):
    held = database(replicas=1)
    del held["db_type"]
    assert (await look(held)).value("cache.durable") is False


async def test_what_is_not_told_is_not_guessed(look):
    held = database()
    del held["securityAddons"], held["db_memory_threshold"]
    seen = await look(held)
    assert seen["cache.bounded"].reason.endswith("holds no db_memory_threshold")
    assert seen["at_rest.cache"].reason.endswith("holds no securityAddons.encryptionAtRest")
    assert seen.value("cache.durable") is True
    assert seen.value("budgets.alerting") == 1


async def test_misses_lower_the_share_and_no_lookup_has_none(look):
    assert (await look(seen=stats((1, 2), (3, 4)))).value("cache.hit_pct") == 30.0
    assert (await look(seen=stats((0, 0), (0,))))["cache.hit_pct"].reason == "Upstash tells no lookup"
    assert (await look(seen=stats((), ()))).value("cache.hit_pct") is None


@pytest.mark.parametrize(("budget", "cost", "found"), [(360, 400.0, [1, 1]), (0, 400.0, [0, None])])
async def test_a_budget_that_is_spent_or_none_is_seen(look, budget, cost, found):
    seen = await look(database(budget=budget), stats(cost=cost))
    assert [seen.value("budgets.alerting"), seen.value("budgets.exceeded")] == found


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ([backup(0.1, state="failed"), backup(0.2, state="pending"), backup(3), backup(4)], [72.0, 4, 1.0]),
        ([backup(0.1, 0), backup(3), backup(4)], [72.0, 4, 0.0]),
        ([backup(0.1, 40), backup(1), backup(2)], [2.4, 2, 0.4]),
        ([backup(0.5), backup(9, daily="false")], [12.0, 1, None]),
        ([backup(0.5, daily="false", hourly="true")], [12.0, 1, None]),
        ([backup(0.5, daily="false")], [12.0, 0, None]),
        ([], [None, 0, None]),
    ],
    ids=["not completed", "empty", "shrunk", "old one by hand", "hourly", "by hand", "none"],
)
async def test_a_backup_counts_where_it_was_completed_and_holds_something(look, made, found):
    seen = await look(made=(200, made))
    assert [seen.value(fact) for fact in MADE] == found


async def test_backups_of_a_cache_are_none_of_the_platforms_data(look):
    seen = await look(lasting=False)
    for fact in (*MADE, "regions.database"):
        assert seen[fact].permission == "sources.upstash.lasting: true"
    assert seen.value("cache.bounded") is True


async def test_credentials_that_are_sent_all_the_same_are_in_no_record(look):
    seen = await look(database(password="hidden-password", rest_token="hidden-rest-token"), spec="")
    assert seen.value("cache.bounded") is True
    assert "hidden-" not in str(seen.survey.exchanges)


@pytest.mark.parametrize(
    ("status", "permission"),
    [
        (401, "sources.upstash: a credential that is valid"),
        (403, "sources.upstash: an API key of the team that owns the database"),
        (404, "sources.upstash: an API key of the team that owns the database"),
        (429, ""),
    ],
)
async def test_a_refusal_names_what_is_missing_and_costs_its_own_facts(look, status, permission):
    seen = await look(made=(status, {"message": "no"}))
    assert {seen[fact].permission for fact in MADE} == {permission}
    assert seen.value("cache.durable") is True


@pytest.mark.parametrize("answer", [{"error": "not now"}, (200, []), (200, "not now")])
async def test_an_error_in_an_answer_of_200_is_no_value(vendor, tell, token, answer):
    _, base = vendor({DATABASE: answer, STATS: answer, BACKUPS: (200, {"error": "not now"})})
    keys = {"email": "a@example.com", "key": token, "database": "db1", "lasting": True, "base": base}
    seen = await tell(FACTS, {"upstash": keys})
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}
