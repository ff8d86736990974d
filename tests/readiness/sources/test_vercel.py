"""Vercel: production deployments and who made them, function regions, and variables that are kept in the clear."""

import pytest
from readiness.evidence import Fact
from readiness.probes import supplied

PROJECT, LISTED, ENV = "GET /v9/projects/shop", "GET /v6/deployments", "GET /v10/projects/shop/env"
NOW_MS = 1772442000000
DAY_MS = 86_400_000
PLACE = {"functionDefaultRegions": ["fra1", "iad1"]}
LINK = {
    "type": "github",
    "org": "octo",
    "repo": "shop",
    "gitCredentialId": "c",
    "productionBranch": "main",
    "deployHooks": [],
}
LIVE = {
    "id": "d2",
    "createdAt": 0,
    "createdIn": "fra1",
    "creator": None,
    "deploymentHostname": "shop",
    "name": "shop",
    "plan": "pro",
    "private": False,
    "readyState": "READY",
    "type": "LAMBDAS",
    "url": "shop.vercel.app",
    "userId": "u",
}


def project(**keys):
    whole = {"accountId": "t", "directoryListing": False, "id": "p", "name": "shop", "nodeVersion": "22.x"}
    whole |= {"resourceConfig": PLACE, "defaultResourceConfig": PLACE, "link": LINK}
    return whole | {"targets": {"production": LIVE}} | keys


def deployment(uid, days=1, **keys):
    created = NOW_MS - days * DAY_MS
    whole = {"uid": uid, "name": "shop", "projectId": "p", "url": "shop.vercel.app", "created": created}
    whole |= {"readyState": "READY", "type": "LAMBDAS", "creator": {"uid": "u", "username": "ana"}, "source": "git"}
    whole |= {"inspectorUrl": None, "isRollbackCandidate": False, "meta": {"githubCommitRef": "main"}}
    return whole | keys


def page(*deployments, after=None):
    return {"pagination": {"count": len(deployments), "next": after, "prev": None}, "deployments": list(deployments)}


@pytest.fixture
def look(vendor, told, token, at_hand):
    async def ask(newest, *late, earlier=(), spec="vercel.json", held=None, **settings):
        answers = {PROJECT: held or project(), LISTED: [page(*newest), *(late or (page(*newest),)), page(*earlier)]}
        scenario, base = vendor(answers, at_hand(spec))
        seen = await told("deployments", {"vercel": {"token": token, "project": "shop", "base": base, **settings}})
        assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
        return seen, scenario

    return ask


async def test_the_newest_deployment_that_came_to_an_end_is_read(look):
    newest = (deployment("d3", readyState="BUILDING"), deployment("d2"), deployment("d1", 20))
    earlier = (deployment("d1", isRollbackCandidate=True), deployment("d2", isRollbackCandidate=True))
    seen, scenario = await look(newest, earlier=earlier, team="team_1")
    facts = ("succeeded", "by_pipeline", "on_default_branch", "in_30_days", "rollback_candidates")
    assert [seen.value(f"deployments.{fact}") for fact in facts] == [True, True, True, 3, 1]
    assert all("teamId=team_1" in one for one in scenario.asked)
    assert f"since={NOW_MS - 30 * DAY_MS}" in scenario.asked[2]


async def test_a_failed_deployment_from_a_desk_off_the_branch_is_seen(look):
    by_hand = {"source": "cli", "meta": {"githubCommitRef": "try"}}
    newest = (deployment("d2", readyState="ERROR", **by_hand), deployment("d1", **by_hand))
    seen, _ = await look(newest, page(deployment("d1", readySubstate="STAGED")))
    facts = ("succeeded", "by_pipeline", "on_default_branch", "in_30_days", "rollback_candidates")
    assert [seen.value(f"deployments.{fact}") for fact in facts] == [False, False, False, 0, 0]


async def test_a_user_that_the_pipeline_deploys_as_is_the_pipeline(look):
    seen, _ = await look(
        (deployment("d2", source="cli", meta={"gitDirty": "1", "githubCommitRef": "main"}),), pipeline=["ana"]
    )
    assert seen.value("deployments.by_pipeline") is True
    assert seen.value("deployments.on_default_branch") is False  # with changes that are in no commit


async def test_a_deployment_without_a_repository_is_on_no_branch(look):
    seen, _ = await look((deployment("d2", meta={}),))
    assert seen["deployments.on_default_branch"].reason == "the deployment or its project is not linked to a repository"


async def test_the_deployments_of_a_month_are_read_to_the_last_page(look):
    newest = (deployment("d2"),)
    seen, scenario = await look(newest, page(*newest, after=NOW_MS - DAY_MS), page(deployment("d1", 20)))
    assert seen.value("deployments.in_30_days") == 2
    assert f"until={NOW_MS - DAY_MS}" in scenario.asked[3]


async def test_a_project_that_was_never_deployed_says_nothing_of_how(look):
    seen, _ = await look(())
    assert seen.value("deployments.succeeded") is None
    assert seen.value("deployments.in_30_days") == 0


@pytest.mark.parametrize("status", [401, 403, 404, 429])
async def test_a_refusal_is_a_reason(vendor, told, token, status):
    _, base = vendor({PROJECT: (status, {"error": {"code": "no"}})})
    seen = await told("deployments", {"vercel": {"token": token, "project": "shop", "base": base}})
    assert f"status {status}" in seen["deployments.succeeded"].reason


async def test_the_regions_of_the_functions_are_counted(vendor, told, token, at_hand):
    _, base = vendor({PROJECT: project()}, at_hand("vercel.json"))
    seen = await told("regions", {"vercel": {"token": token, "project": "shop", "base": base}})
    assert seen.value("regions.application") == 2


@pytest.fixture
def keeps(vendor, token, observe, target_of, at_hand):
    probe = supplied(Fact("secrets.kept_encrypted", "boolean", "Secrets are kept encrypted."))

    async def ask(*variables):
        listed = [
            {"key": key, "type": kind, "value": "live-value", "target": target} for key, kind, target in variables
        ]
        scenario, base = vendor({ENV: {"envs": listed}}, at_hand("vercel.json"))
        sources = {"vercel": {"token": token, "project": "shop", "base": base}}
        seen = await observe(probe, target_of("http://127.0.0.1:9", sources=sources))
        assert "live-value" not in str(seen.survey.exchanges)
        assert "decrypt" not in scenario.asked[0]
        return seen["secrets.kept_encrypted"], seen.value("secrets.kept_encrypted")

    return ask


async def test_a_secret_in_the_clear_is_found_by_its_name(keeps):
    live = ["production"]
    kept = [("API_TOKEN", "encrypted", live), ("DATABASE_URL", "sensitive", live), ("NEXT_PUBLIC_KEY", "plain", live)]
    assert (await keeps(*kept, ("REGION", "plain", live), ("OLD_SECRET", "plain", ["preview"])))[1] is True
    assert (await keeps(*kept, ("SIGNING_KEY", "plain", live)))[1] is False


async def test_without_a_secret_nothing_is_kept_well(keeps):
    row, value = await keeps(("REGION", "plain", ["production"]))
    assert (value, row.reason) == (None, "no variable of production is named like a secret")
