"""AWS Budgets: whether someone is told before a budget is spent."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from pydantic import Field

from readiness.observation import Observation, observed, unavailable
from readiness.source import Amazon, supplies
from readiness.wire.aws import Aws, Call

if TYPE_CHECKING:
    from readiness.probes import Context

VIEW = "budgets:ViewBudget"
"""The action that every reading operation of the service takes."""
KINDS = ("COST", "USAGE")
"""Budgets of money or use; those of reservations say how well these are used."""


class Budgets(Amazon):
    """AWS Budgets, through boto3."""

    account: str = Field(pattern=r"^\d{12}$", description="id of the account that owns the budgets")


@supplies("budgets.alerting", "budgets.exceeded")
async def budgets(source: Budgets, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Read every budget that is in force, its alerts, and who is told."""
    whose = {"action": VIEW, "AccountId": source.account}
    listed, call = await aws.every("budgets", "describe_budgets", "Budgets", **whose)
    found = [one for one in listed if one["BudgetType"] in KINDS and _in_force(one, context)]
    seen = [call]
    told = await asyncio.gather(*(_alerts(aws, source, one) for one in found))
    seen += [item for _, calls in told for item in calls]
    yield observed("budgets.alerting", sum(alerts > 0 for alerts, _ in told), *seen)
    spent = [one for one in found if "BudgetLimit" in one and "CalculatedSpend" in one]
    if not spent:
        yield unavailable("budgets.exceeded", "no budget with a limit is in force", *seen)
    else:
        over = sum(float(one["CalculatedSpend"]["ActualSpend"]["Amount"]) > _limit(one) for one in spent)
        yield observed("budgets.exceeded", over, *seen)


def _in_force(budget: Any, context: "Context") -> bool:
    end = (budget.get("TimePeriod") or {}).get("End")
    return end is None or end > context.now


def _limit(budget: Any) -> float:
    return float(budget["BudgetLimit"]["Amount"])


async def _alerts(aws: Aws, source: Budgets, budget: Any) -> tuple[int, list[Call]]:
    """Alerts of a budget at its limit or below that somebody is subscribed to."""
    which = {"action": VIEW, "AccountId": source.account, "BudgetName": budget["BudgetName"]}
    listed, call = await aws.every("budgets", "describe_notifications_for_budget", "Notifications", **which)
    seen, alerts = [call], 0
    for notification in listed:
        if not _in_time(notification, budget):
            continue
        asked = {key: value for key, value in notification.items() if key != "NotificationState"}
        people, call = await aws.every(
            "budgets", "describe_subscribers_for_notification", "Subscribers", Notification=asked, **which
        )
        seen.append(call)
        alerts += bool(people)
    return alerts, seen


def _in_time(notification: Any, budget: Any) -> bool:
    """Whether an alert comes when the limit is reached at the latest."""
    threshold = float(notification["Threshold"])
    if notification.get("ComparisonOperator") != "GREATER_THAN":
        return False
    if notification.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE":
        return threshold <= 100
    return "BudgetLimit" in budget and threshold <= _limit(budget)
