"""Validation of parameter files: every mistake on its own line, with file, line, key and what was expected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from readiness import attestation, probes, waiver
from readiness.assessment import Parameters
from readiness.baseline import Baseline
from readiness.catalog import Catalogue, Chapter, check
from readiness.document import line_of
from readiness.errors import BadInput
from readiness.gate import Gates
from readiness.source import able
from readiness.target import Target


@dataclass(frozen=True)
class Validation:
    """What was found.

    Attributes:
        files: Files that were read.
        problems: One line each; empty where all is well.
        requirements: Number of requirements in the catalogue.
        sourceless: Ids of those that nothing observes any part of yet.
        awaiting: Ids of those that nothing observes some part of yet.
        untold: Name of each target read → facts that the catalogue demands and that none of its sources can tell.
    """

    files: tuple[Path, ...]
    problems: tuple[str, ...]
    requirements: int = 0
    sourceless: tuple[str, ...] = ()
    awaiting: tuple[str, ...] = ()
    untold: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def validate(params: Path, files: Iterable[Path] = ()) -> Validation:
    """Check parameter files.

    Args:
        params: The `params/` folder.
        files: Which files to check; empty: every one in `params`. A file from elsewhere is read as a target file.
    """
    chosen = tuple(files) or tuple(sorted(path for path in params.rglob("*.y*ml") if path.is_file()))
    problems: list[str] = []
    try:
        catalogue = Catalogue.load(params / "catalog", probes.facts())
    except BadInput as error:
        mine = [p for p in error.problems if not files or any(p.startswith(f"{path}:") for path in chosen)]
        catalogue = None
        problems += mine
    for path in chosen:
        try:
            problems += _check(path, params, catalogue)
        except BadInput as error:
            problems += error.problems
    known = tuple(dict.fromkeys(problems))
    if catalogue is None:
        return Validation(chosen, known or ("the catalogue has problems; run `readiness validate`",))
    sourceless = tuple(item.id for item in catalogue if item.sourceless)
    awaiting = tuple(
        item.id for item in catalogue if not item.sourceless and any(c.operator == "awaits" for c in item.criteria)
    )
    targets = [] if known else [Target.read(path) for path in chosen if path.parent.name == "targets"]
    return Validation(
        chosen, known, len(catalogue), sourceless, awaiting, {t.name: _untold(t, catalogue) for t in targets}
    )


def _untold(target: Target, catalogue: Catalogue) -> tuple[str, ...]:
    """Facts that are demanded, that only sources can tell, and that none of those which the target names does."""
    named = {source.name() for source in target.sources.configured}
    demanded = dict.fromkeys(fact for item in catalogue for fact in item.facts)
    behind = {fact: set(able([fact])) for fact in demanded}
    return tuple(fact for fact, sources in behind.items() if sources and not sources & named)


def _check(path: Path, params: Path, catalogue: Catalogue | None) -> list[str]:
    kind = "gates" if path.name == "gates.yaml" else path.parent.name
    if kind == "catalog":
        return check(path, Chapter.read(path), probes.facts())
    if kind == "baseline":
        return _check_baseline(path, catalogue)
    if catalogue is None:
        return []  # what refers to requirements is checked once they can be read
    if kind == "gates":
        Gates.load(path, catalogue)
    elif kind == "waivers":
        waiver.load(path, catalogue)
    elif kind == "attestations":
        attestation.load(path, probes.facts(), catalogue)
    else:
        Parameters.load(path.resolve(), params)
    return []


def _check_baseline(path: Path, catalogue: Catalogue | None) -> list[str]:
    baseline = Baseline.read(path)
    return [
        f"{path}:{line_of(path, ('requirements', name))}: {name}: expected a requirement's id"
        for name in baseline.requirements
        if catalogue is not None and name not in catalogue.requirements
    ]
