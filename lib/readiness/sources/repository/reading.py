"""Reading: files of the repository and of its pipeline by their readers, and when and of which commit each is."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from readiness.artefacts import Unreadable, json_of, moment
from readiness.artefacts.document import Document, document
from readiness.errors import Unobservable
from readiness.sources.repository import Repository
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

T = TypeVar("T")

ZONES = timedelta(hours=15)
"""Reports write local times without their zone: one that lies this much ahead is no later than now."""
FILES = 60
"""Files of one document that are read at most."""


@dataclass(frozen=True)
class Run:
    """What the pipeline says of itself: its commit, empty where it does not tell, and when it ended."""

    commit: str = ""
    finished_at: datetime | None = None
    told: tuple[Artefact, ...] = ()


async def parsed(artefact: Artefact, reader: Callable[[bytes], T]) -> T:
    """What a reader makes of a file, beside the loop.

    Raises:
        Unobservable: It cannot be read.
    """
    try:
        return await asyncio.to_thread(reader, artefact.content)
    except Unreadable as error:
        raise Unobservable(f"{artefact.path} {error}", artefact) from None


async def made(source: Repository, checkout: Checkout, path: str, reader: Callable[[bytes], T]) -> tuple[Artefact, T]:
    """An artefact of the pipeline as its reader reads it, seen when it was made and with the commit it was made of.

    Both are what the artefact itself tells, else what the run tells, else its file's.

    Raises:
        Unobservable: It cannot be read, or says that it was made in the future.
    """
    artefact = await checkout.artefact(path)
    value = await parsed(artefact, reader)
    run = await run_of(source, checkout)
    at = getattr(value, "finished_at", None) or run.finished_at
    if at is None:
        at = await checkout.changed_at(path) if artefact.committed else artefact.observed_at
    if at > checkout.now() + ZONES:
        raise Unobservable(f"{path} is dated {at:%Y-%m-%d %H:%M}, which is yet to come", artefact)
    commit = getattr(value, "commit", "") or run.commit
    return replace(artefact, observed_at=min(at, checkout.now()), commit=commit), value


async def run_of(source: Repository, checkout: Checkout) -> Run:
    """What the file of the run says; nothing where there is none.

    Raises:
        Unobservable: It cannot be read.
    """
    path = source.artefacts.run
    if not path:
        return Run()
    artefact = await checkout.artefact(path)
    told = await parsed(artefact, json_of)
    if not isinstance(told, dict):
        raise Unobservable(f"{path} is no JSON object", artefact)
    return Run(str(told.get("commit") or "").strip().lower(), moment(told.get("finished_at")), (artefact,))


async def at_head(checkout: Checkout, artefacts: Iterable[Artefact]) -> bool:
    """Whether all of these were made of the commit at the head, or of one that differs from it in nothing but them.

    Raises:
        Unobservable: One of them names no commit.
    """
    listed = list(artefacts)
    for one in listed:
        if not one.commit:
            needs = "sources.repository.artefacts.run: a file that names the commit of the run"
            raise Unobservable(f"{one.path} names no commit", one, permission=needs)
        if len(one.commit) >= 7 and checkout.commit.startswith(one.commit):
            continue
        differing = await checkout.differing(one.commit) if one.committed else None
        if differing is None or not differing <= {other.path for other in listed}:
            return False
    return True


async def texts(source: Repository, checkout: Checkout, name: str) -> list[tuple[Artefact, Document]]:
    """The files of one of `documents`; one without content where nothing is at its place.

    Raises:
        Unobservable: The target file does not name it, or a file cannot be read.
    """
    return await at_place(checkout, getattr(source.documents, name), f"documents.{name}")


async def at_place(checkout: Checkout, place: str | None, key: str) -> list[tuple[Artefact, Document]]:
    """The Markdown file at a place, or those in the folder; as `texts`."""
    if not place:
        needed(key)
    paths = checkout.under(str(place), ".md", ".mdx", ".markdown")
    if len(paths) > FILES:
        raise Unobservable(f"{place} holds more than {FILES} Markdown files")
    artefacts = [await checkout.read(path) for path in paths or [str(place)]]
    return [(one, await parsed(one, document)) for one in artefacts]


def needed(key: str) -> Any:
    """Say that a key of the target file is missing.

    Raises:
        Unobservable: Always.
    """
    raise Unobservable("the target file does not say where it is", permission=f"sources.repository.{key}")


def noted(artefacts: Iterable[Artefact], lines: Iterable[str]) -> list[Artefact]:
    """The artefacts, the first of which says what was found."""
    first, *others = artefacts
    return [replace(first, seen=tuple(lines)), *others]
