"""History: the runs of a target as frames, the oldest first.

Reading a thousand folders takes long, so what is read is kept in an index beside them, `<target>/.history.zip`. A run
is never changed, so an index is true of exactly the runs that it names: rows of runs that are gone are dropped, and
runs that it lacks are read. One that is missing, torn or of another form is made again from the folders.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetFile

from readiness.assessment import Assessment, Parameters
from readiness.baseline import Baseline
from readiness.errors import BadInput, first_line
from readiness.reports import MANIFEST, Reports
from readiness.stage import STAGES

INDEX = ".history.zip"
RUN = {"target": "str", "run": "str", "at": "datetime64[us, UTC]", "stage": "str"}
SCORES = {
    **RUN,
    "kind": "str",
    "verdict": "str",
    "floor": "float64",
    "ceiling": "float64",
    "minimum": "float64",
    "verdict_with_waivers": "str",
    "floor_with_waivers": "float64",
    "ceiling_with_waivers": "float64",
    "catalogue": "str",
    "whole": "bool",
    "first": "str",
    "bar": "str",
}
"""Columns of the scores of history, a row a run and stage. `kind` is `observed`, or `declared` for a baseline, which
has neither verdict nor minimum; `at` is when the run started, UTC; points are of the stage's 100; `whole` says that all
dimensions were looked at; `first` is the stage that the run put first, and `bar` the
digest of what it was judged by (see `Parameters.bar`), both empty where it does not tell."""
CATEGORIES = {
    **RUN,
    "dimension": "str",
    "weight": "float64",
    "floor": "float64",
    "ceiling": "float64",
    "required": "float64",
    "coverage": "float64",
}
"""Columns of its categories, a row a run, stage and dimension; as in the scores frame of a run."""
FINDINGS = {
    **RUN,
    "requirement": "str",
    "dimension": "str",
    "status": "str",
    "floor": "float64",
    "ceiling": "float64",
    "weight": "float64",
    "waived": "bool",
}
"""Columns of its findings, a row a run, stage and requirement; as in the findings frame of a run."""
COLUMNS = {"scores": SCORES, "categories": CATEGORIES, "findings": FINDINGS}
READERS = 8
"""Runs that are read at once: an object store answers each after a while, and a disk is not kept waiting either."""
Row = dict[str, Any]
_FORM = json.dumps(COLUMNS)
_KINDS = {"str": pa.string(), "float64": pa.float64(), "bool": pa.bool_(), RUN["at"]: pa.timestamp("us", "UTC")}
_ARROW = pa.schema({column: _KINDS[kind] for column, kind in FINDINGS.items()})


@dataclass(frozen=True)
class History:
    """What the runs of one or more targets said.

    Attributes:
        scores, categories, findings: The frames; see `SCORES`, `CATEGORIES`, `FINDINGS`.
        unread: Published runs that cannot be read, `<target>/<run>`, and why.
    """

    scores: pd.DataFrame
    categories: pd.DataFrame
    findings: pd.DataFrame
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> list[str]:
        """Names of the runs, the oldest first, declared ones included."""
        return sorted(self.scores["run"].unique())

    def until(self, moment: datetime) -> "History":
        """What was there before a moment, UTC."""
        kept: dict[str, Any] = {name: frame[frame["at"] < moment] for name, frame in _frames(self).items()}
        return History(**kept, unread={name: why for name, why in self.unread.items() if _moment_of(name) < moment})

    @property
    def told(self) -> pd.DataFrame:
        """The findings, for gates that demand steadiness: a run that cannot be read is one row a stage, unknown."""
        names = [(name, stage) for name in self.unread for stage in STAGES]
        rows = [
            {"target": name.partition("/")[0], "run": name.partition("/")[2], "at": _moment_of(name), "stage": stage}
            | {"status": "unknown", "floor": 0.0, "ceiling": 1.0, "weight": 0.0, "waived": False}
            for name, stage in names
        ]
        if not rows:
            return self.findings
        both = pd.concat([self.findings, frame_of(rows, "findings")], ignore_index=True)
        return both.sort_values("at", kind="stable", ignore_index=True)

    def followed_by(self, assessment: Assessment, started: datetime) -> "History":
        """The same with a run that is judged and not yet published as its newest.

        Args:
            assessment: What was judged.
            started: When the run started, UTC.
        """
        return _joined([self, judged(assessment, started)])


def read(reports: Reports, targets: Iterable[str] = (), baselines: Sequence[Baseline] = ()) -> History:
    """Read the history.

    Args:
        reports: Where the runs are.
        targets: Whose; empty: of all that have a run there.
        baselines: What was once declared: points of the targets that they are of, marked so.

    Raises:
        BadInput: The place cannot be read.
    """
    names = list(targets) or reports.targets()
    found = [_of_target(reports, name) for name in names]
    found += [declared(item, name) for name in names for item in baselines if item.target in (None, name)]
    return _joined(found)


def earlier(reports: Reports, parameters: Parameters, started: datetime) -> pd.DataFrame | None:
    """Findings of the runs before one, for gates that demand steadiness; None where none does.

    Args:
        reports: Where they are.
        parameters: Whose runs, and the gates.
        started: When that one started, UTC; runs of that second or later are left out.

    Raises:
        BadInput: The place cannot be read.
    """
    if not parameters.gates.steady:
        return None
    return read(reports, [parameters.target.name]).until(started.replace(microsecond=0)).told


def declared(baseline: Baseline, target: str) -> History:
    """A baseline as history: its points are floor and ceiling in one, and of kind `declared`."""
    at = datetime(baseline.date.year, baseline.date.month, baseline.date.day, tzinfo=UTC)
    run = {"target": target, "run": baseline.date.isoformat(), "at": at}
    scores = [
        {**run, "stage": stage, "kind": "declared", "whole": True}
        | {"floor": baseline.totals[stage], "ceiling": baseline.totals[stage]}
        for stage in STAGES
        if stage in baseline.totals
    ]
    credit = {"met": 1.0, "unmet": 0.0}
    findings = [
        {**run, "stage": "", "requirement": name, "dimension": name.partition(".")[0], "status": item.status}
        | {"floor": credit.get(item.status), "ceiling": credit.get(item.status), "waived": False}
        for name, item in baseline.requirements.items()
    ]
    return History(frame_of(scores, "scores"), frame_of([], "categories"), frame_of(findings, "findings"))


def judged(assessment: Assessment, started: datetime) -> History:
    """A run that was judged just now as history.

    Args:
        assessment: What was judged.
        started: When the run started, UTC.
    """
    run: Row = {
        "target": assessment.parameters.target.name,
        "run": started.strftime("%Y-%m-%dT%H%M%SZ"),
        "at": started,
        "catalogue": assessment.parameters.catalogue.digest,
        "whole": not (assessment.evidence["status"] == "skipped").any(),
        "bar": assessment.parameters.bar(assessment.now),
    }
    scores, categories = _rows(run, assessment.decision)
    findings = assessment.findings.assign(**{name: run[name] for name in ("target", "run", "at")})
    return History(
        frame_of(scores, "scores"), frame_of(categories, "categories"), findings[list(FINDINGS)].astype(FINDINGS)
    )


def _moment_of(name: str) -> datetime:
    """When the run `<target>/<run>` started, UTC."""
    return moment(name.partition("/")[2])


def moment(run: str) -> datetime:
    """When a run of that name started, UTC."""
    return datetime.strptime(run, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)


def _of_target(reports: Reports, target: str) -> History:
    names = reports.runs(target)
    kept = _indexed(reports, target)
    known = set(kept.scores["run"])
    new = [name for name in names if name not in known]
    whole = _joined([_only(kept, set(names)), _of_runs(reports, target, new)])
    if set(whole.scores["run"]) != known:
        with suppress(BadInput):  # a place that is only readable has no index
            reports.write(_packed(whole), target, INDEX)
    return whole


def _of_runs(reports: Reports, target: str, names: Sequence[str]) -> History:
    """Runs from their folders. They become frames together: a frame of each takes ten times as long as reading it."""

    def attempt(name: str) -> tuple[list[Row], list[Row], pa.Table] | str:
        try:
            return _of_run(reports, target, name)
        except Exception as error:  # a run that is torn is told of, and takes no other with it
            return first_line(error)

    with ThreadPoolExecutor(READERS) as pool:
        found = list(pool.map(attempt, names))
    runs = [one for one in found if not isinstance(one, str)]
    tables = [findings for _, _, findings in runs]
    return History(
        frame_of([row for scores, _, _ in runs for row in scores], "scores"),
        frame_of([row for _, categories, _ in runs for row in categories], "categories"),
        pa.concat_tables(tables).to_pandas().astype(FINDINGS) if tables else frame_of([], "findings"),
        {f"{target}/{name}": one for name, one in zip(names, found, strict=True) if isinstance(one, str)},
    )


def _of_run(reports: Reports, target: str, name: str) -> tuple[list[Row], list[Row], pa.Table]:
    def content(file: str) -> bytes:
        found = reports.read(target, name, file)
        if found is None:
            raise BadInput(f"expected {file} there")
        return found

    manifest = json.loads(content(MANIFEST))
    run = {
        "target": target,
        "run": name,
        "at": moment(name),
        "catalogue": manifest.get("catalogue", ""),
        "whole": manifest.get("dimensions", "all") == "all",
        "first": manifest.get("stage", ""),
        "bar": manifest.get("bar", ""),
    }
    scores, categories = _rows(run, json.loads(content("decision.json"))["stages"])
    stored = ParquetFile(pa.BufferReader(content("findings.parquet")))
    findings = stored.read([name for name in FINDINGS if name not in run], use_threads=False)
    for column in ("target", "run", "at"):
        findings = findings.append_column(column, pa.repeat(pa.scalar(run[column]), len(findings)))
    return scores, categories, findings.select(list(FINDINGS)).replace_schema_metadata().cast(_ARROW)


def _rows(run: Row, decision: dict[str, Any]) -> tuple[list[Row], list[Row]]:
    """One run's scores and categories."""
    scores, categories = [], []
    for stage, verdict in decision.items():
        excused = {f"{key}_with_waivers": value for key, value in verdict["with_waivers"].items()}
        scores.append({**verdict, **excused, **run, "stage": stage, "kind": "observed"})
        categories += [{**item, **run, "stage": stage} for item in verdict["categories"]]
    return scores, categories


