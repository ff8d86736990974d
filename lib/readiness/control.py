"""The negative control: the sample platform with a defect must lose exactly what the defect's table says."""

import asyncio
import multiprocessing
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from readiness import probes
from readiness.assessment import Assessment, Parameters, assess
from readiness.attestation import Attestation
from readiness.catalog import Catalogue
from readiness.demo import target_text
from readiness.stage import STAGES
from readiness.survey import survey

WINDOW_S = 2
"""Window of the sample's rate limits, in seconds: provoking one and waiting for its end has to be quick."""

GROUP = 16
"""Defects on one platform at most."""

PATIENCE = "20s"
"""What an answer or a mail may take: on a busy machine ten times what it does on an idle one, and that is no defect."""

DEADLINE = 600.0
"""Seconds that a probe may take, likewise."""

STATEMENTS = {
    "reviews.sections_complete": "The sections in the target file are those that the sample's dashboard has.",
}
"""What is true of the sample and no probe can see: attested, so that its requirement can be met and lost."""


async def assessed(
    services: Any, folder: Path, params: Path, defects: Collection[str] = (), *, briefly: bool = False
) -> Assessment:
    """Assess a sample platform with defects.

    Args:
        services: Running servers to share, see `sample_platform.services`.
        folder: Where its files go.
        params: The `params/` folder.
        defects: Names of defects; none for a healthy platform.
        briefly: Skip the probes that nobody needs to see what the defects cost, see `unneeded`; what those would have
            seen is unknown.

    Raises:
        RuntimeError: A probe crashed.
    """
    import sample_platform

    state = Path(tempfile.mkdtemp(dir=folder))
    with sample_platform.started(defects, state, services, window_s=WINDOW_S, cheap_hashes=True) as sample:
        path = target_file(params, sample.addresses, state)
        parameters = Parameters.load(path, params)
        skip = unneeded(parameters.catalogue, [sample_platform.DEFECTS[name] for name in defects]) if briefly else ()
        patient = [replace(probe, deadline=DEADLINE) for probe in probes.discover()]
        today = datetime.now(UTC).date()
        stated = [
            Attestation(
                fact=fact,
                statement=text,
                by="Who wrote the sample",
                attested_on=today,
                expires_on=today + timedelta(days=1),
            )
            for fact, text in STATEMENTS.items()
        ]
        result = await survey(parameters.target, patient, skip=skip, attestations=stated)
    crashed = result.evidence.query("status == 'error'")
    if not crashed.empty:
        raise RuntimeError(f"probes crashed: {crashed['reason'].unique().tolist()}")
    return assess(result.evidence, parameters, result.finished_at)


def target_file(params: Path, addresses: Any, folder: Path) -> Path:
    """A target file in `folder` for a sample platform whose limits have windows of `WINDOW_S`."""
    values = yaml.safe_load(target_text(params / "targets" / "sample.yaml", addresses))
    values["pace"] |= {"spacing": "0.1s", "timeout": PATIENCE}
    values["mailbox"] |= {"patience": PATIENCE}
    for limit in values["limits"]:
        limit["window"] = f"{WINDOW_S}s"
    for plan in values["plans"]:
        plan["window"] = f"{3 * WINDOW_S}s"  # it has three of the other limits' windows
    path = folder / "target.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def unneeded(catalogue: Catalogue, defects: Collection[Any]) -> frozenset[str]:
    """Names of the probes that nobody needs to see what the defects cost.

    They are those that no criterion of the defects' requirements rests on, and the browser, which costs as much as all
    the others together, where the web app is as it should be.
    """
    requirements = {requirement for defect in defects for requirement in defect.requirements}
    facts = {fact for item in catalogue if item.id in requirements for fact in item.facts}
    needed = {fact.partition(".")[0] for fact in facts}
    if not any(map(_in_browser, defects)):
        needed.discard("web")
    return frozenset(probe.name for probe in probes.discover() if probe.name not in needed)


def _in_browser(defect: Any) -> bool:
    return any(name.startswith("web_") for name in defect.changes)


def credit(assessment: Assessment) -> pd.DataFrame:
    """Floor, ceiling, status and reason by stage and requirement."""
    return assessment.findings.set_index(["stage", "requirement"])[["floor", "ceiling", "status", "reason"]]


