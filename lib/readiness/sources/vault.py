"""Vault: whether the platform's secrets are in it, when each was last written, and whether reading them is logged."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import Field

from readiness import rotation
from readiness.address import Address
from readiness.artefacts import moment
from readiness.errors import Unobservable
from readiness.observation import Observation, observed
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading
from readiness.wire.exchange import Exchange

if TYPE_CHECKING:
    from readiness.probes import Context

NOWHERE = ("discard", "/dev/null")
"""Files that an audit device may write to and that keep nothing."""


class Vault(Vendor):
    """HashiCorp Vault and OpenBao (HTTP API v1)."""

    base: Address = Field(description="address of its API, such as `https://vault.example.com/v1`")
    token: Secret = Field(description="a token, a reference")
    namespace: str = Field("", description="namespace, where there are several")
    mount: str = Field("secret", pattern=r"^[\w./-]+$", description="where the key-value engine (version 2) is mounted")
    paths: list[str] = Field([], description="paths below it of the platform's secrets")

    def headers(self) -> Mapping[str, str]:
        """See `Vendor.headers`."""
        space = {"X-Vault-Namespace": self.namespace} if self.namespace else {}
        return {"X-Vault-Token": self.token.reveal(), **space}

    async def versions(self, api: Api, now: datetime) -> tuple[list[datetime | None], list[Exchange]]:
        """When the current version of each secret was written; None where there is none, or not any more.

        Raises:
            Unobservable: The target file names no path, or one of them may not be looked at.
        """
        if not self.paths:
            raise Unobservable("the target file names no path of a secret", permission="sources.vault.paths")
        read = await asyncio.gather(*(self._metadata(api, path.strip("/")) for path in self.paths))
        return [_written(one, now) for one in read], [one.exchange for one in read]

    async def _metadata(self, api: Api, path: str) -> Reading:
        scope = f'policy path "{self.mount}/metadata/{path}" {{ capabilities = ["read"] }}'
        # where nothing is kept at a path, Vault answers 404; where it may not be looked at, 403
        return await api.get(f"/{self.mount.strip('/')}/metadata/{quote(path)}", scope=scope, absent=(404,))


def _written(metadata: Reading, now: datetime) -> datetime | None:
    if metadata.exchange.status == 404:
        return None
    current = metadata.need("data", "versions").get(str(metadata.need("data", "current_version")))
    if not current or current.get("destroyed"):
        return None
    if gone := current.get("deletion_time"):  # a version may have one that is yet to come
        at = moment(gone)
        if at is None or at <= now:
            return None
    return moment(current.get("created_time"))


@supplies("secrets.kept_encrypted")
async def kept(source: Vault, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """See that every declared secret is in a key-value engine of a vault that is open for use."""
    seal = await api.get("/sys/seal-status")
    mounts = await api.get("/sys/mounts", scope='policy path "sys/mounts" { capabilities = ["read"] }')
    written, seen = await source.versions(api, context.now)
    engine: Any = mounts.need("data").get(f"{source.mount.strip('/')}/") or {}
    versioned = engine.get("type") == "kv" and (engine.get("options") or {}).get("version") == "2"
    usable = seal.need("initialized") and not seal.need("sealed")
    yield observed(
        "secrets.kept_encrypted",
        bool(usable and versioned and None not in written),
        seal.exchange,
        mounts.exchange,
        *seen,
    )


@supplies("secrets.oldest_days")
async def oldest(source: Vault, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Take the secret whose current version was written first."""
    written, seen = await source.versions(api, context.now)
    yield rotation.oldest(written, context.now, *seen)


@supplies("secrets.audited")
async def audited(source: Vault, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """See that an audit device is on that keeps what it is told: Vault then answers nothing that is not logged."""
    scope = 'policy path "sys/audit" { capabilities = ["read", "sudo"] }'
    listed = await api.get("/sys/audit", scope=scope)
    devices = listed.need("data")
    keeps = [one for one in devices.values() if (one.get("options") or {}).get("file_path") not in NOWHERE]
    yield observed("secrets.audited", bool(keeps), listed.exchange)
