"""Railway: its queries are held to its own schema, and an answer with errors is no answer."""

import json
import ssl
from functools import cache
from pathlib import Path

import pytest
from graphql import build_schema, graphql_sync
from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.wire.api import Api

SCHEMA = Path(__file__).parents[4] / "shared" / "vendor-specs" / "railway.graphql"
IDS = {"project": "p1", "environment": "e1", "service": "s1"}


@cache
def schema():
    return build_schema(SCHEMA.read_text(encoding="utf-8")) if SCHEMA.is_file() else None


@pytest.fixture
def railway(vendor, token):
    """`settings, scenario = railway(data)`: Railway, answering each query from `data` as its schema has it."""

    def start(data, **settings):
        def answer(request, body):
            asked = json.loads(body)
            if schema() is None:
                return {"data": data}
            done = graphql_sync(schema(), asked["query"], data, variable_values=asked["variables"])
            assert not done.errors, done.errors
            return done.formatted

        scenario, base = vendor({"POST /": answer})
        return {"railway": {"token": token, "base": base, **IDS, **settings}}, scenario

    return start


def test_the_schema_is_at_hand():
    if schema() is None:
        pytest.skip("the vendor's description railway.graphql is not at hand")


def deployment(number, day, status="SUCCESS", meta=(), able=True):
    made = {"branch": "main", "commitHash": "c" * 40, "repo": "octo/shop"} | dict(meta)
    return {
        "id": f"d{number}",
        "status": status,
        "createdAt": f"2026-{day}T09:00:00.000Z",
        "canRollback": able,
        "meta": made,
    }


def listed(*deployments, more=False):
    info = {"hasNextPage": more, "hasPreviousPage": False, "endCursor": "after", "startCursor": None}
    return {"deployments": {"edges": [{"node": one} for one in deployments], "pageInfo": info}}


DEPLOYMENTS = ("succeeded", "by_pipeline", "on_default_branch", "in_30_days", "rollback_candidates")


async def test_the_newest_deployment_that_came_to_an_end_is_read(railway, told):
    made = listed(
        deployment(4, "03-02", "BUILDING", able=False),
        deployment(3, "03-01"),
        deployment(2, "02-10", "REMOVED"),
        deployment(1, "01-10", "REMOVED"),
    )
    sources, scenario = railway(made)
    seen = await told("deployments", sources)
    assert [seen.value(f"deployments.{fact}") for fact in DEPLOYMENTS] == [True, True, True, 2, 2]
    assert scenario.headers[0]["authorization"] == "Bearer credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)


async def test_a_crashed_deployment_of_another_branch_is_seen(railway, told):
    made = listed(deployment(2, "03-01", "CRASHED", {"branch": "try"}), deployment(1, "01-10", "FAILED", able=False))
    sources, _ = railway(made, project_token=True)
    seen = await told("deployments", sources)
    assert [seen.value(f"deployments.{fact}") for fact in DEPLOYMENTS] == [False, True, False, 0, 1]


async def test_an_upload_is_nobodys(railway, told):
    sources, scenario = railway(listed(deployment(1, "03-01", meta={"commitHash": None})), project_token=True)
    seen = await told("deployments", sources)
    assert seen["deployments.by_pipeline"].reason == "Railway records no commit of the newest deployment"
    assert scenario.headers[0]["project-access-token"] == "credential-of-a-vendor"


async def test_pages_are_read_as_far_as_a_month_reaches(railway, told):
    sources, scenario = railway(listed(deployment(2, "03-01"), deployment(1, "01-01", "REMOVED"), more=True))
    seen = await told("deployments", sources)
    assert seen.value("deployments.in_30_days") == 1
    assert len(scenario.asked) == 1


async def test_pages_without_an_end_are_no_listing(railway, told):
    sources, _ = railway(listed(deployment(2, "03-01"), more=True))
    seen = await told("deployments", sources)
    assert seen["deployments.in_30_days"].reason == "Railway: more than 50 pages of deployments in 30 days"


