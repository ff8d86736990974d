"""Gates: what a stage demands."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from readiness.catalog import DIMENSIONS, Catalogue
from readiness.document import Record, line_of
from readiness.errors import BadInput
from readiness.stage import STAGES, Stage

Points = Annotated[float, Field(ge=0, le=100, strict=False)]


class Category(Record):
    """A dimension's weight in a gate and the points it needs at least, both of the stage's 100."""

    weight: Points
    required: Points

    @model_validator(mode="after")
    def _reachable(self) -> "Category":
        if self.required > self.weight:
            raise ValueError(f"required: expected at most the weight, {self.weight:g}, got {self.required:g}")
        return self


class Gate(Record):
    """What one stage demands.

    Attributes:
        requires: An earlier stage that must be a go as well.
        minimum: Points needed in total.
        categories: Weight and required points of each of the ten dimensions.
        mandatory: Ids of requirements that must be met in full.
        steady_runs: Runs, this one included, in each of which the mandatory requirements must have been met in full.
        not_waivable: Ids of requirements for which no exception counts in the figures with waivers.
        most_waived: Requirements that may be waived at this stage; with more, no exception counts there.
    """

    requires: Stage | None = None
    minimum: Points
    categories: dict[str, Category]
    mandatory: list[str] = Field([])
    steady_runs: Annotated[int, Field(ge=2, le=100)] | None = None
    not_waivable: list[str] = Field([])
    most_waived: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _steady_in_something(self) -> "Gate":
        if self.steady_runs and not self.mandatory:
            raise ValueError("steady_runs: expected mandatory requirements, which are what has to be steady")
        return self

    @model_validator(mode="after")
    def _whole(self) -> "Gate":
        missing = [name for name in DIMENSIONS if name not in self.categories]
        unknown = [name for name in self.categories if name not in DIMENSIONS]
        if missing or unknown:
            raise ValueError(
                f"categories: expected all ten dimensions, missing {missing or 'none'}, unknown {unknown or 'none'}"
            )
        total = sum(category.weight for category in self.categories.values())
        if abs(total - 100) > 1e-9:
            raise ValueError(f"categories: expected weights that add up to 100, got {total:g}")
        return self


class Gates(Record):
    """The decision matrix, `params/gates.yaml`.

    Attributes:
        partial_credit: Credit of a partly met requirement, from 0 to below 1: partly met is never met in full.
        gates: One gate a stage.
    """

    partial_credit: Annotated[float, Field(ge=0, lt=1)]
    gates: dict[Stage, Gate]

    @model_validator(mode="after")
    def _every_stage_in_order(self) -> "Gates":
        if missing := [stage for stage in STAGES if stage not in self.gates]:
            raise ValueError(f"gates: expected a gate for each stage, missing {', '.join(missing)}")
        for stage, gate in self.gates.items():
            if gate.requires and STAGES.index(gate.requires) >= STAGES.index(stage):
                raise ValueError(f"gates: {stage} requires {gate.requires}: expected an earlier stage")
        return self

    @property
    def steady(self) -> bool:
        """Whether a stage demands what takes several runs to show."""
        return any(gate.steady_runs for gate in self.gates.values())

    def of_one_run(self) -> "Gates":
        """The same without what takes several runs to show."""
        gates = {stage: gate.model_copy(update={"steady_runs": None}) for stage, gate in self.gates.items()}
        return self.model_copy(update={"gates": gates})

    @classmethod
    def load(cls, path: Path, catalogue: Catalogue) -> "Gates":
        """Read the matrix and check that what it demands is in the catalogue at that stage.

        Raises:
            BadInput: The file is not as expected.
        """
        gates = cls.read(path)
        problems = []
        for stage, gate in gates.gates.items():
            named = [("mandatory", *pair) for pair in enumerate(gate.mandatory)]
            named += [("not_waivable", *pair) for pair in enumerate(gate.not_waivable)]
            for key, index, name in named:
                requirement = catalogue.requirements.get(name)
                if requirement is None:
                    problem = f"expected a requirement's id, got {name!r}"
                elif STAGES.index(requirement.stage) > STAGES.index(stage):
                    problem = f"{name} is demanded from {requirement.stage} on only"
                else:
                    continue
                line = line_of(path, ("gates", stage, key, index))  # which reads the file once more
                problems.append(f"{path}:{line}: {key}: {problem}")
        if problems:
            raise BadInput(*problems)
        return gates
