"""The shortest path: the requirements with the least total effort whose completion makes a gate a go.

A set is looked for, not a ranking: what is cheap and gives points may not be what a category or the mandatory list
lacks. It is solved exactly, as a mixed-integer linear programme (scipy's `milp`, which is HiGHS), and each answer is
checked by the gate itself: a solution that only holds within the solver's tolerance is cut off.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from readiness.catalog import Catalogue
from readiness.decision import decide
from readiness.errors import BadInput
from readiness.gate import Gates
from readiness.score import score
from readiness.stage import STAGES, Stage

MOST_CUTS = 50
DAYS = 1e-9
"""Person-days that are none: a sum of efforts is not exact."""


@dataclass(frozen=True)
class Item:
    """One requirement on the path.

    Attributes:
        requirement, title, status: What it is, and how it stands.
        effort: Person-days that it still takes: of what is partly met, the part that is not.
        points: What it adds to the stage's floor, of 100.
        mandatory: A gate on the way demands it in full.
        begins, ends: Week in which it is begun and in which it is done, from 1.
    """

    requirement: str
    title: str
    status: str
    effort: float
    points: float
    mandatory: bool
    begins: int = 0
    ends: int = 0


@dataclass(frozen=True)
class Path:
    """The way to one gate.

    Attributes:
        stage: Of the gate.
        items: What to complete, in the order in which to do it; empty where the gate is a go already.
        effort: Person-days in all.
        weeks: How many weeks that is.
        obstacles: Why there is no way, a sentence each; empty where there is one.
        without: For each item, person-days of the best way that does without it; None where there is none.
    """

    stage: Stage
    items: tuple[Item, ...] = ()
    effort: float = 0.0
    weeks: int = 0
    obstacles: tuple[str, ...] = ()
    without: Mapping[str, float | None] = field(default_factory=dict)


def next_stage(decision: Mapping[str, Any]) -> Stage:
    """The first stage that something can be done for, not a go for more than want of steadiness; else the last."""
    waits = ("steady", "stage")  # an earlier stage stands before the one that requires it
    open_ = (stage for stage in STAGES if any(item["kind"] not in waits for item in decision[stage]["blockers"]))
    return next(open_, STAGES[-1])


def shortest_path(
    findings: pd.DataFrame,
    catalogue: Catalogue,
    gates: Gates,
    stage: Stage,
    *,
    capacity: float = 5.0,
    without: Collection[str] = (),
    alternatives: bool = True,
) -> Path:
    """Find it.

    Args:
        findings: Findings of one target.
        catalogue: Titles and efforts.
        gates: Weights, required points, minimum and mandatory requirements; a gate that requires an earlier one takes
            that in as well.
        stage: The gate to be passed.
        capacity: Person-days a week.
        without: Requirements that are not to be completed.
        alternatives: Whether to look for the best way without each item.

    Raises:
        BadInput: The capacity is none, or a requirement in `without` is none that the stage demands.
    """
    if not capacity > 0:
        raise BadInput(f"capacity: expected person-days a week above 0, got {capacity:g}")
    problem = _Problem(findings, catalogue, gates, stage)
    if unknown := sorted(set(without) - set(problem.names)):
        raise BadInput(f"{unknown[0]}: expected a requirement that {stage} demands")
    chosen = problem.solved(frozenset(without))
    if chosen is None:
        return Path(stage, obstacles=tuple(problem.obstacles(frozenset(without))))
    items = _laid_out([problem.item(name) for name in chosen], capacity)
    others: dict[str, float | None] = {}
    for item in items if alternatives else ():
        other = problem.solved(frozenset({*without, item.requirement}))
        others[item.requirement] = None if other is None else round(sum(problem.effort[name] for name in other), 6)
    effort = round(sum(item.effort for item in items), 6)
    return Path(stage, tuple(items), effort, max((item.ends for item in items), default=0), without=others)


def completed(findings: pd.DataFrame, names: Collection[str], stage: Stage) -> pd.DataFrame:
    """The findings as they would be if these requirements were met at a stage and at those before it."""
    stages = STAGES[: STAGES.index(stage) + 1]
    done = findings["requirement"].isin(list(names)) & findings["stage"].isin(stages)
    done &= findings["status"] != "not applicable"
    return findings.assign(
        floor=findings["floor"].mask(done, 1.0),
        ceiling=findings["ceiling"].mask(done, 1.0),
        status=findings["status"].mask(done, "met"),
    )


class _Problem:
    def __init__(self, findings: pd.DataFrame, catalogue: Catalogue, gates: Gates, stage: Stage) -> None:
        gates = gates.of_one_run()  # what is steady no work of today can show
        self._findings, self._catalogue, self._gates, self._stage = findings, catalogue, gates, stage
        chain = [stage]
        while required := gates.gates[chain[-1]].requires:
            chain.append(required)
        open_: dict[str, float] = {}
        self._rows: list[tuple[dict[str, float], float]] = []
        self.mandatory: set[str] = set()
        for one in chain:
            here = findings[(findings["stage"] == one) & (findings["status"] != "not applicable")]
            gate = gates.gates[one]
            whole = here.groupby("dimension")["weight"].sum()
            gain: dict[str, float] = {}
            total = 0.0
            for dimension, category in gate.categories.items():
                rows = here[here["dimension"] == dimension]
                share = category.weight / whole[dimension] if whole.get(dimension, 0) else 0.0
                gains = dict(zip(rows["requirement"], (1 - rows["floor"]) * rows["weight"] * share, strict=True))
                floor = float((rows["floor"] * rows["weight"]).sum() * share)
                self._rows.append((gains, category.required - floor))
                gain |= gains
                total += floor
            self._rows.append((gain, gate.minimum - total))
            lacking = dict(zip(here["requirement"], 1 - here["floor"], strict=True))
            self.mandatory |= {name for name in gate.mandatory if lacking.get(name, 0) > 0}
            for name, part in lacking.items():
                open_[name] = max(open_.get(name, 0.0), part)
            if one == stage:
                self._gain = gain
        self.names = tuple(name for name, part in open_.items() if part > 0)
        self.effort = {name: catalogue.requirements[name].effort * open_[name] for name in self.names}

    def solved(self, without: frozenset[str]) -> list[str] | None:
        """The cheapest set that makes the gate a go; None where no set does."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        if self._is_go:
            return []
        usable = [name for name in self.names if name not in without]
        if not usable or self.mandatory - set(usable):
            return None
        place = {name: index for index, name in enumerate(usable)}
        rows, least = [], []
        for gains, lacking in self._rows:
            if lacking > 0:
                row = np.zeros(len(usable))
                for name, gain in gains.items():
                    if name in place:
                        row[place[name]] = gain
                rows.append(row)
                least.append(lacking)
        low = np.array([1.0 if name in self.mandatory else 0.0 for name in usable])
        cost = np.array([self.effort[name] for name in usable])
        for _ in range(MOST_CUTS):
            constraints = [LinearConstraint(np.array(rows), np.array(least), np.inf)] if rows else []
            found = milp(
                cost, constraints=constraints, bounds=Bounds(low, 1), integrality=1, options={"mip_rel_gap": 0.0}
            )
            if found.x is None:
                return None
            chosen = [name for name, value in zip(usable, found.x, strict=True) if value > 0.5]
            if self._goes(chosen):
                return chosen
            if not self._goes(usable):
                return None
            # within the solver's tolerance, not within the gate's: something besides has to be completed
            rows.append(np.array([0.0 if name in chosen else 1.0 for name in usable]))
            least.append(1.0)
        return None

    def obstacles(self, without: frozenset[str]) -> list[str]:
        """What the gate lacks when everything that may be completed is."""
        most = completed(self._findings, [name for name in self.names if name not in without], self._stage)
        decision = decide(most, score(most, self._gates), self._gates, catalogue=self._catalogue)
        return [blocker["text"] for blocker in decision[self._stage]["blockers"]]

    def item(self, name: str) -> Item:
        """A requirement on the path, not laid out yet."""
        row = self._findings[(self._findings["requirement"] == name) & (self._findings["stage"] == self._stage)]
        status = str(row["status"].iloc[0]) if len(row) else "unmet"
        requirement = self._catalogue.requirements[name]
        gain = round(self._gain.get(name, 0.0), 6)
        return Item(name, requirement.title, status, round(self.effort[name], 6), gain, name in self.mandatory)

    @cached_property
    def _is_go(self) -> bool:
        """Whether nothing is left to do."""
        return self._goes([])

    def _goes(self, names: Collection[str]) -> bool:
        done = completed(self._findings, names, self._stage)
        decision = decide(done, score(done, self._gates), self._gates, catalogue=self._catalogue)
        return bool(decision[self._stage]["verdict"] == "go")


def _laid_out(items: list[Item], capacity: float) -> list[Item]:
    """In order, mandatory ones first, then by points for each person-day; weeks follow from the capacity."""
    items = sorted(items, key=lambda one: (not one.mandatory, -one.points / one.effort, one.requirement))
    placed, spent = [], 0.0
    for item in items:
        begins = int((spent + DAYS) // capacity) + 1
        spent += item.effort
        placed.append(Item(**{**vars(item), "begins": begins, "ends": max(begins, ceil((spent - DAYS) / capacity))}))
    return placed
