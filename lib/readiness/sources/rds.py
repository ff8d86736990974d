"""AWS RDS: a database instance, its encryption, its backups and how far back it can be restored, and its proxy."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from pydantic import Field

from readiness.backups import Backup, archived, listed
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.pooled import Place, pooled
from readiness.secret import Secret
from readiness.source import Amazon, supplies
from readiness.wire.aws import Aws, Call

if TYPE_CHECKING:
    from readiness.probes import Context

SERVING = ("available", "backing-up", "storage-optimization", "configuring-enhanced-monitoring")
"""States in which an instance answers as it should (Amazon RDS User Guide, DB instance status)."""
SCHEDULED = ("automated", "awsbackup")
ENFORCED = "rds.force_ssl"


class Rds(Amazon):
    """AWS RDS for PostgreSQL, through boto3."""

    instance: str = Field(pattern=r"^[A-Za-z][\w-]*$", description="identifier of the database instance")
    address: Secret | None = Field(
        None, description="the application's connection string, a reference: is it a proxy's? Nothing connects"
    )

    async def described(self, aws: Aws) -> tuple[Any, Call]:
        """The instance.

        Raises:
            Unobservable: It cannot be read, or is part of a cluster: its backups are then the cluster's.
        """
        answer, call = await aws.ask("rds", "describe_db_instances", DBInstanceIdentifier=self.instance)
        found = answer["DBInstances"][0]
        if found.get("DBClusterIdentifier"):
            raise Unobservable(f"{self.instance} is part of a cluster, which is not looked at yet", call)
        return found, call


@supplies("database.managed_healthy", "at_rest.database", "regions.database")
async def state(source: Rds, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Read the instance's state, its storage, and where its replicas are; zones of one region are one region."""
    found, call = await source.described(aws)
    yield observed("database.managed_healthy", found["DBInstanceStatus"] in SERVING, call)
    yield observed("at_rest.database", found["StorageEncrypted"], call)
    replicas = {one for one in found.get("ReadReplicaDBInstanceIdentifiers") or () if one.startswith("arn:")}
    yield observed("regions.database", len({source.region, *map(_region, replicas)}), call)


def _region(arn: str) -> str:
    return arn.split(":")[3]


@supplies("database.plain_refused")
async def encryption(source: Rds, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Read whether the instance's parameters enforce TLS; what waits for a restart does not yet."""
    found, call = await source.described(aws)
    seen, values = [call], []
    for group in found["DBParameterGroups"]:
        name = group["DBParameterGroupName"]
        listed, call = await aws.every("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=name)
        seen.append(call)
        applied = group["ParameterApplyStatus"] == "in-sync"
        values += [one.get("ParameterValue") == "1" and applied for one in listed if one["ParameterName"] == ENFORCED]
    if values:
        yield observed("database.plain_refused", all(values), *seen)
    else:
        yield unavailable("database.plain_refused", f"the instance's parameters do not tell {ENFORCED}", *seen)


@supplies("database.pooled")
async def proxy(source: Rds, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Compare the address that the application connects to with those of the proxies that reach the instance."""
    if source.address is None:
        raise Unobservable("the target file names no connection string", permission="sources.rds.address")
    found, call = await source.described(aws)
    listed, proxies = await aws.every("rds", "describe_db_proxies", "DBProxies")
    places: list[Place] = []
    seen = [call, proxies]
    for one in listed:
        targets, call = await aws.every("rds", "describe_db_proxy_targets", "Targets", DBProxyName=one["DBProxyName"])
        seen.append(call)
        if any(
            target.get("RdsResourceId") == source.instance.lower() and target["TargetHealth"]["State"] == "AVAILABLE"
            for target in targets
        ):
            places.append((one["Endpoint"].lower(), None))
    yield pooled(source.address, places, [found["Endpoint"]["Address"].lower()], *seen)


@supplies("backups.newest_age_h", "backups.kept_days", "backups.second_location")
async def backups(source: Rds, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Read the snapshots that are available, and for how long the automated ones are kept."""
    found, call = await source.described(aws)
    snapshots, listing = await aws.every(
        "rds", "describe_db_snapshots", "DBSnapshots", DBInstanceIdentifier=source.instance
    )
    made = [
        # a copy holds what was there when the first was made
        Backup(
            one.get("OriginalSnapshotCreateTime") or one["SnapshotCreateTime"], None, one["SnapshotType"] in SCHEDULED
        )
        for one in snapshots
        if one["Status"] == "available" and one.get("SnapshotCreateTime")
    ]
    days = found["BackupRetentionPeriod"] or None
    for observation in listed(made, context.now, call, listing, days=days):
        yield observation
    copies = [one["DBInstanceAutomatedBackupsArn"] for one in found.get("DBInstanceAutomatedBackupsReplications") or ()]
    if any(_region(arn) != source.region for arn in copies):
        yield observed("backups.second_location", True, call)
    else:
        reason = "automated backups are not replicated; of other copies the instance tells nothing"
        yield unavailable("backups.second_location", reason, call)


@supplies("recovery.window_h", "recovery.archiving")
async def recovery(source: Rds, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Read the span that the instance can be restored to any moment of: it ends where the log was last archived."""
    await source.described(aws)
    listed, call = await aws.every(
        "rds",
        "describe_db_instance_automated_backups",
        "DBInstanceAutomatedBackups",
        DBInstanceIdentifier=source.instance,
    )
    spans = [one.get("RestoreWindow") or {} for one in listed if one.get("Status") == "active"]
    span = next((one for one in spans if one.get("EarliestTime") and one.get("LatestTime")), None)
    if span is None:
        yield observed("recovery.window_h", 0, call)
        yield observed("recovery.archiving", False, call)
    else:
        for observation in archived(span["EarliestTime"], span["LatestTime"], context.now, call):
            yield observation
