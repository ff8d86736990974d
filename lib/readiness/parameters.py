"""Parameters of the notebooks: checked before anything runs, whoever starts the notebook.

papermill injects whatever it is given and only warns of a name that the notebook does not know; so each notebook's
first cell hands its namespace to one of these models, which refuses what it does not know.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError

from readiness.assessment import dimensions
from readiness.document import Record
from readiness.duration import duration
from readiness.errors import BadInput
from readiness.load.plan import Plan, plan_for
from readiness.load.publishing import loads_of
from readiness.reports import Reports
from readiness.run import RunFolder
from readiness.stage import Stage
from readiness.target import Target

PLAIN = (str, int, float, bool, list, dict, type(None))
"""Types that papermill can inject; anything else in a namespace (modules, In, Out, …) is not a parameter."""

_JUPYTER = frozenset({"In", "Out"})


class NotebookParameters(Record):
    """Parameters that every notebook has.

    Attributes:
        params: The `params/` folder; empty: found beside or above the working directory.
        target: Name in `params/targets/`, or path of a target file.
    """

    target: str = Field("sample", min_length=1)
    params: str = ""

    @classmethod
    def of(cls, namespace: Mapping[str, Any]) -> Self:
        """Read the parameters from a notebook's namespace, right after its parameters cell.

        Raises:
            BadInput: A name that is no parameter of this notebook, or a value of the wrong type.
        """
        given = {
            name: value
            for name, value in namespace.items()
            if not name.startswith("_") and name not in _JUPYTER and isinstance(value, PLAIN)
        }
        return cls.check(given)

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> Self:
        """The parameters from a mapping; raises as `of` does."""
        try:
            return cls.model_validate(dict(given))
        except ValidationError as error:
            problems = []
            for problem in error.errors(include_url=False):
                key = (problem.get("ctx") or {}).get("key") or ".".join(map(str, problem["loc"]))
                problems.append(f"parameter {key}: {problem['msg'].removeprefix('Value error, ')}")
            raise BadInput(*problems) from None

    @property
    def params_folder(self) -> Path:
        """The `params/` folder."""
        return Path(self.params) if self.params else find_params()


class FrameParameters(NotebookParameters):
    """Parameters of the notebooks that make or read the frames of one run.

    Attributes:
        folder: Where they are written to and read from; empty: `reports/.explore/<target>` beside `params`.
    """

    folder: str = ""

    def run_folder(self, target_name: str) -> Path:
        """Where this notebook's frames are."""
        return Path(self.folder) if self.folder else self.params_folder.parent / "reports" / ".explore" / target_name


class LoadsParameters(FrameParameters):
    """Parameters of the notebooks that look at published load tests.

    Attributes:
        loads: Folder of the target's published load tests; empty: `reports/<target>/loads` beside `params`.
    """

    loads: str = ""

    def loads_folder(self, target_name: str) -> Path:
        """Where load tests are found."""
        return Path(self.loads) if self.loads else loads_of(self.params_folder.parent / "reports", target_name)


class ProbeParameters(LoadsParameters):
    """Parameters of `probe.ipynb`.

    Attributes:
        dimension: Dimensions to look at; empty: all ten.
    """

    dimension: list[str] = Field([])

    def model_post_init(self, context: Any) -> None:
        """Refuse an unknown dimension at once."""
        dimensions(self.dimension)


class LoadParameters(FrameParameters):
    """Parameters of `load.ipynb`; one of `rate` and `users` is needed, the other is 0.

    Attributes:
        rate: Open model: requests a second.
        users: Closed model: virtual users.
        duration, warm_up: Measured part, and what is sent before it.
        journey: Which; empty: the first that the target file declares, else the health route.
        up_to: Search for the largest load that holds, up to this.
    """

    rate: float = Field(100, ge=0, strict=False)
    users: int = Field(0, ge=0)
    duration: str = "10s"
    warm_up: str = "2s"
    journey: str = ""
    up_to: float = Field(0, ge=0, strict=False)

    def plan(self, platform: Target) -> Plan:
        """The load test that they ask for.

        Raises:
            BadInput: They are no such thing.
        """
        try:
            seconds, warm_up_s = (duration(text).total_seconds() for text in (self.duration, self.warm_up))
        except ValueError as error:
            raise BadInput(f"parameter duration or warm_up: {error}") from None
        return plan_for(
            platform,
            rate=self.rate or None,
            users=self.users or None,
            seconds=seconds,
            warm_up_s=warm_up_s,
            journey=self.journey,
        )


class ReportParameters(LoadsParameters):
    """Parameters of `report.ipynb`.

    Attributes:
        reports: Where earlier runs are, a folder or `s3://bucket/prefix`; empty: `reports` beside `params`.
        stage: The stage that the report puts first.
        now: Time of judging, ISO 8601 with zone; empty: this moment.
        capacity: Person-days a week that the shortest path is laid out by.
    """

    reports: str = ""
    stage: Stage = "alpha"
    now: str = ""
    capacity: float = Field(5.0, gt=0, strict=False)

    @property
    def reports_place(self) -> Reports:
        """Where earlier runs are.

        Raises:
            BadInput: It is a URL of another kind.
        """
        return Reports.of(self.reports or self.params_folder.parent / "reports")

    def started(self, run: RunFolder) -> datetime:
        """When the run started, UTC; one that does not tell starts at the time of judging."""
        told = (run.json("manifest.json") or {}).get("started_at")
        return datetime.fromisoformat(told).astimezone(UTC) if told else self.moment

    @property
    def moment(self) -> datetime:
        """Time of judging, UTC.

        Raises:
            BadInput: `now` is not a time with a zone.
        """
        if not self.now:
            return datetime.now(UTC)
        try:
            moment = datetime.fromisoformat(self.now)
        except ValueError:
            raise BadInput(
                f"parameter now: expected a time such as 2026-01-31T09:00:00+00:00, got {self.now!r}"
            ) from None
        if moment.tzinfo is None:
            raise BadInput(f"parameter now: expected a time with its zone, got {self.now!r}")
        return moment.astimezone(UTC)


class ExploreParameters(NotebookParameters):
    """Parameters of `explore.ipynb`.

    Attributes:
        reports: Where runs are published; empty: `reports/` beside `params`.
        run: Name of a run's folder, `<UTC time>`; empty: the latest of the target.
        stage: The stage that is looked at first.
        budget: Person-days of work that are imagined done at first.
    """

    reports: str = ""
    run: str = ""
    stage: Stage = "alpha"
    budget: float = Field(5, ge=0, strict=False)

    @property
    def reports_folder(self) -> Path:
        """Where runs are published."""
        return Path(self.reports) if self.reports else self.params_folder.resolve().parent / "reports"


def find_params(start: Path | None = None) -> Path:
    """The `params/` folder beside or above `start` (default: the working directory).

    Raises:
        BadInput: There is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "params" / "gates.yaml").is_file():
            return folder / "params"
    raise BadInput(f"params: no folder params/ with a gates.yaml in or above {start}; name it with --params")
