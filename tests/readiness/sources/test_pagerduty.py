"""PagerDuty: who is on call is the union of what is listed, page by page, at the first level alone."""

import pytest


def reference(kind, id):
    return {"id": id, "type": f"{kind}_reference", "summary": id, "self": f"https://api.pagerduty.com/{id}",
            "html_url": f"https://acme.pagerduty.com/{id}"}  # fmt: skip


SERVICE = {
    **reference("service", "PSERVICE"),
    "type": "service",
    "name": "API",
    "status": "active",
    "integrations": [reference("events_api_v2_inbound_integration", "PIN")],
    "escalation_policy": reference("escalation_policy", "PPOLICY"),
}
RULE = {"id": "PRULE", "escalation_delay_in_minutes": 30, "targets": [reference("user", "PANN")]}
POLICY = {
    **reference("escalation_policy", "PPOLICY"),
    "type": "escalation_policy",
    "name": "API",
    "escalation_rules": [RULE, RULE | {"id": "PRULE2"}],
}


def shift(person, start=None, end=None, level=1):
    return {
        "user": reference("user", person),
        "schedule": reference("schedule", "PSCHEDULE") if start else None,
        "escalation_policy": reference("escalation_policy", "PPOLICY"),
        "escalation_level": level,
        "start": start,
        "end": end,
    }


def page(*oncalls, more=False, offset=0):
    return {"oncalls": list(oncalls), "limit": 100, "offset": offset, "more": more, "total": None}


WEEKS = [f"2026-03-{day:02}T10:00:00+01:00" for day in (2, 9, 16, 23, 30)]
"""Four weeks from the time that tests take for now."""
IN_TURNS = [shift(person, *WEEKS[n : n + 2]) for n, person in enumerate(("PANN", "PBEN", "PANN", "PBEN"))]


@pytest.fixture
def look(vendor, told, token):
    async def ask(subject="oncall", service=SERVICE, policy=POLICY, oncalls=None, spec="pagerduty.json"):
        answers = {
            "GET /services/PSERVICE": service if isinstance(service, tuple) else {"service": service},
            "GET /escalation_policies/PPOLICY": {"escalation_policy": policy},
            "GET /oncalls": oncalls or page(*IN_TURNS),
        }
        scenario, base = vendor(answers, spec)
        seen = await told(subject, {"pagerduty": {"token": token, "service": "PSERVICE", "base": base}})
        return seen, scenario

    return ask


def facts(seen):
    return [seen.value(f"oncall.{name}") for name in ("levels", "gap_s", "gap_28d_s", "people", "largest_share_pct")]


async def test_two_people_in_turns_leave_no_gap(look):
    seen, scenario = await look()
    assert facts(seen) == [2, 0, 0, 2, 50]
    assert scenario.headers[0]["authorization"] == "Token token=credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)


async def test_all_pages_are_read(look):
    oncalls = [page(*IN_TURNS[:2], more=True), page(*IN_TURNS[2:], offset=100)]
    seen, scenario = await look(oncalls=oncalls)
    assert facts(seen) == [2, 0, 0, 2, 50]
    assert scenario.asked[-1].endswith("limit=100&offset=100")


async def test_gaps_are_told_apart_by_when_they_are(look):
    seen, _ = await look(oncalls=[page(*IN_TURNS[:3])])
    assert facts(seen) == [2, 0, 7 * 86_400, 2, 50]
    seen, _ = await look(oncalls=[page(*IN_TURNS[1:])])
    assert facts(seen)[1] == 7 * 86_400


async def test_somebody_named_without_times_is_always_on_call(look):
    # the description's prose says that these are null, its schema does not allow it
    seen, _ = await look(oncalls=[page(shift("PANN"))], spec="")
    assert facts(seen) == [2, 0, 0, 1, 100]


async def test_the_second_level_covers_no_gap_and_a_level_without_targets_is_none(look):
    policy = POLICY | {"escalation_rules": [RULE, RULE | {"targets": []}]}
    seen, _ = await look(policy=policy, oncalls=[page(shift("PANN", level=2))], spec="")
    assert facts(seen) == [1, 7 * 86_400, 28 * 86_400, 0, None]
    assert seen["oncall.largest_share_pct"].reason == "nobody is on call"


async def test_that_a_phone_was_reached_can_only_be_attested(look):
    seen, _ = await look()
    assert seen["oncall.reached"].permission == "an attestation of oncall.reached"


def paging(seen):
    return [seen.value(f"alerting.{name}") for name in ("critical", "unhealthy", "routed")]


@pytest.mark.parametrize(
    ("service", "policy", "values"),
    [
        ({}, {}, [1, 0, True]),
        ({"status": "critical"}, {}, [1, 0, True]),
        ({"status": "disabled"}, {}, [0, 1, False]),
        ({"integrations": []}, {}, [0, 0, False]),
        ({}, {"escalation_rules": []}, [1, 0, False]),
    ],
    ids=["on", "on, with an incident", "off", "no way in", "nobody to wake"],
)
async def test_a_service_pages_that_is_on_and_has_a_way_in_and_somebody_to_wake(look, service, policy, values):
    seen, _ = await look("alerting", SERVICE | service, POLICY | policy, spec="" if policy else "pagerduty.json")
    assert paging(seen) == values


@pytest.mark.parametrize(
    ("status", "permission"),
    [(401, "a credential that is valid"), (403, "services.read"), (404, "services.read")],
)
async def test_a_refusal_names_what_is_missing(look, status, permission):
    seen, _ = await look(service=(status, {"error": {"message": "no", "code": 1}}), spec="")
    assert seen["oncall.gap_s"].permission == f"sources.pagerduty: {permission}"
