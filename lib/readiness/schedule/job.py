"""The job: what a schedule starts. One run of a target for what is due, bounded in time, and told at the end."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from readiness import overview
from readiness.errors import Overlap, ReadinessError, RunFailed
from readiness.pipeline import Published, publish
from readiness.schedule.diary import Diary, Due
from readiness.schedule.plan import Kind, Plan
from readiness.stage import Stage
from readiness.target import Target


@dataclass(frozen=True)
class Outcome:
    """How a scheduled run ended.

    Attributes:
        target: The platform's short name.
        kind: `daily` or `weekly`.
        stage: The stage that is put first.
        due: For when it was made, and what was missed before.
        run: What was published; None where the run failed.
        failure: Why it failed, in lines; empty where it did not.
        kept: The folder that holds what there is of one that failed; None for none.
    """

    target: str
    kind: Kind
    stage: Stage
    due: Due
    run: Published | None
    failure: str = ""
    kept: Path | None = None


def work(
    target: str,
    plan: Plan,
    *,
    params: Path,
    reports: Path,
    now: Callable[[], datetime],
    stage: Stage = "alpha",
    at_most: timedelta | None = None,
    zone: tzinfo | None = None,
    say: Callable[[str], None] = lambda words: None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome | None:
    """Make the run that is due, if one is.

    A run that fails is done as well: it is told, and the next moment tries again. One that is interrupted, as by a
    shutdown, is not, and is caught up.

    Args:
        target: Name in `params/targets/`, or path of a target file.
        plan: When a run is due.
        params: The `params/` folder.
        reports: Where runs are published.
        now: Clock, a time with its zone.
        stage: The stage that the report puts first.
        at_most: How long the run may take; None: as long as it takes.
        zone: Zone of the plan; None: the machine's.
        say: Told what was missed or is late, before the run.
        tell: Told how it ended: mail and notifications. What it raises is not the run's fault and does not undo it.

    Returns:
        How it ended; None where nothing is due.

    Raises:
        Overlap: Another run of the target is going on; this one is tried again at the next call.
        ReadinessError: The target or the parameters are not as expected, before anything was started.
    """
    name = Target.find(target, params).name
    diary = Diary(reports, name)
    due = diary.due(plan, now(), zone)
    if due is None:
        return None
    if due.words:
        say(f"{name}: {due.words}")
    try:
        run = publish(target, params=params, reports=reports, stage=stage, at_most=at_most)
        outcome = Outcome(name, plan.kind, stage, due, run)
    except Overlap:
        raise
    except ReadinessError as error:
        kept = error.kept if isinstance(error, RunFailed) else None
        outcome = Outcome(name, plan.kind, stage, due, None, str(error), kept)
        with suppress(OSError, ReadinessError):
            overview.write(reports)  # which says that it failed
    diary.note(plan.kind, due.at, "failed" if outcome.run is None else outcome.run.decision[stage]["verdict"])
    tell(outcome)
    return outcome
