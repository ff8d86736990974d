"""Schema: the history of migrations, and whether the pipeline tries it."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.artefacts import Unreadable
from readiness.artefacts.migrations import History, history
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import needed, noted
from readiness.sources.repository.suites import suite
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

FILES = 1_000
"""Revisions that are read at most."""


@supplies("migrations.heads", "migrations.irreversible_unmarked", "migrations.upgrade_tests")
async def migrations(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Load the history without running it."""
    yield await settled("migrations.upgrade_tests", _upgrades(source, checkout))
    artefacts, loaded, why = await revisions(source, checkout)
    seen = noted(artefacts[:1], [why or f"{len(loaded.revisions)} revisions"])
    # what does not load has no head: that was seen, and is no lack of evidence
    yield observed("migrations.heads", 0 if why else len(loaded.heads), *seen)
    if why:
        yield unavailable("migrations.irreversible_unmarked", f"the history does not load: {why}", *seen)
        return
    bare = [one.file for one in loaded.revisions if not one.reversible and not one.marked]
    yield observed("migrations.irreversible_unmarked", len(bare), *noted(artefacts[:1], bare))


async def revisions(source: Repository, checkout: Checkout) -> tuple[list[Artefact], History, str]:
    """The files of the history, the history, and why it does not load, empty where it does.

    Raises:
        Unobservable: The target file does not say where it is, or nothing is there.
    """
    place = source.migrations
    if not place:
        needed("migrations")
    paths = [path for path in checkout.under(str(place), ".py") if "__pycache__" not in path]
    if not paths or len(paths) > FILES:
        what = "no revisions" if not paths else f"more than {FILES} files"
        raise Unobservable(f"there are {what} in {place}", permission="sources.repository.migrations")
    artefacts = [await checkout.read(path) for path in paths]
    try:
        return artefacts, history({one.path: one.content for one in artefacts}), ""
    except Unreadable as error:
        return artefacts, History(()), str(error)


async def head(source: Repository, checkout: Checkout) -> tuple[Artefact, str]:
    """The one revision that a database has to be at, and the file it is in.

    Raises:
        Unobservable: The history does not load, or has not one head.
    """
    artefacts, loaded, why = await revisions(source, checkout)
    heads = loaded.heads
    if why or len(heads) != 1:
        raise Unobservable(f"the history does not load: {why}" if why else f"the history has {len(heads)} heads")
    file = next(one.file for one in loaded.revisions if one.id == heads[0])
    return next(one for one in artefacts if one.path == file), heads[0]


async def _upgrades(source: Repository, checkout: Checkout) -> Observation:
    """Tests of both upgrades that passed, among all that the pipeline ran."""
    named = {"empty": source.upgrade_tests.empty, "previous": source.upgrade_tests.previous}
    if not any(named.values()):
        needed("upgrade_tests")
    paths = [*source.artefacts.integration.junit, *source.artefacts.unit.junit]
    files = await suite(source, checkout, paths, "artefacts.integration.junit")
    verdicts = {name: [run.verdict(test) for _, run in files] if test else [] for name, test in named.items()}
    passed = [name for name, found in verdicts.items() if True in found and False not in found]
    seen = noted(
        (artefact for artefact, _ in files),
        [f"from {name}: no test that passed" for name in named if name not in passed],
    )
    return observed("migrations.upgrade_tests", len(passed), *seen)
