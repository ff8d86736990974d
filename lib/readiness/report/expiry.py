"""Expiry: attestations and waivers that are about to end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from readiness.assessment import Parameters
from readiness.attestation import Attestation
from readiness.waiver import Waiver

SOON = timedelta(days=30)
"""Four reports ahead: time to have a statement made anew."""


@dataclass(frozen=True)
class Ending:
    """Something in force that ends soon.

    Attributes:
        kind: `attestation` or `waiver`.
        name: The fact that is attested, or the requirement that is waived.
        by: Who stated or approved it.
        last: Last day (UTC) on which it is in force.
        days: Days from judging to that day.
    """

    kind: str
    name: str
    by: str
    last: date
    days: int


def expiring(parameters: Parameters, now: datetime) -> list[Ending]:
    """What is in force at `now` (UTC) and ends within `SOON`, the first to end first."""
    given: list[tuple[str, str, str, Attestation | Waiver]] = [
        *(("attestation", item.fact, item.by, item) for item in parameters.attestations),
        *(("waiver", item.requirement, item.approved_by, item) for item in parameters.waivers),
    ]
    found = [
        Ending(kind, name, by, item.expires_on, (item.expires_on - now.date()).days)
        for kind, name, by, item in given
        if item.in_force(now) and not item.in_force(now + SOON)
    ]
    return sorted(found, key=lambda one: (one.last, one.name))
