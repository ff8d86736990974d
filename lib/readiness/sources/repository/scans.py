"""Scans: which security tests ran within a week and what they found, SQL built from strings, secrets in history."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from readiness.artefacts import text_of
from readiness.artefacts.junit import results
from readiness.artefacts.sarif import Scan, commits_in, scan
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import supplies
from readiness.sources.repository import WEEK, Repository
from readiness.sources.repository.reading import made, needed, noted, parsed
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

WHOLE = 0.9
"""Share of the history's commits that a scan has to have read: it counts some that add nothing, and others not."""


@supplies("scans.kinds", "scans.high")
async def scans(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Count the kinds that ran within a week, each with a report of its own, and what they found."""
    if not source.artefacts.scans:
        needed("artefacts.scans")
    ran: dict[str, tuple[Artefact, int]] = {}
    unread: list[Unobservable] = []
    others: list[Artefact] = []
    for kind, path in source.artefacts.scans.items():
        try:
            artefact, high, completed = await _scan(source, checkout, kind, path)
        except Unobservable as obstacle:
            unread.append(obstacle)
            continue
        if not completed or artefact.observed_at < checkout.now() - WEEK:
            why = "did not complete" if not completed else f"ran on {artefact.observed_at:%Y-%m-%d}"
            others += noted([replace(artefact, observed_at=checkout.now())], [f"{kind}: {why}"])
        else:
            ran[artefact.sha256] = (noted([artefact], [f"{kind}: {high} of high severity"])[0], high)
    seen = [artefact for artefact, _ in ran.values()]
    if unread and not ran and not others:
        raise unread[0]
    yield observed("scans.kinds", len(ran), *(seen or others), low=len(ran), high=len(ran) + len(unread))
    found = sum(high for _, high in ran.values())
    if not ran:
        yield unavailable("scans.high", "no scan ran to its end within a week", *others)
    elif unread and not found:
        yield unavailable("scans.high", unread[0].reason, *unread[0].exchanges, permission=unread[0].permission)
    else:
        yield observed("scans.high", found, *seen)


async def _scan(source: Repository, checkout: Checkout, kind: str, path: str) -> tuple[Artefact, int, bool]:
    """A report, its findings of high severity, and whether it ran to its end."""
    if path.endswith(".xml"):
        artefact, tests = await made(source, checkout, path, results)
        return artefact, tests.failures, tests.tests > 0
    artefact, told = await made(source, checkout, path, scan)
    # a secret is a secret: scanners for them grade nothing
    return artefact, told.findings if kind == "secrets" else told.high, told.completed


@supplies("sast.files", "sast.sql_findings")
async def static(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read what the static analysis says of SQL."""
    artefact, told = await _report(source, checkout, "static")
    if told.files is None:
        reason = f"{artefact.path} does not tell which files were analysed"
        yield unavailable("sast.files", reason, artefact)
    else:
        yield observed("sast.files", told.files, artefact)
    if not told.completed:
        yield unavailable("sast.sql_findings", "the analysis did not run to its end", artefact)
    elif not told.looks_for_sql and not told.sql:
        reason = f"{' and '.join(told.tools)} has no rule for SQL that is built from strings"
        yield unavailable("sast.sql_findings", reason, artefact)
    else:
        yield observed("sast.sql_findings", told.sql, artefact)


@supplies("secrets.in_history", "secrets.commits_read")
async def history(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read what the secret scan found, and how much of the history it read."""
    artefact, told = await _report(source, checkout, "secrets")
    read, seen = told.commits, [artefact]
    path = source.artefacts.secrets_log
    if read is None and path:
        log = await checkout.artefact(path)
        read, seen = await parsed(log, lambda content: commits_in(text_of(content))), [artefact, log]
    if read is None:
        needs = "sources.repository.artefacts.secrets_log: the log of the scan"
        yield unavailable("secrets.commits_read", "the report does not tell how many it read", *seen, permission=needs)
    else:
        yield observed("secrets.commits_read", read, *seen)
    yield await settled("secrets.in_history", _secrets(checkout, told, read, seen))


async def _secrets(checkout: Checkout, told: Scan, read: int | None, seen: list[Artefact]) -> Observation:
    """What was found is there in any case; nothing was found only where the whole history was read."""
    found = observed("secrets.in_history", told.findings, *seen)
    if told.findings:
        return found
    if not told.completed:
        raise Unobservable("the scan did not run to its end", *seen)
    if read is not None and read < WHOLE * (there := await checkout.commits()):
        raise Unobservable(f"the scan read {read} commits of {there}", *seen)
    return found


async def _report(source: Repository, checkout: Checkout, kind: str) -> tuple[Artefact, Scan]:
    path = {str(name): path for name, path in source.artefacts.scans.items()}.get(kind)
    if not path:
        needed(f"artefacts.scans.{kind}")
    artefact, told = await made(source, checkout, str(path), scan)
    return noted([artefact], [f"{', '.join(told.tools)}: {told.findings} findings"])[0], told
