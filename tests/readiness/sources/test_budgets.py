"""AWS Budgets: an alert counts where it comes in time and somebody receives it."""

import json
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws
from moto.budgets.responses import BudgetsResponse

ACCOUNT = "123456789012"
SOMEONE = {"SubscriptionType": "EMAIL", "Address": "a@example.com"}


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv("AWS_TEST_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_TEST_KEY", "secret-of-an-account")
    return {"region": "us-east-1", "key_id": "env:AWS_TEST_ID", "key": "env:AWS_TEST_KEY", "account": ACCOUNT}


@pytest.fixture
def look(told, keys):
    async def ask(**settings):
        seen = await told("budgets", {"budgets": {**keys, **settings}})
        assert "secret-of-an-account" not in str(seen.survey.exchanges)
        return seen

    return ask


@pytest.fixture
def budget(monkeypatch):
    people = {}

    def subscribers(self):
        # the one operation that moto does not have
        asked = json.loads(self.body)
        found = people.get((asked["BudgetName"], asked["Notification"]["Threshold"]), [])
        return json.dumps({"Subscribers": found})

    monkeypatch.setattr(BudgetsResponse, "describe_subscribers_for_notification", subscribers, raising=False)
    with mock_aws():

        def make(name="all", limit="100", spent="40", kind="COST", threshold=80.0, who=(SOMEONE,), until=None, **alert):
            made = {"BudgetName": name, "BudgetType": kind, "TimeUnit": "MONTHLY"}
            made["BudgetLimit"] = {"Amount": limit, "Unit": "USD"}
            made["CalculatedSpend"] = {"ActualSpend": {"Amount": spent, "Unit": "USD"}}
            made |= {"TimePeriod": {"Start": datetime(2026, 1, 1, tzinfo=UTC), "End": until}} if until else {}
            notification = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": threshold}
            notification |= {"ThresholdType": "PERCENTAGE"} | alert
            given = [{"Notification": notification, "Subscribers": [SOMEONE]}]
            client = boto3.client("budgets", "us-east-1")
            client.create_budget(AccountId=ACCOUNT, Budget=made, NotificationsWithSubscribers=given)
            people[name, threshold] = list(who)

        yield make


@pytest.mark.parametrize(
    ("made", "alerting"),
    [
        ({}, 1),
        ({"threshold": 100.0}, 1),
        ({"threshold": 120.0}, 0),
        ({"who": ()}, 0),
        ({"ComparisonOperator": "LESS_THAN"}, 0),
        ({"ThresholdType": "ABSOLUTE_VALUE", "threshold": 90.0}, 1),
        ({"ThresholdType": "ABSOLUTE_VALUE", "threshold": 900.0, "limit": "100"}, 0),
        ({"kind": "RI_UTILIZATION"}, 0),
    ],
    ids=["80 %", "100 %", "120 %", "nobody", "below", "an amount", "too much", "reservations"],
)
async def test_an_alert_counts_where_it_comes_in_time_and_is_received(budget, look, made, alerting):
    budget(**made)
    assert (await look()).value("budgets.alerting") == alerting


async def test_what_is_spent_is_held_against_the_limit(budget, look):
    budget("a", spent="100")
    budget("b", spent="140", until=datetime(2026, 3, 1, tzinfo=UTC))
    seen = await look()
    assert (seen.value("budgets.alerting"), seen.value("budgets.exceeded")) == (1, 0)
    budget("c", spent="140")
    seen = await look()
    assert (seen.value("budgets.alerting"), seen.value("budgets.exceeded")) == (2, 1)


async def test_without_a_budget_nothing_is_within_it(budget, look):
    seen = await look()
    assert (seen.value("budgets.alerting"), seen.value("budgets.exceeded")) == (0, None)


async def test_a_refusal_names_the_action_that_covers_all_of_them(vendor, look):
    _, base = vendor({"POST /": (400, {"__type": "AccessDeniedException", "message": "no"})})
    seen = await look(base=base)
    assert seen["budgets.alerting"].permission == "sources.budgets: budgets:ViewBudget"
