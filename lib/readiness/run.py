"""A run: one assessment, kept for ever as one folder.

reports/<target>/<UTC time>/
    evidence.parquet  findings.parquet  scores.parquet  decision.json  exchanges.jsonl  survey.json
    probe.ipynb  report.ipynb  report.html  manifest.json  summary.md  badge.svg
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from readiness import evidence
from readiness.assessment import Assessment
from readiness.errors import BadInput, first_line
from readiness.survey import Survey
from readiness.wire.exchange import canonical

STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z")
"""What the folder of a published run is called."""


class RunFolder:
    """The files of one run.

    Args:
        path: The folder; it is made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def save_survey(self, survey: Survey) -> None:
        """Write evidence.parquet, exchanges.jsonl and survey.json (what `Survey.account` tells)."""
        survey.evidence.to_parquet(self.path / "evidence.parquet", index=False)
        lines = (canonical(record) + "\n" for record in survey.exchanges)
        (self.path / "exchanges.jsonl").write_text("".join(lines), encoding="utf-8")
        self.save_json("survey.json", survey.account)

    def save_assessment(self, assessment: Assessment) -> None:
        """Write findings.parquet, scores.parquet and decision.json."""
        assessment.findings.to_parquet(self.path / "findings.parquet", index=False)
        assessment.scores.to_parquet(self.path / "scores.parquet", index=False)
        self.save_json("decision.json", {"target": assessment.parameters.target.name, "stages": assessment.decision})

    def save_json(self, name: str, value: Any) -> None:
        """Write one JSON file, readable and stable."""
        (self.path / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def evidence(self) -> pd.DataFrame:
        """The evidence frame.

        Raises:
            BadInput: The folder holds none, or none that can be read.
        """
        frame = self.frame("evidence")
        with _read(self.path / "evidence.parquet"):
            return frame.astype(evidence.COLUMNS)

    @property
    def observed_until(self) -> datetime:
        """The time of the latest observation, UTC; a run without any is one of the beginning of time."""
        latest = self.evidence()["observed_at"].max()
        return latest.to_pydatetime() if pd.notna(latest) else datetime.min.replace(tzinfo=UTC)

    @property
    def judged_at(self) -> datetime:
        """When the run was judged, UTC; of a run that does not tell, the time of its latest observation."""
        told = (self.json("manifest.json") or {}).get("judged_at")
        return datetime.fromisoformat(told) if told else self.observed_until

    @property
    def started_at(self) -> datetime:
        """When the run started, UTC, to the second at least; one that is not called so started when it was judged."""
        told = (self.json("manifest.json") or {}).get("started_at")
        if not told and STAMP.fullmatch(self.path.name):
            told = datetime.strptime(self.path.name, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
        return datetime.fromisoformat(told).astimezone(UTC) if told else self.judged_at

    def frame(self, name: str) -> pd.DataFrame:
        """One of the frames: `evidence`, `findings` or `scores`.

        Raises:
            BadInput: The folder holds none of that name, or it cannot be read.
        """
        path = self.path / f"{name}.parquet"
        if not path.is_file():
            raise BadInput(f"{self.path}: expected {name}.parquet there; run probe.ipynb or `readiness run` first")
        with _read(path):
            return pd.read_parquet(path)

    def exchanges(self) -> dict[str, dict[str, Any]]:
        """Recorded exchanges by digest; empty where the folder holds none.

        Raises:
            BadInput: The file cannot be read.
        """
        path = self.path / "exchanges.jsonl"
        if not path.is_file():
            return {}
        with _read(path):
            # not splitlines(): what a target sent may hold line separators that JSON leaves as they are
            records = (json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line)
            return {record["digest"]: record for record in records}

    def json(self, name: str) -> Any:
        """One of the JSON files; None where the folder does not hold it.

        Raises:
            BadInput: The file cannot be read.
        """
        path = self.path / name
        if not path.is_file():
            return None
        with _read(path):
            return json.loads(path.read_text(encoding="utf-8"))


@contextmanager
def _read(path: Path) -> Iterator[None]:
    """A file that is torn is one clear line."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:  # pyarrow's and json's own are ValueErrors
        raise BadInput(f"{path}: cannot be read: {first_line(error)}") from None


def newest(reports: Path, target: str) -> RunFolder:
    """The newest published run of a target.

    Raises:
        BadInput: There is none.
    """
    places = [place for place in (reports / target).glob("*") if STAMP.fullmatch(place.name) and place.is_dir()]
    if not places:
        raise BadInput(f"{reports / target}: expected a published run there; `readiness run {target}` makes one")
    return RunFolder(max(places))


def find(reports: Path, name: str) -> RunFolder:
    """A published run by name.

    Args:
        reports: Where runs are published.
        name: Path of a run's folder, `<target>/<UTC time>`, or a target: its newest run.

    Raises:
        BadInput: There is none of that name, or it failed: what is in its folder was never fit to be told.
    """
    for place in (Path(name), reports / name):
        if (place / "decision.json").is_file():
            if place.resolve().name.endswith(".failed"):
                raise BadInput(f"{place}: expected a published run, got one that failed")
            return RunFolder(place)
    if "/" in name or name.startswith("."):
        raise BadInput(f"{name}: expected the folder of a run, or <target>/<UTC time> in {reports}")
    return newest(reports, name)