def frame_of(rows: Sequence[Row], name: str) -> pd.DataFrame:
    """One of the frames from its rows; what a row lacks is empty, or not a number.

    Args:
        rows: Column → value, each.
        name: `scores`, `categories` or `findings`.
    """
    columns = COLUMNS[name]
    frame = pd.DataFrame(rows, columns=list(columns))
    texts = [column for column, kind in columns.items() if kind == "str"]
    frame[texts] = frame[texts].astype(object).fillna("")
    return frame.astype(columns)


def _only(history: History, runs: set[str]) -> History:
    kept: dict[str, Any] = {name: frame[frame["run"].isin(runs)] for name, frame in _frames(history).items()}
    return History(**kept)


def _joined(parts: Sequence[History]) -> History:
    frames = {}
    for name, columns in COLUMNS.items():
        given = [frame for part in parts if not (frame := _frames(part)[name]).empty]
        joined = pd.concat(given, ignore_index=True).astype(columns) if given else frame_of([], name)
        frames[name] = joined.sort_values(["target", "at"], kind="stable", ignore_index=True)
    return History(**frames, unread={name: why for part in parts for name, why in part.unread.items()})


def _frames(history: History) -> dict[str, pd.DataFrame]:
    return {"scores": history.scores, "categories": history.categories, "findings": history.findings}


def _packed(history: History) -> bytes:
    """The frames in one file, so that they are of the same moment; its checksums show where it is torn."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("form.json", _FORM)
        for name, frame in _frames(history).items():
            archive.writestr(f"{name}.parquet", frame.to_parquet(index=False))
    return packed.getvalue()


def _indexed(reports: Reports, target: str) -> History:
    """What the index holds; nothing where it is missing, torn or of another form."""
    nothing = _joined([])
    try:
        content = reports.read(target, INDEX)
        if content is None:
            return nothing
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.read("form.json").decode() != _FORM:
                return nothing
            frames = [pd.read_parquet(io.BytesIO(archive.read(f"{name}.parquet"))) for name in COLUMNS]
        typed: list[Any] = [frame.astype(kinds) for frame, kinds in zip(frames, COLUMNS.values(), strict=True)]
    except Exception:  # whatever is wrong with it, it can be made again
        return nothing
    return History(**dict(zip(COLUMNS, typed, strict=True)))
