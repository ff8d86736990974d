"""The job: what a schedule starts. One run of a target for what is due, bounded in time, and told at the end."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from readiness import overview
from readiness.errors import Overlap, ReadinessError, RunFailed, first_line
from readiness.pipeline import publish
from readiness.schedule.diary import Diary
from readiness.schedule.outcome import Outcome
from readiness.schedule.plan import Plan
from readiness.secret import redact
from readiness.stage import Stage
from readiness.target import Target


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
    tell: Callable[[Outcome], bool] = lambda outcome: True,
) -> Outcome | None:
    """Make the run that is due, if one is.

    A run that fails is done as well, by whatever fault: it is told, and the next moment tries again. One that is
    interrupted, as by a shutdown, is not, and is caught up. How a run ended is noted with it until it is told, so that
    a process that ends before has the next call tell it.

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
        tell: Queues how it ended, mail and notifications, and says whether that is done; else the next call asks again,
            so it has to take the same twice.

    Returns:
        How it ended; None where nothing is due.

    Raises:
        Overlap: Another run of the target is going on; this one is tried again at the next call.
        ReadinessError: The target or the parameters are not as expected, before anything was started.
    """
    name = Target.find(target, params).name
    diary = Diary(reports, name)
    if (untold := diary.untold(plan.kind)) is not None:
        earlier = Outcome.of(untold, reports / name)
        if earlier is None or tell(earlier):
            diary.told(plan.kind, untold)
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
    except Exception as error:
        kept = error.kept if isinstance(error, RunFailed) else None
        outcome = Outcome(name, plan.kind, stage, due, None, _why(error), kept)
        with suppress(Exception):
            overview.write(reports)  # which says that it failed
    verdict = "failed" if outcome.run is None else outcome.run.decision[stage]["verdict"]
    diary.note(plan.kind, due.at, verdict, outcome.account)
    if tell(outcome):
        diary.told(plan.kind, outcome.account)
    return outcome


def _why(error: Exception) -> str:
    return redact(str(error) if isinstance(error, ReadinessError) else f"unexpected {first_line(error)}")
