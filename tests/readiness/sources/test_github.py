"""GitHub: what was deployed and how, workflows on the head of the branch, what the branch demands, open alerts."""

import pytest
from readiness.evidence import Fact
from readiness.probes import supplied

ROOT = "/repos/octo/shop"
BEYOND = rf"{ROOT}(/compare/.*|/commits/.*|/branches/.*|/deployments/\d+/statuses|/secret-scanning/alerts)?"
"""What the description at hand leaves out."""
HEAD = "a" * 40
REFUSED = (403, {"message": "Resource not accessible by personal access token"})
GONE = (404, {"message": "Not Found"})


@pytest.fixture
def look(vendor, told, token, at_hand):
    async def ask(subject, answers, spec="github.json", **settings):
        whole = {f"GET {ROOT}": {"default_branch": "main"}, f"GET {ROOT}/commits/main": {"sha": HEAD}, **answers}
        scenario, base = vendor(whole, at_hand(spec), BEYOND)
        source = {"token": token, "repository": "octo/shop", "base": base, **settings}
        seen = await told(subject, {"github": source})
        assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
        return seen, scenario

    return ask


# --- deployments ----------------------------------------------------------------------------------------------------


@pytest.fixture
def deployed(example):
    def build(*deployments):
        """(id, days ago, login, kind, states): answers that say so."""
        base = (example("github.json", "/repos/{owner}/{repo}/deployments") or [{}])[0]
        listed, answers = [], {}
        for number, day, login, kind, states in deployments:
            creator = base.get("creator", {}) | {"login": login, "type": kind}
            item = {"id": number, "sha": f"{number:040d}", "created_at": day, "creator": creator}
            listed.append(base | item)
            said = [{"id": at, "state": one, "created_at": f"2026-03-01T0{at}:00:00Z"} for at, one in enumerate(states)]
            answers[f"GET {ROOT}/deployments/{number}/statuses"] = (200, said)
        return {f"GET {ROOT}/deployments": (200, listed), **answers}

    return build


def gap(status, *dates):
    return {"status": status, "commits": [{"commit": {"committer": {"date": date}}} for date in dates]}


async def test_the_newest_finished_deployment_its_maker_and_its_commit_are_read(look, deployed):
    answers = deployed(
        (1, "2026-01-01T09:00:00Z", "github-actions[bot]", "Bot", ["success", "inactive"]),
        (2, "2026-02-20T09:00:00Z", "github-actions[bot]", "Bot", ["success", "inactive"]),
        (3, "2026-03-01T09:00:00Z", "github-actions[bot]", "Bot", ["pending", "success"]),
        (4, "2026-03-02T08:59:00Z", "github-actions[bot]", "Bot", ["in_progress"]),
    )
    dates = ("2026-02-27T09:00:00Z", "2026-03-01T09:00:00Z")
    answers[f"GET {ROOT}/compare/{3:040d}...main"] = gap("ahead", *dates)
    seen, scenario = await look("deployments", answers)
    assert seen.value("deployments.succeeded") is True
    assert seen.value("deployments.by_pipeline") is True
    assert seen.value("deployments.in_30_days") == 2
    assert seen.value("deployments.on_default_branch") is True
    assert seen.value("deployments.behind_days") == 3.0
    assert f"GET {ROOT}/deployments?environment=production&per_page=100" in scenario.asked


async def test_a_failed_deployment_by_a_person_off_the_branch_is_seen(look, deployed):
    answers = deployed(
        (1, "2026-02-20T09:00:00Z", "ana", "User", ["success"]),
        (2, "2026-03-01T09:00:00Z", "ana", "User", ["pending", "failure"]),
    )
    answers[f"GET {ROOT}/compare/{1:040d}...main"] = gap("diverged", "2026-02-01T09:00:00Z")
    seen, _ = await look("deployments", answers)
    assert seen.value("deployments.succeeded") is False
    assert seen.value("deployments.by_pipeline") is False
    assert seen.value("deployments.in_30_days") == 1
    assert seen.value("deployments.on_default_branch") is False
    assert seen.value("deployments.behind_days") == 29.0