@pytest.mark.parametrize(
    ("answer", "reason", "permission"),
    [
        ({"errors": [{"message": "Not Authorized"}], "data": None}, "with: Not Authorized", True),
        ({"errors": [{"message": "Problem processing request"}]}, "with: Problem processing request", False),
        ({"errors": ["credential-of-a-vendor is odd"]}, "with: [redacted] is odd", False),
        ({"data": None}, "holds no deployments.edges", False),
        ([], "holds no data", False),
        ("<html>", "something that is no JSON", False),
    ],
)
async def test_errors_in_an_answer_of_200_are_a_reason(vendor, told, token, answer, reason, permission):
    _, base = vendor({"POST /": (200, answer)})
    seen = await told("deployments", {"railway": {"token": token, "base": base, **IDS}})
    row = seen["deployments.succeeded"]
    assert row.status == "unavailable"
    assert row.reason.endswith(reason)
    assert bool(row.permission) is permission


@pytest.fixture
def tell(railway, observe, target_of):
    """Facts whose subjects are declared elsewhere, or here alone."""

    async def ask(facts, data, **settings):
        probe = supplied(*(Fact(name, "number", "A number.") for name in facts))
        sources, _ = railway(data, **settings)
        return await observe(probe, target_of("http://127.0.0.1:9", sources=sources))

    return ask


async def test_replicas_and_regions_are_counted(tell):
    values = [{"ts": 1, "value": 0.1}]
    series = [
        {"measurement": "CPU_USAGE", "tags": {"region": region}, "values": values if used else []}
        for region, used in (("europe-west4", True), ("us-west1", True), ("asia", False))
    ]
    data = {"serviceInstance": {"numReplicas": 3}, "metrics": series}
    assert (await tell(["edge.origins"], data)).value("edge.origins") == 3
    assert (await tell(["regions.application"], data)).value("regions.application") == 2
    nothing = await tell(["regions.application"], {"metrics": []})
    assert nothing["regions.application"].reason == "nothing of the service was measured in an hour"
    untold = await tell(["edge.origins"], {"serviceInstance": {"numReplicas": None}})
    assert untold.value("edge.origins") is None


@pytest.mark.parametrize(
    ("limit", "used", "alerting", "exceeded"),
    [
        ({"softLimit": 100, "isOverLimit": False}, 40.0, 1, 0),
        ({"softLimit": 100, "isOverLimit": False}, 140.0, 1, 1),
        ({"softLimit": 100, "isOverLimit": True}, 40.0, 1, 1),
        (None, 40.0, 0, None),
    ],
)
async def test_the_usage_limit_of_the_workspace_is_read(tell, limit, used, alerting, exceeded):
    customer = {"currentUsage": used, "usageLimit": limit}
    data = {"project": {"workspaceId": "w1"}, "workspace": {"customer": customer}}
    seen = await tell(["budgets.alerting", "budgets.exceeded"], data)
    assert (seen.value("budgets.alerting"), seen.value("budgets.exceeded")) == (alerting, exceeded)


BACKUPS = ("backups.newest_age_h", "backups.kept_days", "backups.size_ratio")


def backups(*made, kept=(518400, 2592000)):
    return {
        "volumeInstanceBackupList": [
            {"createdAt": f"2026-{day}T06:00:00Z", "referencedMB": size} for day, size in made
        ],
        "volumeInstanceBackupScheduleList": [{"kind": "DAILY", "retentionSeconds": one} for one in kept],
    }


async def test_the_backups_of_the_volume_are_read(tell):
    made = backups(("03-02", 120), ("03-01", 110), ("02-28", 90), ("02-01", 900))
    seen = await tell(BACKUPS, made, volume="v1")
    assert [seen.value(fact) for fact in BACKUPS] == [3.0, 30.0, 1.2]


async def test_a_schedule_that_made_nothing_keeps_nothing(tell):
    seen = await tell(BACKUPS, backups(), volume="v1")
    assert [seen.value(fact) for fact in BACKUPS] == [None, 0, None]


async def test_a_backup_that_holds_nothing_is_none(tell):
    seen = await tell(BACKUPS, backups(("03-02", 0), ("03-01", 110)), volume="v1")
    assert [seen.value(fact) for fact in BACKUPS] == [27.0, 30.0, 0]


async def test_without_a_volume_the_setting_is_named(tell):
    seen = await tell(BACKUPS, backups())
    assert seen["backups.kept_days"].permission == "sources.railway.volume"


async def test_a_mutation_is_never_sent(now):
    api = Api("railway", "http://127.0.0.1:9", {}, trust=ssl.create_default_context(), now=lambda: now)
    with pytest.raises(ValueError, match="only ever read"):
        await api.query("", "mutation { serviceDelete(id: 1) }", {})
    assert api.sent == 0
