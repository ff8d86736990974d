"""AWS KMS and Secrets Manager: keys that are in use and rotated, values by their own age, and a trail that arrives."""

import json
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws
from moto.cloudtrail.models import TrailStatus
from moto.kms.responses import KmsResponse
from moto.secretsmanager.models import SecretsManagerBackend

REGION = "eu-central-1"
FACTS = {"secrets.kept_encrypted": "boolean", "secrets.oldest_days": "number", "secrets.audited": "boolean"}
MANAGED = {"Field": "eventCategory", "Equals": ["Management"]}


@pytest.fixture
def account(now, monkeypatch):
    """One account as it should be, for a test to spoil."""
    dates = {}

    def versions(self, secret_id):
        # moto says of every version that it was made just now
        made = {"CreatedDate": dates[self.secrets[secret_id].name], "VersionId": "v2", "VersionStages": ["AWSCURRENT"]}
        earlier = {"CreatedDate": 1, "VersionId": "v1", "VersionStages": ["AWSPREVIOUS"]}
        return json.dumps({"ARN": secret_id, "Versions": [earlier, made]})

    monkeypatch.setattr(SecretsManagerBackend, "list_secret_version_ids", versions)

    class Account:
        def __init__(self):
            keys = {"region_name": REGION, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
            self.kms, self.manager = boto3.client("kms", **keys), boto3.client("secretsmanager", **keys)
            self.trails = boto3.client("cloudtrail", **keys)
            self.key = self.kms.create_key()["KeyMetadata"]["KeyId"]
            self.kms.enable_key_rotation(KeyId=self.key)
            self.put("shop/database", 30)
            self.put("shop/mail", 60)
            s3 = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            s3.create_bucket(Bucket="bucket-of-trails")
            self.trails.create_trail(Name="all", S3BucketName="bucket-of-trails", IsMultiRegionTrail=True)
            self.trails.start_logging(Name="all")
            self.choose()

        def put(self, name, days):
            self.manager.create_secret(Name=name, SecretString="hidden-in-a-secret", KmsKeyId=self.key)
            dates[name] = int((now - timedelta(days=days)).timestamp())

        def choose(self, **keys):
            chosen = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []} | keys
            self.trails.put_event_selectors(TrailName="all", EventSelectors=[chosen])

        def choose_fields(self, *fields):
            chosen = [{"Name": "some", "FieldSelectors": list(fields)}]
            self.trails.put_event_selectors(TrailName="all", EventSelectors=[], AdvancedEventSelectors=chosen)

    with mock_aws():
        yield Account()


@pytest.fixture
def look(tell, monkeypatch):
    async def ask(**settings):
        monkeypatch.setenv("AWS_TEST_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_TEST_KEY", "secret-of-an-account")
        keys = {"region": REGION, "key_id": "env:AWS_TEST_ID", "key": "env:AWS_TEST_KEY"}
        seen = await tell(FACTS, {"kms": keys | settings})
        assert "secret-of-an-account" not in str(seen.survey.exchanges)
        assert "hidden-in-a-secret" not in str(seen.survey.exchanges)
        return seen

    return ask


async def test_secrets_that_are_kept_rotated_and_watched_pass(account, look):
    seen = await look(names=["shop/database", "shop/mail"])
    assert [seen.value(fact) for fact in FACTS] == [True, 60.0, True]


async def test_a_value_is_as_old_as_it_is_whatever_is_noted_on_its_secret(account, look):
    account.manager.update_secret(SecretId="shop/mail", Description="looked at today")
    assert (await look()).value("secrets.oldest_days") == 60.0


async def test_only_the_platforms_secrets_count_where_it_names_them(account, look):
    account.put("another/old", 900)
    assert (await look(names=["shop/database"])).value("secrets.oldest_days") == 30.0
    assert (await look()).value("secrets.oldest_days") == 900.0


@pytest.mark.parametrize("end", ["disable_key", "schedule_key_deletion"])
async def test_a_key_that_is_not_in_use_keeps_nothing(account, look, end):
    getattr(account.kms, end)(KeyId=account.key)
    assert (await look()).value("secrets.kept_encrypted") is False


