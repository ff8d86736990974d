"""AWS: calls that only read, in threads, each recorded without a secret, refusals named with the action they take."""

import json

import boto3
import pytest
from moto import mock_aws
from readiness.errors import Unobservable
from readiness.wire.aws import Aws
from starlette.responses import Response

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret-of-an-account"}
REGION = "eu-central-1"


@pytest.fixture
def aws(now):
    def build(**options):
        return Aws("ecs", REGION, KEYS, now=lambda: now, secrets=tuple(KEYS.values()), **options)

    return build


@pytest.fixture
def account_of_aws():
    """`account_of_aws("ecs")`: a client of an account that exists within this test alone."""
    with mock_aws():
        yield lambda service: boto3.client(service, REGION)


@pytest.fixture
def refusing(serve):
    """`refusing(400, "AccessDeniedException")`: the address of a service that refuses everything in its own words."""

    def start(status, code, message="no"):
        async def app(scope, receive, send):
            body = json.dumps({"__type": code, "message": message})
            await Response(body, status, {"content-type": "application/x-amz-json-1.1"})(scope, receive, send)

        return serve(app)

    return start


async def test_an_answer_comes_with_a_record_that_repeats_it(aws, account_of_aws):
    account_of_aws("ecs").create_cluster(clusterName="main")
    async with aws() as account:
        answer, call = await account.ask("ecs", "describe_clusters", clusters=["main"])
    assert [one["clusterName"] for one in answer["clusters"]] == ["main"]
    assert "ResponseMetadata" not in answer
    assert call.source == "aws ecs describe-clusters (eu-central-1)"
    assert call.repeat.startswith("aws ecs describe-clusters --region eu-central-1 --cli-input-json")
    record = call.record()
    assert (record["kind"], record["code"], record["failure"]) == ("aws", "", "")
    assert '"clusterName": "main"' in record["answer"]


async def test_a_listing_is_read_to_its_end(aws, account_of_aws):
    client = account_of_aws("ecs")
    for number in range(120):
        client.create_cluster(clusterName=f"c{number}")
    async with aws() as account:
        found, _ = await account.every("ecs", "list_clusters", "clusterArns")
        assert len(found) == 120


@pytest.mark.parametrize(
    ("code", "reason", "permission"),
    [
        ("AccessDeniedException", "not allowed", "sources.ecs: ecs:DescribeClusters"),
        ("UnrecognizedClientException", "the credential is refused", "sources.ecs: a credential that is valid"),
        ("ThrottlingException", "rate limited", ""),
        ("ClusterNotFoundException", "ClusterNotFoundException: no", ""),
    ],
)
async def test_a_refusal_says_what_is_missing(aws, refusing, code, reason, permission):
    async with aws(endpoint=refusing(400, code)) as account:
        with pytest.raises(Unobservable) as raised:
            await account.ask("ecs", "describe_clusters", clusters=["main"])
    assert raised.value.reason.endswith(reason)
    assert raised.value.permission == permission
    assert raised.value.exchanges[0].record()["code"] == code


async def test_an_action_that_is_called_otherwise_is_named_as_it_is_called(aws, refusing):
    async with aws(endpoint=refusing(400, "AccessDenied")) as account:
        with pytest.raises(Unobservable) as raised:
            await account.ask("budgets", "describe_budgets", action="budgets:ViewBudget", AccountId="123456789012")
    assert raised.value.permission == "sources.ecs: budgets:ViewBudget"


async def test_no_secret_is_recorded_even_where_the_service_repeats_it(aws, refusing):
    address = refusing(400, "SomeException", f"you are {KEYS['aws_secret_access_key']}")
    async with aws(endpoint=address) as account:
        with pytest.raises(Unobservable) as raised:
            await account.ask("ecs", "list_clusters")
    assert "secret-of-an-account" not in str(raised.value.exchanges[0].record())


async def test_a_service_that_is_not_there_is_a_reason(aws):
    async with aws(endpoint="http://127.0.0.1:9") as account:
        with pytest.raises(Unobservable, match=r"^ecs: Could not connect"):
            await account.ask("ecs", "list_clusters")


async def test_what_is_no_answer_of_the_service_is_a_reason(aws, serve):
    async with aws(endpoint=serve(Response("<html>", 200))) as account:
        with pytest.raises(Unobservable, match="is no JSON"):
            await account.ask("ecs", "list_clusters")


async def test_a_credential_is_not_sent_in_the_clear(aws):
    with pytest.raises(Unobservable, match="only sent over https"):
        async with aws(endpoint="http://aws.example.com"):
            pass


async def test_operations_that_write_are_not_asked(aws):
    async with aws() as account:
        with pytest.raises(ValueError, match="only reads"):
            await account.ask("ecs", "delete_cluster", cluster="main")


async def test_a_profile_that_is_not_there_is_a_reason(now, tmp_path, monkeypatch):
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    async with Aws("ecs", REGION, {}, profile="audit", now=lambda: now) as account:
        with pytest.raises(Unobservable, match=r"ecs: The config profile \(audit\) could not be found"):
            await account.ask("ecs", "list_clusters")
