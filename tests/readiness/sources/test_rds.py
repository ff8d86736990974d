"""AWS RDS: what an instance, its snapshots and its log tell, and where each of them only looks well."""

from datetime import timedelta

import boto3
import pytest
from moto import mock_aws
from moto.rds.models import DBInstanceAutomatedBackup, DBProxyTarget, rds_backends

ACCOUNT, REGION = "123456789012", "eu-central-1"
FACTS = {
    "database.managed_healthy": "boolean",
    "at_rest.database": "boolean",
    "regions.database": "number",
    "database.plain_refused": "boolean",
    "database.pooled": "boolean",
    "backups.newest_age_h": "number",
    "backups.kept_days": "number",
    "backups.second_location": "boolean",
    "recovery.window_h": "number",
    "recovery.archiving": "boolean",
}
BACKUPS = ("backups.newest_age_h", "backups.kept_days")
RECOVERY = ("recovery.window_h", "recovery.archiving")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def account(monkeypatch, now):
    """`account.instance` and the rest: one instance as it should be, for a test to spoil."""

    class Account:
        def __init__(self, **keys):
            self.client = boto3.client("rds", REGION, aws_access_key_id="a", aws_secret_access_key="b")
            self.client.create_db_parameter_group(
                DBParameterGroupName="own", DBParameterGroupFamily="postgres17", Description="own"
            )
            self.force("1")
            self.client.create_db_instance(
                DBInstanceIdentifier="shop",
                DBInstanceClass="db.t3.micro",
                Engine="postgres",
                AllocatedStorage=20,
                MasterUsername="shop",
                MasterUserPassword="not-read-by-anyone",
                **{"DBParameterGroupName": "own", "BackupRetentionPeriod": 7, "StorageEncrypted": True} | keys,
            )
            self.backend = rds_backends[ACCOUNT][REGION]
            self.instance = self.backend.databases["shop"]
            for snapshot in self.backend.database_snapshots.values():
                self.date(snapshot, 6 * HOUR)
            self.span(7 * DAY, 5 * HOUR / 60)

        def force(self, value):
            given = {"ParameterName": "rds.force_ssl", "ParameterValue": value, "ApplyMethod": "immediate"}
            self.client.modify_db_parameter_group(DBParameterGroupName="own", Parameters=[given])

        def span(self, first, last):
            span = {"EarliestTime": now - first, "LatestTime": now - last} if first else None
            monkeypatch.setattr(DBInstanceAutomatedBackup, "restore_window", span, raising=False)

        def date(self, snapshot, age):
            snapshot.created = snapshot.original_snapshot_create_time = now - age

        def proxy(self, state="AVAILABLE"):
            ec2 = boto3.client("ec2", REGION, aws_access_key_id="a", aws_secret_access_key="b")
            subnets = ec2.describe_subnets()["Subnets"]
            kept = {"AuthScheme": "SECRETS", "SecretArn": "arn:aws:secretsmanager:eu-central-1:1:secret:a"}
            self.client.create_db_proxy(
                DBProxyName="pool",
                EngineFamily="POSTGRESQL",
                Auth=[kept],
                RoleArn="arn:aws:iam::1:role/a",
                VpcSubnetIds=[one["SubnetId"] for one in subnets],
            )
            self.client.register_db_proxy_targets(DBProxyName="pool", DBInstanceIdentifiers=["shop"])
            monkeypatch.setattr(DBProxyTarget, "target_health", {"State": state})
            return self.client.describe_db_proxies()["DBProxies"][0]["Endpoint"]

    with mock_aws():
        yield Account


@pytest.fixture
def look(tell, monkeypatch):
    async def ask(address="", **settings):
        monkeypatch.setenv("AWS_TEST_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_TEST_KEY", "secret-of-an-account")
        monkeypatch.setenv("SHOP_ADDRESS", f"postgres://app:hidden-in-address@{address}/shop")
        keys = {"region": REGION, "key_id": "env:AWS_TEST_ID", "key": "env:AWS_TEST_KEY", "instance": "shop"}
        seen = await tell(FACTS, {"rds": keys | ({"address": "env:SHOP_ADDRESS"} if address else {}) | settings})
        assert "secret-of-an-account" not in str(seen.survey.exchanges)
        assert "hidden-in-address" not in str(seen.survey.exchanges)
        return seen

    return ask


