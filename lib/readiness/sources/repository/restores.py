"""Restores: whether the last one brought everything back, in time, and without a person."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from readiness.artefacts.restore import restore
from readiness.artefacts.workflow import Workflow, workflow
from readiness.backups import HOUR
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import made, needed, noted, parsed
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

DAILY = timedelta(hours=26)
"""A backup that is older than this is unlikely to be the newest."""

_RESTORES = ("pg_restore", "psql", "restore", "pgbackrest", "wal-g", "barman")


@supplies("restores.verified", "restores.within_target")
async def restores(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the report, and compare again what it says was compared."""
    path = source.artefacts.restore
    if not path:
        needed("artefacts.restore")
    artefact, told = await made(source, checkout, str(path), restore)
    yield observed("restores.verified", not told.faults, *noted([artefact], told.faults))
    target = source.restore.target
    if target is None:
        needs = "sources.repository.restore.target"
        yield unavailable("restores.within_target", "the target file names no time", artefact, permission=needs)
    elif told.faults:
        yield unavailable("restores.within_target", f"the restore was not good: {told.faults[0]}", artefact)
    else:
        within = told.minutes * 60 <= target.total_seconds()
        yield observed("restores.within_target", within, *noted([artefact], [f"it took {told.minutes:g} min"]))


@supplies("backups.newest_age_h")
async def backup(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read of a good restore when its backup was made: there may be newer ones, so that it is no older than this."""
    path = source.artefacts.restore
    if not path:
        needed("artefacts.restore")
    artefact, told = await made(source, checkout, str(path), restore)
    at, fact = told.taken_at, "backups.newest_age_h"
    if told.faults:
        yield unavailable(fact, f"the restore was not good: {told.faults[0]}", artefact)
    elif at is None or at > told.started_at:
        yield unavailable(fact, "the report does not tell when its backup was made", artefact)
    elif context.now - at > DAILY:
        yield unavailable(fact, "the backup that was restored is old; of newer ones the report does not tell", artefact)
    else:
        age = round((context.now - at) / HOUR, 2)
        # told as of now, whenever the report was made
        yield observed(fact, age, replace(artefact, observed_at=context.now), low=0, high=age)


@supplies("restores.automatic")
async def automatic(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the workflow that restores: it runs by a schedule, restores, and cannot be green without."""
    yield await settled("restores.automatic", _automatic(source, checkout))


async def _automatic(source: Repository, checkout: Checkout) -> Observation:
    path = source.restore.workflow
    if not path:
        needed("restore.workflow")
    artefact = await checkout.read(str(path))
    try:
        faults = [artefact.failure] if artefact.failure else _faults(await parsed(artefact, workflow))
    except Unobservable as obstacle:
        faults = [obstacle.reason]  # what cannot be loaded does not run: that was seen
    return observed("restores.automatic", not faults, *noted([artefact], faults))


def _faults(told: Workflow) -> list[str]:
    faults = [] if told.scheduled else ["nothing runs it by a schedule"]
    if not any(word in line for line in told.commands for word in _RESTORES):
        faults.append("none of its commands restores anything")
    return [*faults, *told.excuses]