async def test_a_login_that_the_pipeline_deploys_as_is_the_pipeline(look, deployed):
    answers = deployed((1, "2026-03-01T09:00:00Z", "deployer", "User", ["success"]))
    answers[f"GET {ROOT}/compare/{1:040d}...main"] = gap("identical")
    seen, _ = await look("deployments", answers, pipeline=["deployer"])
    assert seen.value("deployments.by_pipeline") is True
    assert seen.value("deployments.behind_days") == 0


async def test_without_a_deployment_nothing_is_said(look, deployed):
    seen, _ = await look("deployments", deployed())
    assert seen["deployments.in_30_days"].reason == "GitHub records no deployment to production"
    assert seen.value("deployments.succeeded") is None


async def test_a_commit_that_cannot_be_compared_costs_what_rests_on_it_alone(look, deployed):
    answers = deployed((1, "2026-03-01T09:00:00Z", "github-actions[bot]", "Bot", ["success"]))
    seen, _ = await look("deployments", answers)
    assert seen.value("deployments.succeeded") is True
    assert seen["deployments.behind_days"].permission == "sources.github: Contents: read"


# --- workflows ------------------------------------------------------------------------------------------------------


@pytest.fixture
def runs(example):
    base = (example("github.json", "/repos/{owner}/{repo}/actions/runs") or {"workflow_runs": [{}]})["workflow_runs"][0]

    def build(*made):
        """(workflow, run number, status, conclusion): one page of runs."""
        items = [
            base
            | {
                "workflow_id": sum(map(ord, name)),
                "name": name,
                "path": f".github/workflows/{name.lower()}.yml",
                "run_number": number,
                "status": status,
                "conclusion": conclusion,
                "head_sha": HEAD,
                "created_at": f"2026-03-01T00:{number:02d}:00Z",
            }
            for name, number, status, conclusion in made
        ]
        return {f"GET {ROOT}/actions/runs": {"total_count": len(items), "workflow_runs": items}}

    return build


async def test_the_newest_completed_run_of_each_workflow_decides(look, runs):
    page = runs(
        ("Tests", 1, "completed", "failure"),
        ("Tests", 2, "completed", "success"),
        ("Lint", 7, "completed", "success"),
        ("Lint", 8, "in_progress", None),
        ("Docs", 3, "completed", "skipped"),
    )
    seen, scenario = await look("pipeline", page)
    assert seen.value("pipeline.workflows") == 2
    assert seen.value("pipeline.failing") == 0
    assert seen.value("pipeline.success_pct") == 66.7
    assert any(f"head_sha={HEAD}" in one and "event=push" in one for one in scenario.asked)


async def test_the_share_of_runs_that_succeeded_is_told(look, runs):
    seen, _ = await look("pipeline", runs(*(("Tests", number, "completed", "success") for number in range(1, 12))))
    assert seen.value("pipeline.success_pct") == 100


async def test_a_workflow_that_failed_on_the_head_is_counted(look, runs):
    seen, _ = await look("pipeline", runs(("Tests", 2, "completed", "failure"), ("Lint", 7, "completed", "success")))
    assert seen.value("pipeline.workflows") == 2
    assert seen.value("pipeline.failing") == 1


async def test_a_required_workflow_that_did_not_run_has_not_passed(look, runs):
    page = runs(("Tests", 2, "completed", "success"), ("Lint", 7, "completed", "failure"))
    seen, scenario = await look("pipeline", page, workflows=["tests.yml", "Security"])
    assert seen.value("pipeline.workflows") == 1
    assert seen.value("pipeline.failing") == 1
    assert not any(f"head_sha={HEAD}" in one and "event=push" in one for one in scenario.asked)


async def test_a_run_under_way_says_nothing_yet(look, runs):
    seen, _ = await look("pipeline", runs(("Tests", 2, "queued", None)))
    assert seen["pipeline.failing"].reason == "Tests has not come to an end on the head of main yet"
    assert seen.value("pipeline.workflows") is None
    assert seen["pipeline.success_pct"].reason == "no run of main has come to an end"


async def test_a_branch_without_workflows_has_none_and_nothing_passes(look, runs):
    seen, _ = await look("pipeline", runs())
    assert seen.value("pipeline.workflows") == 0
    assert seen["pipeline.failing"].reason == "no workflow ran for the head of main"