async def test_a_sound_instance_passes(account, look):
    made = account()
    made.instance.replicas.append("arn:aws:rds:eu-west-1:123456789012:db:shop-copy")
    copy = "arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-1"
    made.instance.db_instance_automated_backups_replications = [{"DBInstanceAutomatedBackupsArn": copy}]
    seen = await look(made.proxy())
    assert [seen.value(fact) for fact in FACTS] == [True, True, 2, True, True, 6.0, 7, True, 168, True]


@pytest.mark.parametrize(("state", "healthy"), [("backing-up", True), ("stopped", False), ("storage-full", False)])
async def test_an_instance_that_does_not_serve_is_seen(account, look, state, healthy):
    account().instance.status = state
    assert (await look()).value("database.managed_healthy") is healthy


async def test_storage_in_clear_in_one_region_is_seen(account, look):
    made = account(StorageEncrypted=False, MultiAZ=True)
    made.instance.replicas.append("shop-copy")
    seen = await look()
    assert [seen.value("at_rest.database"), seen.value("regions.database")] == [False, 1]


async def test_tls_that_is_not_enforced_is_seen(account, look):
    account().force("0")
    assert (await look()).value("database.plain_refused") is False


async def test_parameters_that_do_not_tell_are_a_reason(account, look):
    account(DBParameterGroupName="default.postgres17")
    assert (await look())["database.plain_refused"].reason == "the instance's parameters do not tell rds.force_ssl"


async def test_an_application_that_passes_the_proxy_by_is_seen(account, look):
    made = account()
    made.proxy()
    direct = made.client.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    assert (await look(direct)).value("database.pooled") is False
    assert (await look("bouncer.example.com")).value("database.pooled") is None
    assert (await look())["database.pooled"].permission == "sources.rds.address"


async def test_a_proxy_that_does_not_reach_the_instance_is_none(account, look):
    assert (await look(account().proxy("UNAVAILABLE"))).value("database.pooled") is None


@pytest.mark.parametrize("state", ["creating", "failed"])
async def test_a_snapshot_that_is_not_available_is_none(account, look, state):
    for snapshot in account().backend.database_snapshots.values():
        snapshot.status = state
    seen = await look()
    assert [seen.value(fact) for fact in BACKUPS] == [None, 0]


async def test_a_copy_made_today_is_as_old_as_what_it_holds(account, look, now):
    for snapshot in account().backend.database_snapshots.values():
        snapshot.created, snapshot.original_snapshot_create_time = now, now - 5 * DAY
    assert (await look()).value("backups.newest_age_h") == 120.0


async def test_without_automated_backups_what_a_person_made_is_kept_for_no_time(account, look):
    made = account(BackupRetentionPeriod=0)
    made.backend.database_snapshots.clear()
    made.client.create_db_snapshot(DBSnapshotIdentifier="by-hand", DBInstanceIdentifier="shop")
    made.date(made.backend.database_snapshots["by-hand"], HOUR)
    made.span(None, None)
    seen = await look()
    assert [seen.value(fact) for fact in (*BACKUPS, *RECOVERY)] == [1.0, 0, 0, False]


async def test_copies_within_the_region_are_in_no_second_place(account, look):
    copy = "arn:aws:rds:eu-central-1:123456789012:auto-backup:ab-1"
    account().instance.db_instance_automated_backups_replications = [{"DBInstanceAutomatedBackupsArn": copy}]
    assert (await look())["backups.second_location"].reason.startswith("automated backups are not replicated")


async def test_archiving_that_came_to_a_halt_is_seen(account, look):
    account().span(7 * DAY, 2 * HOUR)
    seen = await look()
    assert [seen.value(fact) for fact in RECOVERY] == [166, False]


async def test_a_member_of_a_cluster_is_not_looked_at(account, look):
    account().instance.db_cluster_identifier = "shops"
    seen = await look()
    assert seen["backups.kept_days"].reason == "shop is part of a cluster, which is not looked at yet"


async def test_an_instance_that_is_not_there_is_a_reason(account, look):
    account()
    seen = await look(instance="gone")
    assert "DBInstanceNotFound" in seen["recovery.window_h"].reason


@pytest.mark.parametrize(
    ("code", "status", "permission"),
    [
        ("AccessDenied", 403, "sources.rds: rds:DescribeDBInstances"),
        ("InvalidClientTokenId", 403, "sources.rds: a credential that is valid"),
        ("Throttling", 400, ""),
    ],
)
async def test_a_refusal_names_the_action(vendor, look, code, status, permission):
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    _, base = vendor({"POST /": (status, body, {"content-type": "text/xml"})})
    seen = await look(base=base, address="a.example.com")
    assert {seen[fact].permission for fact in FACTS} == {permission}
    assert code in seen["at_rest.database"].reason