@dataclass(frozen=True)
class Turn:
    """What a defect did to a platform's findings.

    Attributes:
        lost: Requirements whose ceiling fell at some stage: the reasons, by stage and requirement.
        proven: Those of them that were met before at such a stage.
    """

    lost: dict[tuple[str, str], str]
    proven: frozenset[str]

    @property
    def requirements(self) -> frozenset[str]:
        """Ids of what was lost at any stage."""
        return frozenset(requirement for _, requirement in self.lost)


def turn(healthy: Assessment, broken: Assessment) -> Turn:
    """What the broken platform lost against the healthy one."""
    before, after = credit(healthy), credit(broken)
    lost = after["ceiling"] < before["ceiling"]
    proven = after.index[lost & (before["status"] == "met")]
    return Turn(dict(after.loc[lost, "reason"].items()), frozenset(name for _, name in proven))  # type: ignore[arg-type]


def groups(defects: Iterable[Any]) -> list[list[Any]]:
    """Defects that can be tried together: no two of a group cost the same requirement or change the same behaviour.

    What such a platform loses is then owed to one defect each. One that is `alone` has a platform to itself, one that
    `hides` requirements is in no group with those that cost these, and the web app's defects share a browser.
    """
    found: list[list[Any]] = []
    for defect in defects:
        fits = (group for group in found if len(group) < GROUP and all(_together(defect, other) for other in group))
        home = next(fits, None)
        if home is None:
            found.append([defect])
        else:
            home.append(defect)
    return found


def _together(one: Any, other: Any) -> bool:
    return not (
        one.alone
        or other.alone
        or one.requirements & other.requirements
        or one.hides & other.requirements
        or other.hides & one.requirements
        or one.changes.keys() & other.changes.keys()
        or _in_browser(one) != _in_browser(other)
    )


def prove(params: Path, names: Sequence[str], jobs: int, progress: Callable[[str], None]) -> tuple[str, list[str]]:
    """Try each defect on a platform of its own.

    Args:
        params: The `params/` folder.
        names: Defects to try.
        jobs: Processes, each with its own services and a healthy platform to compare with.
        progress: Called with the name of each defect that was tried.

    Returns:
        A Markdown table by requirement (what it is on the healthy platform and with each of its defects), and a line
        for each defect that did not cost exactly what its table says.
    """
    import sample_platform

    healthy: dict[tuple[str, str], str] = {}
    statuses: dict[str, dict[tuple[str, str], str]] = {}
    problems = []
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        shares = [names[index::jobs] for index in range(jobs) if names[index::jobs]]
        for done in as_completed([pool.submit(_try, params, share) for share in shares]):
            for name, before, after, lost in done.result():
                healthy, statuses[name] = before, after
                expected = sample_platform.DEFECTS[name].requirements
                if lost.keys() != expected:
                    problems.append(f"{name}: expected {sorted(expected)}, lost {lost}")
                progress(name)
    return "\n".join(_table(healthy, statuses)), problems


def _try(params: Path, names: Sequence[str]) -> list[tuple[str, dict[Any, str], dict[Any, str], dict[str, str]]]:
    import sample_platform

    found = []
    with tempfile.TemporaryDirectory(prefix="control-") as place, sample_platform.services(Path(place)) as services:
        healthy = asyncio.run(assessed(services, Path(place), params))
        for name in names:
            broken = asyncio.run(assessed(services, Path(place), params, [name]))
            lost = {requirement: reason for (_, requirement), reason in turn(healthy, broken).lost.items()}
            before, after = (credit(one)["status"].to_dict() for one in (healthy, broken))
            found.append((name, before, after, lost))
    return found


def _table(healthy: dict[Any, str], statuses: dict[str, dict[Any, str]]) -> Iterator[str]:
    import sample_platform

    yield "| requirement | healthy | defect | with it |"
    yield "|---|---|---|---|"
    turned = {(requirement, name) for name in statuses for requirement in sample_platform.DEFECTS[name].requirements}
    for requirement, name in sorted(turned):
        after = statuses[name]
        stages = [stage for stage in STAGES if (stage, requirement) in after]  # those that demand it
        stage = next((one for one in stages if after[one, requirement] != healthy[one, requirement]), stages[0])
        yield f"| `{requirement}` | {stage}: {healthy[stage, requirement]} | `{name}` | {after[stage, requirement]} |"
