"""Manuals: rollback, playbook, runbook, capacity plan and the guides, judged by their sections, age and links."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.artefacts import text_of
from readiness.artefacts.document import Document, placeholder
from readiness.artefacts.entries import entries
from readiness.artefacts.topics import TOPICS, missing
from readiness.artefacts.variables import SUFFIXES, variables
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.links import Followed, follow, followable
from readiness.sources.repository.reading import needed, noted, parsed, texts
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

LINKS = 60
"""Links of one guide that are followed at most."""
CODE = 500
"""Files of code that are searched for settings at most."""
CODES = 500
"""Error codes that are looked for at most."""
_REVIEWED = ("reviewed_at", "reviewed_on", "reviewed", "last_reviewed", "last_review", "review_date", "approved_at")
_SHELL = {"", "sh", "bash", "shell", "console", "zsh", "text"}


@supplies("documents.rollback_commands")
async def rollback(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Count the commands that the rollback document gives."""
    files = await texts(source, checkout, "rollback")
    commands = [line for _, read in files for line in _commands(read)]
    yield observed(
        "documents.rollback_commands", len(commands), *noted(_artefacts(files), [f"{len(commands)} commands"])
    )


@supplies("documents.playbook_missing", "documents.playbook_reviewed_days")
async def playbook(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the incident playbook."""
    async for one in _reviewed(source, checkout, "playbook"):
        yield one


@supplies("documents.capacity_missing", "documents.capacity_reviewed_days")
async def capacity(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the capacity plan."""
    async for one in _reviewed(source, checkout, "capacity"):
        yield one


@supplies("documents.runbook_missing")
async def runbook(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the runbook."""
    yield _missing("runbook", await texts(source, checkout, "runbook"))


@supplies("documents.threat_model_missing")
async def threat_model(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the threat model."""
    yield _missing("threat_model", await texts(source, checkout, "threat_model"))


@supplies(
    "documents.user_guide_missing",
    "documents.user_guide_links",
    "documents.user_guide_dead_links",
    "documents.user_guide_current",
)
async def user_guide(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the guide for users, follow its links, and compare its last change with the last minor release."""
    files = await texts(source, checkout, "user_guide")
    yield _missing("user_guide", files)
    yield await settled("documents.user_guide_current", _current(source, checkout, files))
    links = [(artefact.path, link) for artefact, read in files for link in read.links if followable(link)]
    yield observed("documents.user_guide_links", len(links), *_artefacts(files))
    followed = await asyncio.gather(*(follow(link, path, source, checkout, context) for path, link in links[:LINKS]))
    yield _dead(files, list(followed), len(links))


@supplies("documents.admin_guide_missing", "documents.settings", "documents.settings_documented_pct")
async def admin_guide(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the guide for administrators, and look for every setting in it."""
    files = await texts(source, checkout, "admin_guide")
    yield _missing("admin_guide", files)
    artefacts, names = await _settings(source, checkout)
    yield observed("documents.settings", len(names), *noted(artefacts[:5], [", ".join(sorted(names))[:500]]))
    if not names:
        yield unavailable("documents.settings_documented_pct", "the code reads no setting", *artefacts[:5])
        return
    there = {word for artefact, _ in files for word in re.findall(r"\w+", text_of(artefact.content))}
    absent = sorted(names - there)
    share = round(100 * (len(names) - len(absent)) / len(names), 2)
    seen = noted(_artefacts(files), [f"does not name {name}" for name in absent])
    yield observed("documents.settings_documented_pct", share, *seen)


@supplies("documents.troubleshooting_entries", "documents.error_codes", "documents.error_codes_explained_pct")
async def troubleshooting(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the page of remedies, and look for every error code among what it explains."""
    files = await texts(source, checkout, "troubleshooting")
    explained = entries(read for _, read in files)
    yield observed("documents.troubleshooting_entries", len(explained), *_artefacts(files))
    if source.error_codes is None:
        needed("error_codes")
    assert source.error_codes
    artefacts = [await checkout.read(path) for path in source.error_codes.paths]
    if absent := [one for one in artefacts if one.failure]:
        raise Unobservable(
            f"{absent[0].path} is {absent[0].failure}", permission="sources.repository.error_codes.paths"
        )
    codes = _bounded(
        {code for one in artefacts for code in re.findall(source.error_codes.pattern, text_of(one.content))}
    )
    yield observed("documents.error_codes", len(codes), *artefacts)
    if not codes:
        yield unavailable("documents.error_codes_explained_pct", "no error code was found", *artefacts)
        return
    without = [code for code in codes if not any(one.names(code) for one in explained)]
    share = round(100 * (len(codes) - len(without)) / len(codes), 2)
    seen = noted(_artefacts(files), [f"does not explain {code}" for code in without])
    yield observed("documents.error_codes_explained_pct", share, *seen)


def _artefacts(files: list[tuple[Artefact, Document]]) -> list[Artefact]:
    return [artefact for artefact, _ in files]


def _missing(kind: str, files: list[tuple[Artefact, Document]]) -> Observation:
    absent = missing((read for _, read in files), TOPICS[kind])
    return observed(
        f"documents.{kind}_missing", len(absent), *noted(_artefacts(files), [f"nothing on {one}" for one in absent])
    )


async def _reviewed(source: Repository, checkout: Checkout, kind: str) -> AsyncIterator[Observation]:
    files = await texts(source, checkout, kind)
    yield _missing(kind, files)
    yield await settled(f"documents.{kind}_reviewed_days", _days(checkout, kind, files))


async def _days(checkout: Checkout, kind: str, files: list[tuple[Artefact, Document]]) -> Observation:
    """Days since the review that each file tells, else since its last change; the oldest counts."""
    oldest = 0.0
    for artefact, read in files:
        if artefact.failure:
            raise Unobservable(f"{artefact.path} is {artefact.failure}", artefact)
        told = read.day(*_REVIEWED)
        at = datetime(told.year, told.month, told.day, tzinfo=UTC) if told else await checkout.changed_at(artefact.path)
        if (days := (checkout.now() - at).total_seconds() / 86_400) < -1:
            raise Unobservable(
                f"{artefact.path} says that it was reviewed on {at:%Y-%m-%d}, which is yet to come", artefact
            )
        oldest = max(oldest, days)
    return observed(f"documents.{kind}_reviewed_days", round(oldest, 1), *_artefacts(files))


async def _current(source: Repository, checkout: Checkout, files: list[tuple[Artefact, Document]]) -> Observation:
    """Whether the guide was changed with the first release of the newest minor version, or since."""
    releases = await checkout.releases()
    if not releases:
        raise Unobservable("no tag names a release, such as v1.4.0", *_artefacts(files))
    minor = [one for one in releases if one.version[:2] == releases[0].version[:2]][-1]
    changed = await checkout.changed_at(str(source.documents.user_guide))
    line = f"changed on {changed:%Y-%m-%d}; {minor.tag} is of {minor.at:%Y-%m-%d}"
    return observed("documents.user_guide_current", changed >= minor.at, *noted(_artefacts(files), [line]))


def _dead(files: list[tuple[Artefact, Document]], followed: list[Followed], links: int) -> Observation:
    fact = "documents.user_guide_dead_links"
    if not links:
        return unavailable(fact, "the guide has no links", *_artefacts(files))
    dead = sum(one.there is False for one in followed)
    unknown = sum(one.there is None for one in followed) + links - len(followed)
    lines = [f"{one.link[:200]}: {one.why}" for one in followed if not one.there]
    asked = [record for one in followed if not one.there for record in one.seen if not isinstance(record, Artefact)]
    return observed(fact, dead, *noted(_artefacts(files), lines), *asked, low=dead, high=dead + unknown)


def _bounded(codes: set[str]) -> list[str]:
    if len(codes) > CODES:
        raise Unobservable(f"the pattern finds more than {CODES} error codes")
    return sorted(codes)


def _commands(read: Document) -> list[str]:
    """Lines of shell in its blocks of code: no comments, no `echo`, nothing that was left to fill in."""
    lines = [
        line.strip().lstrip("$ ") for one in read.codes if one.language in _SHELL for line in one.text.splitlines()
    ]
    return [line for line in lines if line and not line.startswith(("#", "//", "echo ")) and not placeholder(line)]


async def _settings(source: Repository, checkout: Checkout) -> tuple[list[Artefact], set[str]]:
    paths = [path for place in source.code for path in checkout.under(place, *SUFFIXES)]
    if not source.code:
        needed("code")
    if not paths or len(paths) > CODE:
        what = "no code" if not paths else f"more than {CODE} files of code"
        raise Unobservable(f"there is {what} in {', '.join(source.code)}", permission="sources.repository.code")
    artefacts, names = [], set()
    for path in paths:
        artefact = await checkout.read(path)
        found = await parsed(artefact, lambda content, path=path: variables(path, content))  # type: ignore[misc]
        if found:
            artefacts.append(artefact)
            names |= found
    return artefacts or [await checkout.read(paths[0])], names
