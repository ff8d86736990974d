"""AWS KMS and Secrets Manager: what encrypts the platform's secrets, how old their values are, who reads them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field

from readiness import rotation
from readiness.errors import Unobservable
from readiness.observation import Observation, observed
from readiness.source import Amazon, supplies
from readiness.wire.aws import Aws, Call

if TYPE_CHECKING:
    from readiness.probes import Context

DEFAULT_KEY = "alias/aws/secretsmanager"
"""The key that Secrets Manager encrypts with where a secret names none."""
YEAR = 365
"""Days within which a key is rotated: what KMS does unless told otherwise (NIST SP 800-57 Part 1, 5.3.6)."""
KMS = "kms.amazonaws.com"


class Kms(Amazon):
    """AWS KMS with Secrets Manager and CloudTrail, through boto3."""

    names: list[str] = Field([], description="the platform's secrets in Secrets Manager; default: all of the region")
    encryption_keys: list[str] = Field(
        [], description="further keys that encrypt secrets of the platform: ids, ARNs or aliases such as `alias/shop`"
    )

    async def listed(self, aws: Aws) -> tuple[list[Any], list[str], Call]:
        """The platform's secrets, and the names of those that are not there.

        Raises:
            Unobservable: There are none to speak of.
        """
        every, call = await aws.every("secretsmanager", "list_secrets", "SecretList")
        found = [one for one in every if not self.names or one["Name"] in self.names]
        if not found and not self.names:
            raise Unobservable(f"Secrets Manager keeps no secret in {self.region}", call)
        return found, sorted(set(self.names) - {one["Name"] for one in found}), call

    async def encrypting(self, aws: Aws, secrets: list[Any]) -> tuple[list[Any], list[Call]]:
        """The keys that encrypt them and what else is declared."""
        names = dict.fromkeys([*(one.get("KmsKeyId") or DEFAULT_KEY for one in secrets), *self.encryption_keys])
        answers = await asyncio.gather(*(aws.ask("kms", "describe_key", KeyId=name) for name in names))
        return [answer["KeyMetadata"] for answer, _ in answers], [call for _, call in answers]


@supplies("secrets.kept_encrypted")
async def kept(source: Kms, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """See that every secret is in Secrets Manager, under a key that is in use: a disabled one opens nothing."""
    found, missing, call = await source.listed(aws)
    keys, seen = await source.encrypting(aws, found)
    usable = all(key["KeyState"] == "Enabled" for key in keys)
    yield observed("secrets.kept_encrypted", usable and not missing, call, *seen)


@supplies("secrets.oldest_days")
async def oldest(source: Kms, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """Take the secret whose current value was made first: the date of its last change moves with every note on it."""
    found, missing, listing = await source.listed(aws)
    read = await asyncio.gather(
        *(aws.every("secretsmanager", "list_secret_version_ids", "Versions", SecretId=one["ARN"]) for one in found)
    )
    times = [*(_current(versions) for versions, _ in read), *(None for _ in missing)]
    yield rotation.oldest(times, context.now, listing, *(call for _, call in read))


def _current(versions: list[Any]) -> datetime | None:
    times = [one["CreatedDate"] for one in versions if "AWSCURRENT" in one.get("VersionStages", ())]
    return min(times, default=None)


@supplies("secrets.audited")
async def audited(source: Kms, aws: Aws, context: "Context") -> AsyncIterator[Observation]:
    """See that the keys are rotated by themselves, and that a trail keeps who read what."""
    found, missing, listing = await source.listed(aws)
    if not found:  # keys of nothing are no sign of anything
        raise Unobservable(f"without a value: {len(missing)} of {len(missing)} secrets", listing)
    keys, seen = await source.encrypting(aws, found)
    turned = await asyncio.gather(*(_rotated(aws, key) for key in keys))
    trails, call = await aws.ask("cloudtrail", "describe_trails")
    kept = await asyncio.gather(*(_keeps(aws, one["TrailARN"]) for one in trails["trailList"]))
    seen += [listing, call, *(item for _, calls in (*turned, *kept) for item in calls)]
    yield observed("secrets.audited", all(one for one, _ in turned) and any(one for one, _ in kept), *seen)


async def _rotated(aws: Aws, key: Any) -> tuple[bool, list[Call]]:
    if key["KeyManager"] == "AWS":
        return True, []  # AWS rotates its own every year
    answer, call = await aws.ask("kms", "get_key_rotation_status", KeyId=key["KeyId"])
    return answer["KeyRotationEnabled"] and answer.get("RotationPeriodInDays", YEAR) <= YEAR, [call]


async def _keeps(aws: Aws, trail: str) -> tuple[bool, list[Call]]:
    """Whether a trail is on, arrives where it is kept, and holds what reads secrets and uses keys."""
    status, first = await aws.ask("cloudtrail", "get_trail_status", Name=trail)
    chosen, second = await aws.ask("cloudtrail", "get_event_selectors", TrailName=trail)
    simple = any(_chooses(one) for one in chosen.get("EventSelectors") or ())
    advanced = any(_chooses_fields(one["FieldSelectors"]) for one in chosen.get("AdvancedEventSelectors") or ())
    arrives = status["IsLogging"] and not status.get("LatestDeliveryError")
    return arrives and (simple or advanced), [first, second]


def _chooses(selector: Any) -> bool:
    excluded = selector.get("ExcludeManagementEventSources") or ()
    managed = selector.get("IncludeManagementEvents", True) and KMS not in excluded
    return managed and selector.get("ReadWriteType", "All") != "WriteOnly"


def _chooses_fields(fields: list[Any]) -> bool:
    """Management events without a further condition but that they only read."""
    kinds = {one["Field"]: one for one in fields}
    if kinds.pop("eventCategory", {}).get("Equals") != ["Management"]:
        return False
    return kinds.pop("readOnly", {"Equals": ["true"]}).get("Equals") == ["true"] and not kinds