async def test_the_runs_are_read_to_their_end(vendor, told, token, runs):
    path = f"GET {ROOT}/actions/runs"
    second = runs(("Tests", 2, "completed", "failure"))[path]
    first = [200, runs(("Lint", 1, "completed", "success"))[path], {}]
    scenario, base = vendor(
        {path: [lambda request, body: tuple(first), second], f"GET {ROOT}/commits/trunk": {"sha": HEAD}}
    )
    first[2]["link"] = f'<{base}{ROOT}/actions/runs?page=2>; rel="next"'
    settings = {"token": token, "repository": "octo/shop", "base": base, "branch": "trunk"}
    seen = await told("pipeline", {"github": settings})
    assert seen.value("pipeline.workflows") == 2
    assert seen.value("pipeline.failing") == 1
    assert f"{path}?page=2" in scenario.asked


# --- rules ----------------------------------------------------------------------------------------------------------

CHECKS = {
    "type": "required_status_checks",
    "parameters": {"required_status_checks": [{"context": "tests"}], "strict_required_status_checks_policy": True},
}
REVIEW = {
    "type": "pull_request",
    "parameters": {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_approving_review_count": 1,
        "required_review_thread_resolution": False,
    },
}
FIXED = {"type": "non_fast_forward"}
RULES, CLASSIC = f"GET {ROOT}/rules/branches/main", f"GET {ROOT}/branches/main/protection"
BRANCH = ("branch.checks_required", "branch.reviews_required", "branch.force_push_blocked")


async def test_the_rulesets_of_the_default_branch_are_read(look):
    seen, scenario = await look("branch", {RULES: (200, [CHECKS, REVIEW, FIXED])})
    assert [seen.value(fact) for fact in BRANCH] == [1, 1, True]
    assert CLASSIC not in scenario.asked


async def test_the_classic_protection_is_read_where_the_rulesets_leave_something_out(look):
    settings = {
        "required_status_checks": {"contexts": ["a", "b"], "checks": [{"context": "a"}, {"context": "b"}]},
        "required_pull_request_reviews": {"required_approving_review_count": 2},
        "allow_force_pushes": {"enabled": True},
    }
    seen, _ = await look("branch", {RULES: (200, [CHECKS]), CLASSIC: settings})
    assert [seen.value(fact) for fact in BRANCH] == [2, 2, False]


async def test_a_branch_that_demands_nothing_is_seen(look):
    seen, _ = await look("branch", {RULES: (200, []), CLASSIC: (404, {"message": "Branch not protected"})})
    assert [seen.value(fact) for fact in BRANCH] == [0, 0, False]


@pytest.mark.parametrize("refused", [REFUSED, GONE], ids=["403", "404"])
async def test_what_may_stand_in_a_protection_that_is_not_shown_is_unknown(look, refused):
    seen, _ = await look("branch", {RULES: (200, [CHECKS]), CLASSIC: refused})
    assert seen.value("branch.checks_required") == 1
    assert seen["branch.reviews_required"].permission == "sources.github: Administration: read"
    assert seen.value("branch.force_push_blocked") is None


# --- environments and alerts ----------------------------------------------------------------------------------------


@pytest.fixture
def protects(look, observe, target_of, vendor, token, at_hand, example):
    probe = supplied(Fact("isolation.production_protected", "boolean", "Production's environment is protected."))
    base = example("github.json", "/repos/{owner}/{repo}/environments") or {"environments": [{}]}

    async def ask(**keys):
        item = base["environments"][0] | {"name": "production"} | keys
        page = {"total_count": 1, "environments": [item]}
        _, address = vendor({f"GET {ROOT}/environments": page}, at_hand("github.json"))
        sources = {"github": {"token": token, "repository": "octo/shop", "base": address}}
        seen = await observe(probe, target_of("http://127.0.0.1:9", sources=sources))
        return seen.value("isolation.production_protected")

    return ask


