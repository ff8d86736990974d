"""Promises: the service level agreement, the security policies, and the changelog of what was released."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from readiness.artefacts import json_of
from readiness.artefacts.document import Document
from readiness.artefacts.topics import POLICIES
from readiness.errors import Unobservable
from readiness.observation import Observation, observed
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import needed, noted, parsed, texts
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

POLICY = 60
"""Words of a policy at least."""
APPROVED = timedelta(days=365)
"""How long the approval of a policy stands."""
_PCT = re.compile(r"(?<![\d.,])(\d{2,3}(?:[.,]\d{1,4})?)\s?(?:%|per ?cent)")
_PROMISE = re.compile(r"availab|uptime|up.time|reachab", re.I)
_PENALTY = re.compile(r"credit|refund|below|less than|under\b|fails?\b|penalt|<", re.I)


@supplies("documents.sla_pct")
async def sla(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the availability that the agreement promises; one that is not filled in promises none."""
    files = await texts(source, checkout, "sla")
    blank = next((read.placeholder for _, read in files if read.placeholder), "")
    promised = [] if blank else [share for _, read in files for share in _promised(read)]
    line = (
        f"not filled in: {blank}"
        if blank
        else f"promises {min(promised):g} %"
        if promised
        else "promises no availability"
    )
    yield observed("documents.sla_pct", min(promised, default=0), *noted([artefact for artefact, _ in files], [line]))


@supplies("documents.policies")
async def policies(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Count the kinds of policy that are written, owned, versioned and approved within a year."""
    files = await texts(source, checkout, "policies")
    kinds: set[str] = set()
    lines = []
    for artefact, read in files:
        fault = artefact.failure or _fault(read, checkout.now().date())
        if fault:
            lines.append(f"{artefact.path}: {fault}")
        else:
            kinds |= _kinds(artefact, read)
    lines += [f"no policy on {name}" for name in POLICIES if name not in kinds]
    yield observed("documents.policies", len(kinds), *noted([artefact for artefact, _ in files], lines))


@supplies("documents.changelog")
async def changelog(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Look for the version of the SDK's package in its changelog."""
    files = await texts(source, checkout, "changelog")
    if not source.package:
        needed("package")
    package = await checkout.read(str(source.package))
    if package.failure:
        raise Unobservable(f"{package.path} is {package.failure}", package, permission="sources.repository.package")
    version = _version(await parsed(package, json_of))
    if not version:
        raise Unobservable(f"{package.path} names no version", package)
    sections = [section for _, read in files for section in read.sections]
    pattern = rf"(?<![\d.]){re.escape(version)}(?![\d.]*\d)"
    told = any(re.search(pattern, one.title) and one.words and not one.placeholder for one in sections)
    seen = noted([artefact for artefact, _ in files], [] if told else [f"says nothing of {version}"])
    yield observed("documents.changelog", told, *seen, package)


def _promised(read: Document) -> list[float]:
    """Percentages from 90 on in lines that speak of availability, and not of what happens when it is missed."""
    lines = [line for line in read.text.splitlines() if _PROMISE.search(line) and not _PENALTY.search(line)]
    shares = [float(number.replace(",", ".")) for line in lines for number in _PCT.findall(line)]
    return [share for share in shares if 90 <= share <= 100]


def _fault(read: Document, today: date) -> str:
    """What makes a policy none, in one line; empty for one that is."""
    if read.words < POLICY:
        return f"fewer than {POLICY} words"
    if read.placeholder:
        return f"not filled in: {read.placeholder}"
    for key in ("owner", "version"):
        if not str(read.meta.get(key) or "").strip():
            return f"names no {key}"
    approved = read.day("approved_at", "approved_on", "approved")
    if approved is None:
        return "does not tell when it was approved"
    if approved > today:
        return f"is approved on {approved}, which is yet to come"
    return f"was approved on {approved}" if today - approved > APPROVED else ""


def _kinds(artefact: Artefact, read: Document) -> set[str]:
    """The kinds that its title speaks of: that of the front matter, else its first heading, else its file name."""
    title = str(
        read.meta.get("title") or (read.sections[0].title if read.sections else artefact.path.rpartition("/")[2])
    )
    found = [name for name, pattern in POLICIES.items() if re.search(pattern, title, re.I)]
    return set(found[:1])  # one text on everything is one policy


def _version(told: Any) -> str:
    version = told.get("version") if isinstance(told, dict) else None
    return version if isinstance(version, str) and re.fullmatch(r"\d+\.\d+\.\d+[\w.+-]*", version) else ""
