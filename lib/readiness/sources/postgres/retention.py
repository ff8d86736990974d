"""Retention: what the tables hold, held to the policy in the repository, and whether the job that archives runs."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled
from readiness.retention import Rule
from readiness.rows import Rows, archived
from readiness.source import supplies
from readiness.sources.postgres import Postgres
from readiness.sources.repository import opened
from readiness.sources.repository.retention import policy
from readiness.wire import postgres as wire
from readiness.wire.artefact import Artefact

if TYPE_CHECKING:
    from readiness.probes import Context


@supplies("retention.personal_tables", "retention.uncovered_tables", "retention.overdue_rows", "archival.overdue_rows")
async def retention(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """Look for tables with personal data, and count what is overdue."""
    rows, (file, rules) = Rows(postgres, source.place()), await policy(*await opened(context))
    found, seen = await rows.personal_tables()
    yield observed("retention.personal_tables", len(rules.of_persons(found)), seen, file)
    yield observed("retention.uncovered_tables", len(rules.uncovered(found)), seen, file)
    for fact, held in (("retention.overdue_rows", rules.rules), ("archival.overdue_rows", archived(rules))):
        yield await settled(fact, _overdue(fact, rows, held, file, context))


async def _overdue(fact: str, rows: Rows, held: list[Rule], file: Artefact, context: "Context") -> Observation:
    count, seen = await rows.overdue(held, context.now)
    return observed(fact, count, *seen, file)


@supplies("archival.on_schedule")
async def archival(source: Postgres, postgres: wire.Postgres, context: "Context") -> AsyncIterator[Observation]:
    """When the job that archives last ended well."""
    job = source.archival
    if job is None:
        raise Unobservable("the settings do not name the job that archives", permission="sources.postgres.archival")
    when, seen = await Rows(postgres, source.place()).last_run(job.job, job.query)
    yield observed("archival.on_schedule", when is not None and context.now - when <= job.every, seen)
