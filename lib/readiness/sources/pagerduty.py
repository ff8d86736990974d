"""PagerDuty: whether alerts get in, who they wake, and that there is always somebody to wake."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from readiness.answers.rota import Shift, shares, uncovered_s
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Parameters, Reading

if TYPE_CHECKING:
    from readiness.probes import Context

WEEK, MONTH = timedelta(days=7), timedelta(days=28)
PAGE = 100
OFF = {"disabled", "maintenance"}
"""States of a service that pages nobody; the others say how its incidents stand."""


class PagerDuty(Vendor):
    """PagerDuty (REST API v2)."""

    BASE: ClassVar[str] = "https://api.pagerduty.com"

    token: Secret = Field(description="a read-only API key, a reference")
    service: str = Field(pattern=r"^\w+$", description="id of the service that is paged when the platform fails")

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        return {
            "Authorization": f"Token token={self.token.reveal()}",
            "Accept": "application/vnd.pagerduty+json;version=2, application/json;q=0.9",
            "Content-Type": "application/json",
        }


@supplies("alerting.critical", "alerting.unhealthy", "alerting.routed")
async def alerting(source: PagerDuty, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Ways into the service, whether it is on, and whether its escalation policy names anybody."""
    service, policy = await _service(source, api)
    both = service.exchange, policy.exchange
    on = service.need("service", "status") not in OFF
    ways = service.value["service"].get("integrations") or []
    yield observed("alerting.critical", len(ways) if on else 0, service.exchange)
    yield observed("alerting.unhealthy", int(not on), service.exchange)
    yield observed("alerting.routed", bool(on and ways and _levels(policy)), *both)


@supplies("oncall.levels", "oncall.gap_s", "oncall.gap_28d_s", "oncall.people", "oncall.largest_share_pct")
async def oncall(source: PagerDuty, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Who is on call at the first level of the service's policy within the next four weeks."""
    _, policy = await _service(source, api)
    yield observed("oncall.levels", len(_levels(policy)), policy.exchange)
    now = context.client.time().replace(microsecond=0)
    asked: dict[str, Any] = {
        "escalation_policy_ids[]": [policy.need("escalation_policy", "id")],
        "since": now.isoformat(),
        "until": (now + MONTH).isoformat(),
        "limit": PAGE,
    }
    pages = [page async for page in api.pages("/oncalls", asked | {"offset": 0}, lambda page: _next(page, asked))]
    seen = [page.exchange for page in pages]
    first = [one for page in pages for one in page.need("oncalls") if one["escalation_level"] == 1]
    shifts = [Shift(one["user"]["id"], _time(one["start"]), _time(one["end"])) for one in first]
    yield observed("oncall.gap_s", uncovered_s(shifts, now, now + WEEK), *seen)
    yield observed("oncall.gap_28d_s", uncovered_s(shifts, now, now + MONTH), *seen)
    held = shares(shifts, now, now + MONTH)
    yield observed("oncall.people", len(held), *seen)
    if held:  # to whole percents: a change of clocks moves an hour from one to the other
        yield observed("oncall.largest_share_pct", round(100 * max(held.values())), *seen)
    else:
        yield unavailable("oncall.largest_share_pct", "nobody is on call", *seen)


async def _service(source: PagerDuty, api: Api) -> tuple[Reading, Reading]:
    """The service and its escalation policy."""
    service = await api.get(f"/services/{source.service}", scope="services.read")
    id = service.need("service", "escalation_policy", "id")
    return service, await api.get(f"/escalation_policies/{id}", scope="escalation_policies.read")


def _levels(policy: Reading) -> list[Any]:
    return [rule for rule in policy.need("escalation_policy", "escalation_rules") if rule.get("targets")]


def _next(page: Reading, asked: Mapping[str, Any]) -> Parameters | None:
    return {**asked, "offset": page.need("offset") + PAGE} if page.need("more") else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
