"""The playground: a criterion of one's own, tried on the evidence of stored runs."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from readiness import document, evidence, probes
from readiness.catalog import Catalogue, Chapter
from readiness.criterion import OPERATORS, Criterion
from readiness.errors import BadInput, first_line
from readiness.judge import judge
from readiness.report.words import shown, value_of
from readiness.run import RunFolder
from readiness.stage import Stage

WORDS = {"met": "✓ held", "unmet": "✗ failed", "unknown": "? unknown"}
COLUMNS = ["run", "result", "value", "why", "evidence"]
OWN = "security.own"
"""Id that the criterion's requirement has; in no catalogue."""
_TEXTS = {
    "pass": "The criterion holds.",
    "fail": "The criterion does not hold.",
    "rationale": "It is asked for here and now.",
    "remedy": "Look at the evidence it rests on.",
    "reference": "the notebook",
}


def playground(criterion: Mapping[str, Any], runs: Iterable[Path], stage: Stage) -> pd.DataFrame:
    """Try a criterion on stored runs, each at its own time of judging.

    Args:
        criterion: As in the catalogue: `{"fact": "latency.p99_ms", "at_most": 300}`.
        runs: Folders of runs.
        stage: Whose threshold counts, where it has one for each.

    Returns:
        A row a run, in their order: run, result (`✓ held`, `✗ failed`, `? unknown`), value, why, and the digests of the
        recorded exchanges that the value rests on. A run that cannot be read is unknown, and says why.

    Raises:
        BadInput: It is no criterion, or on a fact that nothing observes or whose type its operator does not judge.
    """
    catalogue = _catalogue(criterion)
    fact = catalogue.requirements[OWN].facts[0]
    paths = {path.name: path for path in runs}
    seen, torn = {}, {}
    for name, path in paths.items():
        try:
            seen[name] = _evidence(path, fact)
        except Exception as error:  # it takes no other run with it
            said = str(error) if isinstance(error, BadInput) else f"cannot be read: {first_line(error)}"
            torn[name] = (WORDS["unknown"], "", said.replace(f"{path}/", ""), "")
    told = _judged(seen, catalogue, stage) if seen else {}
    return pd.DataFrame([(name, *(told | torn)[name]) for name in paths], columns=COLUMNS)


def _judged(
    seen: Mapping[str, tuple[pd.DataFrame, datetime]], catalogue: Catalogue, stage: Stage
) -> dict[str, tuple[str, ...]]:
    """Run → result, value, why and evidence."""
    latest = max(at for _, at in seen.values())
    # judged together, each observation as old as it was in its own run
    together = pd.concat(
        [rows.assign(target=name, observed_at=rows["observed_at"] + (latest - at)) for name, (rows, at) in seen.items()]
    ).astype(evidence.COLUMNS)
    findings = judge(together, catalogue, now=latest, partial_credit=0.0, targets=list(seen))
    judged = findings[findings["stage"] == stage].set_index("target")
    known: Any = together.itertuples()
    values = {row.target: (shown(value_of(row), row.unit), row.digest) for row in known if row.status == "observed"}
    return {
        name: (WORDS[str(judged["status"][name])], value, str(judged["reason"][name]), digest)
        for name in seen
        for value, digest in [values.get(name, ("", ""))]
    }


def _catalogue(criterion: Mapping[str, Any]) -> Catalogue:
    """A catalogue of one requirement that has this criterion alone."""
    read = document.parse(json.dumps(dict(criterion), default=str).encode(), Criterion, "criterion")
    fact = probes.facts().get(read.fact or "")
    if fact is None:
        raise BadInput(f"criterion: expected a fact that a probe observes, got {read.fact!r}")
    if fact.type not in OPERATORS[read.operator]:
        raise BadInput(f"criterion: {read.operator}: expected an operator for a {fact.type}, which {fact.name} is")
    dimension, _, name = OWN.partition(".")
    own = {"name": name, "title": "Own criterion", "stage": "alpha", "effort": 1, "evidence": ["probe"], **_TEXTS}
    # the fact's own age counts; this one is beyond any
    item = {**own, "max_age": "36500d", "criteria": [read]}
    return Catalogue([Chapter.model_validate({"dimension": dimension, "title": "Own", "requirements": [item]})])


def _evidence(path: Path, fact: str) -> tuple[pd.DataFrame, datetime]:
    """What a run observed of a fact, and when it was judged."""
    folder = RunFolder(path)
    file = path / "evidence.parquet"
    rows = pd.read_parquet(file, filters=[("fact", "==", fact)]) if file.is_file() else folder.evidence()
    return rows.astype(evidence.COLUMNS), folder.judged_at
