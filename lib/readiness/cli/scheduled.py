"""`readiness scheduled`: what a schedule starts."""

from datetime import UTC, datetime
from pathlib import Path

import click

from readiness.cli.options import (
    FAILED,
    at_most_option,
    daily_option,
    folder_option,
    params_option,
    stage_option,
    weekly_option,
)
from readiness.cli.output import owning_up, say, show
from readiness.errors import BadInput, Overlap
from readiness.listing import EXIT_CODES, interval
from readiness.parameters import find_params
from readiness.stage import Stage


def warn(words: str) -> None:
    """Say something beside the result; a reader who has left changes nothing."""
    say(words, 0)


@click.command()
@click.argument("target")
@daily_option
@weekly_option
@at_most_option("30m")
@stage_option
@params_option
@folder_option
def scheduled(
    target: str,
    daily: str | None,
    weekly: str | None,
    at_most: str,
    stage: Stage,
    params: Path | None,
    reports: Path | None,
) -> int:
    """Run TARGET if a run is due by the time given and not yet made, and mail what it came to.

    Where none is due, only what waits of earlier mail is sent; without any output where there is none either.
    """
    from readiness.duration import duration
    from readiness.mail.outbox import FOLDER
    from readiness.schedule.job import work
    from readiness.schedule.outcome import Outcome
    from readiness.schedule.plan import Plan
    from readiness.target import Target

    if bool(daily) == bool(weekly):
        raise BadInput("expected --daily 06:00 or --weekly mon@07:00, one of them")
    plan = Plan.parse("daily", daily) if daily else Plan.parse("weekly", weekly or "")
    folder = params or find_params()
    place = reports or folder.resolve().parent / "reports"

    def tell(outcome: Outcome | None) -> bool:
        """Mail never changes how a run ended: what goes wrong with it is a line. Whether the outcome is queued."""
        queued = False
        try:
            of_target = place / Target.find(target, folder).name
            if outcome is None and not (of_target / FOLDER).is_dir():
                return True
            from readiness.mail.mailing import Mailing

            mailing = Mailing(target, folder, of_target)
            if outcome is not None:
                mailing.tell(outcome)
            queued = True
            for letter in mailing.deliver():
                if letter.state == "sent":
                    show(f"{letter.via} to {letter.words}")
                elif letter.state != "waiting" or letter.attempts == 1:  # and not each time that it is tried again
                    warn(f"{letter.via} to {letter.words}")
        except Overlap as error:  # who is at it sends what was queued here as well
            if outcome is not None:
                warn(f"mail: {error}")
        except KeyboardInterrupt:
            warn("mail: interrupted; what is not sent is sent by the next call")
        except Exception as error:
            warn(f"mail: {(str(error).strip().splitlines() or [type(error).__name__])[0][:300]}")
        return queued

    with owning_up(target, folder):
        outcome = work(
            target,
            plan,
            params=folder,
            reports=place,
            now=lambda: datetime.now(UTC),
            stage=stage,
            at_most=duration(at_most),
            say=warn,
            tell=tell,
        )
    if outcome is None:
        tell(None)
        return 0
    if outcome.run is None:
        return say(outcome.failure, FAILED)
    decision = outcome.run.decision[stage]
    show(f"{stage}: {decision['verdict']}, score {interval(decision['floor'], decision['ceiling'])} of 100")
    show(str(outcome.run.report))
    return EXIT_CODES[decision["verdict"]]
