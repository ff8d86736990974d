"""Suites: unit and integration tests, journeys, quickstarts and guides, by the results that the pipeline left."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.artefacts.coverage import Coverage, coverage
from readiness.artefacts.coverage import together as covered_together
from readiness.artefacts.junit import Results, results, together
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import at_head, made, needed, noted
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

Files = list[tuple[Artefact, Results]]


@supplies("unit.coverage_pct", "unit.tests", "unit.failed", "unit.skipped_pct", "unit.empty_suites", "unit.at_head")
async def unit(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the unit tests' results and coverage."""
    yield await settled("unit.coverage_pct", _coverage(source, checkout, "unit"))
    files = await suite(source, checkout, source.artefacts.unit.junit, "artefacts.unit.junit")
    artefacts, run = _whole(files)
    yield observed("unit.tests", run.tests, *artefacts)
    yield observed("unit.failed", run.failures, *artefacts)
    empty = [artefact for artefact, one in files if not one.tests]
    yield observed("unit.empty_suites", len(empty), *(empty or artefacts))
    listed = run.tests + run.skipped
    if listed:
        yield observed("unit.skipped_pct", round(100 * run.skipped / listed, 2), *artefacts)
    else:
        yield unavailable("unit.skipped_pct", "no test was run or skipped", *artefacts)
    yield await settled("unit.at_head", _at_head(source, checkout, "unit", artefacts))


@supplies("integration.coverage_pct", "integration.tests", "integration.failed", "integration.at_head")
async def integration(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the integration tests' results and coverage."""
    yield await settled("integration.coverage_pct", _coverage(source, checkout, "integration"))
    files = await suite(source, checkout, source.artefacts.integration.junit, "artefacts.integration.junit")
    artefacts, run = _whole(files)
    yield observed("integration.tests", run.tests, *artefacts)
    yield observed("integration.failed", run.failures, *artefacts)
    yield await settled("integration.at_head", _at_head(source, checkout, "integration", artefacts))


@supplies("journeys.declared", "journeys.tested_pct")
async def journeys(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Look for the test of each declared journey among the end-to-end tests."""
    if not source.journeys:
        needed("journeys")
    artefacts, run = _whole(await suite(source, checkout, source.artefacts.end_to_end, "artefacts.end_to_end"))
    verdicts = {name: bool(test and run.verdict(test)) for name, test in source.journeys.items()}
    without = [f"{name}: no test that passed" for name, passed in verdicts.items() if not passed]
    seen = noted(artefacts, without)
    yield observed("journeys.declared", len(verdicts), *seen)
    yield observed("journeys.tested_pct", round(100 * sum(verdicts.values()) / len(verdicts), 2), *seen)


@supplies("quickstarts.passed", "quickstarts.failed")
async def quickstart(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the results of the JavaScript SDK's quickstart."""
    listed = source.artefacts.quickstarts.get("javascript", [])
    artefacts, run = _whole(await suite(source, checkout, listed, "artefacts.quickstarts.javascript"))
    yield observed("quickstarts.passed", max(run.tests - run.failures, 0), *artefacts)
    yield observed("quickstarts.failed", run.failures, *artefacts)


@supplies("quickstarts.other_passed")
async def quickstarts(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Count the other SDKs whose quickstart passed as a whole."""
    languages = {name: paths for name, paths in source.artefacts.quickstarts.items() if name != "javascript"}
    if not languages:
        needed("artefacts.quickstarts")
    seen: list[Artefact] = []
    passed = 0
    for name, paths in languages.items():
        artefacts, run = _whole(await suite(source, checkout, paths, f"artefacts.quickstarts.{name}"))
        seen += artefacts
        passed += run.tests > 0 and run.failures == 0
    yield observed("quickstarts.other_passed", passed, *seen)


@supplies("documents.guide_code_passed", "documents.guide_code_failed")
async def guides(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the results of the code in the integration guides."""
    artefacts, run = _whole(await suite(source, checkout, source.artefacts.guides, "artefacts.guides"))
    yield observed("documents.guide_code_passed", max(run.tests - run.failures, 0), *artefacts)
    yield observed("documents.guide_code_failed", run.failures, *artefacts)


async def suite(source: Repository, checkout: Checkout, paths: list[str], key: str) -> Files:
    """The results in JUnit files.

    Raises:
        Unobservable: None is named, or one cannot be read: the others do not stand for it.
    """
    if not paths:
        needed(key)
    return [await made(source, checkout, path, results) for path in paths]


def _whole(files: Files) -> tuple[list[Artefact], Results]:
    run = together(one for _, one in files)
    line = f"{run.tests} run, {run.failures} failed, {run.skipped} skipped"
    return noted((artefact for artefact, _ in files), [line]), run


async def _coverage(source: Repository, checkout: Checkout, name: str) -> Observation:
    files = await _covered(source, checkout, name)
    if name == "integration" and source.artefacts.unit.coverage:
        own = {artefact.sha256 for artefact, _ in files}
        if own & {artefact.sha256 for artefact, _ in await _covered(source, checkout, "unit")}:
            raise Unobservable("it is the coverage of the unit tests as well, not of a run apart from them")
    whole = covered_together(one for _, one in files)
    left_out = "" if whole.excluded is None else f", {whole.excluded} excluded"
    line = f"{whole.covered} of {whole.lines} lines in {whole.files} files{left_out}"
    return observed(f"{name}.coverage_pct", whole.pct, *noted((artefact for artefact, _ in files), [line]))


async def _covered(source: Repository, checkout: Checkout, name: str) -> list[tuple[Artefact, Coverage]]:
    paths = getattr(source.artefacts, name).coverage
    if not paths:
        needed(f"artefacts.{name}.coverage")
    return [await made(source, checkout, path, coverage) for path in paths]


async def _at_head(source: Repository, checkout: Checkout, name: str, tests: list[Artefact]) -> Observation:
    """The results and the coverage, where that is named, are of the head."""
    measured = []
    if getattr(source.artefacts, name).coverage:
        measured = [artefact for artefact, _ in await _covered(source, checkout, name)]
        measured = [one for one in measured if one.commit]  # coverage alone seldom names one; the tests beside it do
    return observed(f"{name}.at_head", await at_head(checkout, [*tests, *measured]), *tests, *measured)