async def test_reviewers_or_a_branch_policy_protect_an_environment_and_a_timer_does_not(protects):
    reviewers = {"id": 1, "node_id": "x", "type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {}}]}
    timer = {"id": 1, "node_id": "x", "type": "wait_timer", "wait_timer": 30}
    policy = {"protected_branches": True, "custom_branch_policies": False}
    assert await protects(protection_rules=[timer], deployment_branch_policy=policy) is True
    assert await protects(protection_rules=[timer], deployment_branch_policy=None) is False
    assert await protects(name="staging", protection_rules=[], deployment_branch_policy=policy) is False
    del reviewers["reviewers"][0]["reviewer"]
    assert await protects(protection_rules=[reviewers], deployment_branch_policy=None) is True


async def test_open_alerts_are_counted(look, example):
    dependency = (example("github.json", "/repos/{owner}/{repo}/dependabot/alerts") or [{}])[0]
    dependency.get("security_advisory", {}).pop("epss", None)  # the example is not as the description says
    scan = (example("github.json", "/repos/{owner}/{repo}/code-scanning/alerts") or [{"rule": {}}])[0]
    scan["dismissed_reason"] = "mitigated"  # an open alert has none, which the description has no value for
    levels = [("error", "critical"), ("error", "medium"), ("error", None), ("warning", None), ("note", "high")]
    scans = [
        scan | {"rule": scan["rule"] | {"severity": severity} | ({"security_severity_level": level} if level else {})}
        for severity, level in levels
    ]
    answers = {
        f"GET {ROOT}/dependabot/alerts": (200, [dependency] * 2),
        f"GET {ROOT}/code-scanning/alerts": (200, scans),
    }
    seen, scenario = await look("alerts", answers)
    assert seen.value("alerts.dependencies") == 2
    assert seen.value("alerts.code") == 3
    assert any("severity=critical%2Chigh" in one and "state=open" in one for one in scenario.asked)


async def test_no_open_alert_is_zero(look):
    seen, _ = await look(
        "alerts", {f"GET {ROOT}/dependabot/alerts": (200, []), f"GET {ROOT}/code-scanning/alerts": (200, [])}
    )
    assert (seen.value("alerts.dependencies"), seen.value("alerts.code")) == (0, 0)


async def test_what_was_never_analysed_is_not_zero(look):
    off = (403, {"message": "Dependabot alerts are disabled for this repository."})
    never = (404, {"message": "no analysis found"})
    seen, _ = await look("alerts", {f"GET {ROOT}/dependabot/alerts": off, f"GET {ROOT}/code-scanning/alerts": never})
    needs = [seen[fact].permission for fact in ("alerts.dependencies", "alerts.code")]
    assert needs == [
        "sources.github: Dependabot alerts: read, and the alerts switched on",
        "sources.github: Code scanning alerts: read, and an analysis uploaded",
    ]


async def test_secrets_that_were_found_are_counted_and_not_kept(vendor, token, observe, target_of):
    found = (200, [{"number": 1, "secret": "ghp_live-credential"}])
    _, base = vendor({f"GET {ROOT}/secret-scanning/alerts": found})
    probe = supplied(Fact("secrets.alerts", "number", "Open secret-scanning alerts.", "alerts"))
    sources = {"github": {"token": token, "repository": "octo/shop", "base": base}}
    seen = await observe(probe, target_of("http://127.0.0.1:9", sources=sources))
    assert seen.value("secrets.alerts") == 1
    assert "ghp_live-credential" not in str(seen.survey.exchanges)
    _, base = vendor({f"GET {ROOT}/secret-scanning/alerts": (200, [])})
    sources["github"]["base"] = base
    seen = await observe(probe, target_of("http://127.0.0.1:9", sources=sources))
    assert seen.value("secrets.alerts") == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((401, {"message": "Bad credentials"}), "the credential is refused"),
        ((429, {"message": "slow down"}, {"retry-after": "900"}), "rate limited"),
        ({"message": "hello"}, "with no list"),
        ("<html>", "something that is no JSON"),
    ],
    ids=["revoked", "rate limited", "another shape", "no JSON"],
)
async def test_what_is_no_listing_is_a_reason(look, answer, reason):
    answers = {f"GET {ROOT}/dependabot/alerts": answer, f"GET {ROOT}/code-scanning/alerts": (200, [])}
    seen, _ = await look("alerts", answers, spec="")
    assert seen["alerts.dependencies"].reason.endswith(reason)
    assert seen.value("alerts.code") == 0