async def test_a_secret_that_is_not_there_is_not_kept(account, look):
    seen = await look(names=["shop/database", "shop/payment"])
    assert seen.value("secrets.kept_encrypted") is False
    assert seen["secrets.oldest_days"].reason == "without a value: 1 of 2 secrets"


async def test_secrets_that_are_all_elsewhere_are_not_watched(account, look):
    seen = await look(names=["shop/payment"])
    assert [seen.value(fact) for fact in FACTS] == [False, None, None]


async def test_an_account_that_keeps_no_secret_says_nothing(look):
    with mock_aws():
        seen = await look()
    assert {seen[fact].reason for fact in FACTS} == {"Secrets Manager keeps no secret in eu-central-1"}


async def test_a_key_that_is_not_rotated_is_seen(account, look):
    account.kms.disable_key_rotation(KeyId=account.key)
    assert (await look()).value("secrets.audited") is False


async def test_a_further_key_that_is_not_rotated_is_seen(account, look):
    further = account.kms.create_key()["KeyMetadata"]["KeyId"]
    seen = await look(encryption_keys=[further])
    assert [seen.value("secrets.kept_encrypted"), seen.value("secrets.audited")] == [True, False]


@pytest.mark.parametrize(("days", "often"), [(365, True), (700, False)])
async def test_a_key_is_rotated_within_a_year(account, look, monkeypatch, days, often):
    answer = json.dumps({"KeyRotationEnabled": True, "RotationPeriodInDays": days})
    monkeypatch.setattr(KmsResponse, "get_key_rotation_status", lambda self: answer)
    assert (await look()).value("secrets.audited") is often


@pytest.mark.parametrize(
    "chosen",
    [
        {"ReadWriteType": "WriteOnly"},
        {"IncludeManagementEvents": False},
        {"ExcludeManagementEventSources": ["kms.amazonaws.com"]},
    ],
    ids=["writes alone", "data alone", "without keys"],
)
async def test_a_trail_that_leaves_out_who_reads_is_none(account, look, chosen):
    account.choose(**chosen)
    assert (await look()).value("secrets.audited") is False


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ([MANAGED], True),
        ([MANAGED, {"Field": "readOnly", "Equals": ["true"]}], True),
        ([MANAGED, {"Field": "readOnly", "Equals": ["false"]}], False),
        ([MANAGED, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}], False),
        ([{"Field": "eventCategory", "Equals": ["Data"]}], False),
    ],
    ids=["all", "reads", "writes", "without keys", "data"],
)
async def test_a_trail_with_fields_is_read_as_well(account, look, fields, kept):
    account.choose_fields(*fields)
    assert (await look()).value("secrets.audited") is kept


async def test_a_trail_that_is_off_or_does_not_arrive_is_none(account, look, monkeypatch):
    answer = TrailStatus.description

    def failing(self):
        return answer(self) | {"LatestDeliveryError": "NoSuchBucket"}

    with monkeypatch.context() as patched:
        patched.setattr(TrailStatus, "description", failing)
        assert (await look()).value("secrets.audited") is False
    account.trails.stop_logging(Name="all")
    assert (await look()).value("secrets.audited") is False


async def test_without_a_trail_nobody_keeps_who_reads(account, look):
    account.trails.delete_trail(Name="all")
    assert (await look()).value("secrets.audited") is False


@pytest.mark.parametrize(
    ("code", "permission"),
    [
        ("AccessDeniedException", "sources.kms: secretsmanager:ListSecrets"),
        ("UnrecognizedClientException", "sources.kms: a credential that is valid"),
        ("ThrottlingException", ""),
    ],
)
async def test_a_refusal_names_the_action(vendor, look, code, permission):
    _, base = vendor({"POST /": (400, {"__type": code, "message": "no"})})
    seen = await look(base=base)
    assert {seen[fact].permission for fact in FACTS} == {permission}
    assert code in seen["secrets.audited"].reason
