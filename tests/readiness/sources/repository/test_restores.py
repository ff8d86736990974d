"""Restores: what came back, how long it took, and whether a job does it by itself."""

import pytest

REPORT = {
    "started_at": "2026-03-01T04:00:00Z",
    "finished_at": "2026-03-01T04:12:00Z",
    "rows": {"users": {"expected": 120, "restored": 120}},
    "checksums": {"users": {"expected": "ab12", "restored": "ab12"}},
    "revision": {"expected": "0003", "restored": "0003"},
}
JOB = """
on: {schedule: [{cron: "0 4 * * 1"}]}
jobs: {restore: {steps: [{run: "pg_restore --dbname scratch newest.dump"}]}}
"""


@pytest.fixture
def restores(repo, build, look):
    async def ask(report=REPORT, job=JOB, target="1h"):
        repo.commit({".github/workflows/restore.yml": job})
        artefacts = {"folder": str(build({"restore.json": report})), "restore": "restore.json"}
        workflow = ".github/workflows/restore.yml"
        return await look("restores", artefacts=artefacts, restore={"workflow": workflow, "target": target})

    return ask


async def test_a_whole_restore_in_time_by_a_job_passes(restores):
    seen = await restores()
    values = [seen.value(f"restores.{name}") for name in ("verified", "within_target", "automatic")]
    assert values == [True, True, True]
    assert seen["restores.verified"].observed_at.isoformat() == "2026-03-01T04:12:00+00:00"


async def test_a_restore_that_lost_rows_is_seen(restores):
    seen = await restores({**REPORT, "rows": {"users": {"expected": 120, "restored": 7}}})
    assert seen.value("restores.verified") is False
    assert "the restore was not good" in seen["restores.within_target"].reason


async def test_one_that_took_too_long_is_seen(restores):
    assert (await restores(target="10m")).value("restores.within_target") is False


async def test_a_log_that_says_it_skipped_is_no_report(restores):
    seen = await restores("backup.sh not found, skipping")
    assert "restore.json is not valid JSON" in seen["restores.verified"].reason


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (
            JOB.replace("pg_restore --dbname scratch newest.dump", "[ -f r.sh ] || echo not found, skipping"),
            "passed over",
        ),
        (JOB.replace("pg_restore --dbname scratch newest.dump", "echo restored"), "none of its commands restores"),
        (JOB.replace('schedule: [{cron: "0 4 * * 1"}]', "push: null"), "nothing runs it by a schedule"),
        ("on: [push\njobs: {", "is not valid YAML"),
    ],
)
async def test_a_job_that_does_not_restore_by_itself_is_seen(restores, job, why):
    seen = await restores(job=job)
    assert seen.value("restores.automatic") is False
    assert why in str(seen.survey.exchanges)


@pytest.fixture
def newest(repo, build, look):
    repo.commit({"a": "b"})

    async def ask(taken, rows=120, finished="2026-03-02T04:12:00Z"):
        changed = {"started_at": "2026-03-02T04:00:00Z", "finished_at": finished}
        changed |= {"backup": {"taken_at": taken}, "rows": {"users": {"expected": 120, "restored": rows}}}
        artefacts = {"folder": str(build({"restore.json": REPORT | changed})), "restore": "restore.json"}
        return (await look("backups", artefacts=artefacts))["backups.newest_age_h"]

    return ask


async def test_a_backup_that_was_restored_is_a_finished_one(newest):
    seen = await newest("2026-03-02T03:00:00Z")
    assert (seen.number, seen.low, seen.high) == (6.0, 0, 6.0)
    assert seen.observed_at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("taken", "rows", "why"),
    [
        ("2026-03-02T03:00:00Z", 7, "the restore was not good"),
        ("2026-03-02T04:05:00Z", 120, "does not tell when its backup was made"),
        ("today", 120, "does not tell when its backup was made"),
        ("2026-02-27T03:00:00Z", 120, "of newer ones the report does not tell"),
    ],
    ids=["not good", "after the restore began", "no time", "old"],
)
async def test_a_restore_that_proves_nothing_of_the_newest_says_nothing(newest, taken, rows, why):
    seen = await newest(taken, rows)
    assert seen.status == "unavailable"
    assert why in seen.reason


async def test_without_a_report_the_setting_is_named(look, repo):
    repo.commit({"a": "b"})
    seen = await look("backups")
    assert seen["backups.newest_age_h"].permission == "sources.repository.artefacts.restore"
