"""`readiness load`: put a platform under load, and measure."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from readiness import interrupt
from readiness.assessment import Parameters
from readiness.cli.options import FAILED, INTERRUPTED, folder_option, params_option
from readiness.cli.output import say, show
from readiness.duration import duration
from readiness.errors import BadInput
from readiness.listing import plain
from readiness.load.channel import Tidings
from readiness.load.plan import MOST, Plan, Slo, plan_for, plan_for_address
from readiness.load.publishing import publish, write
from readiness.load.summary import summary
from readiness.parameters import find_params

HELD, BROKEN, UNSETTLED = 0, 1, 2


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        if isinstance(value, float):
            return value
        if value in ("0", "0s"):  # no warm-up
            return 0.0
        try:
            return duration(value).total_seconds()
        except ValueError as error:
            return self.fail(str(error), param, ctx)


@click.command()
@click.argument("target", metavar="TARGET_OR_URL")
@click.option("--rate", type=float, help="Open model: requests a second, each timed from its intended start.")
@click.option("--users", type=int, help="Closed model: virtual users that think between requests.")
@click.option("--duration", "seconds", type=_Duration(), default="30s", show_default=True, help="Measured part.")
@click.option("--warm-up", type=_Duration(), default="2s", show_default=True, help="Sent before it, not counted.")
@click.option("--ramp-from", type=float, help="Open model: the rate grows from this one to --rate.")
@click.option("--poisson", is_flag=True, help="Open model: arrivals independent of one another.")
@click.option("--journey", default="", help="Journey of the target file; default: its first, else the health route.")
@click.option("--p99", type=float, default=500, show_default=True, help="Milliseconds that p99 has to stay below.")
@click.option("--errors", type=float, default=1, show_default=True, help="Per cent of failures, to stay below.")
@click.option("--workers", type=int, default=0, help="Processes; default: as many as it takes.")
@click.option("--up-to", type=float, help="Search for the largest load that holds: from --rate or --users up to this.")
@click.option("--seed", type=int, default=0, show_default=True, help="Makes arrivals and pauses repeatable.")
@click.option(
    "--import", "foreign", type=click.Path(path_type=Path), help="Instead: keep k6's or Locust's summary as evidence."
)
@click.option("--json", "to", type=click.Path(path_type=Path), help="Write the whole record to this file.")
@params_option
@folder_option
def load(
    target: str,
    rate: float | None,
    users: int | None,
    seconds: float,
    warm_up: float,
    ramp_from: float | None,
    poisson: bool,
    journey: str,
    p99: float,
    errors: float,
    workers: int,
    up_to: float | None,
    seed: int,
    foreign: Path | None,
    to: Path | None,
    params: Path | None,
    reports: Path | None,
) -> int:
    """Put a platform under load: a rate of requests or a number of users, for a time.

    TARGET_OR_URL is a target, or an address on this machine. Anything but loopback needs the target file's grant:
    permissions: [load] with load.rate, load.users and load.until. The record of a target's test is kept beside its
    runs and stands as evidence in the next ones.

    Exit codes: 0 p99 and errors held, 1 they did not, 2 not settled (too close, void or stopped early), 3 the test
    failed or was refused, 130 interrupted (what was measured is kept, marked partial).
    """
    if up_to is not None and not (rate or users or 0) < up_to <= MOST:
        raise BadInput(f"--up-to: expected more than where the search begins and at most {MOST}, got {up_to:g}")
    if to is not None and (to.is_dir() or not to.resolve().parent.is_dir()):
        raise BadInput(f"{to}: expected a file in a folder that is there")  # before the test, not after it
    if foreign is not None:
        return _imported(foreign, target, rate, to, params, reports)
    platform, folder = None, params
    given: dict[str, Any] = {
        "rate": rate,
        "ramp_from": ramp_from,
        "users": users,
        "seconds": seconds,
        "warm_up_s": warm_up,
        "poisson": poisson,
        "workers": workers,
        "seed": seed,
        "slo": Slo(p99, errors),
    }
    if "://" in target:
        if journey:
            raise BadInput("--journey: expected a target that declares it, not an address")
        plan = plan_for_address(target, **given)
    else:
        folder = params or find_params()
        platform = Parameters.load(target, folder).target
        plan = plan_for(platform, journey=journey, **given)
    from readiness.load.trial import carried_out

    record = interrupt.run(carried_out(plan, platform, up_to or 0.0, listening=_live))
    for line in summary(record):
        show(plain(line))
    if platform is not None and folder is not None:
        show(str(publish(record, reports or folder.resolve().parent / "reports")))
    if to is not None:
        write(record, to)
    for item in record["left"]:
        say(f"left behind: {plain(item)}; `readiness cleanup {target}` tries again", FAILED)
    return _code(record)


def _imported(
    summary_of: Path, target: str, rate: float | None, to: Path | None, params: Path | None, reports: Path | None
) -> int:
    """Keep another tool's summary, marked as foreign, and say what it omits."""
    from readiness.load.foreign import imported

    folder = params or find_params()
    platform = Parameters.load(target, folder).target
    record = imported(summary_of, target=platform.name, address=platform.production, arrivals_per_s=rate)
    if to is not None:
        write(record, to)
    show(str(publish(record, reports or folder.resolve().parent / "reports")))
    show(f"{plain(record['tool'])}: {record['completed']} completed, {sum(record['failed'].values())} failed")
    for omission in record["omits"]:
        show(f"! {omission}")
    return HELD


def _code(record: dict[str, Any]) -> int:
    from readiness.load.record import INTERRUPTED as STOPPED
    from readiness.load.trial import empty

    if record["partial"] == STOPPED:
        return say("interrupted; what was measured is kept, marked partial", INTERRUPTED)
    if reason := empty(record):
        return say(reason, FAILED)
    if record["slo"]["held"] is False:
        return BROKEN
    return UNSETTLED if record["void"] or record["partial"] or record["slo"]["held"] is None else HELD


def _live(plan: Plan, workers: int) -> Callable[[Tidings], None]:
    """A line a second on stderr with rate, p99 and failures; one that is written over where there is a terminal."""
    heard: dict[int, list[Tidings]] = {}
    shown = [-(10**9)]

    def listen(tidings: Tidings) -> None:
        second = tidings.second
        if second is None or second <= shown[0]:
            return
        heard.setdefault(second, []).append(tidings)
        if len(heard[second]) < workers and second + 1 not in heard:
            return
        shown[0] = second
        told = heard.pop(second)
        ended, failed = sum(one.scheduled for one in told), sum(one.failed for one in told)
        part = "warm-up" if second < 0 else f"{second + 1:>4} s"
        line = f"{part}  {ended}/s  p99 {max(one.p99_ms for one in told):.1f} ms  {failed} failed"
        with contextlib.suppress(OSError):
            if sys.stderr.isatty():
                print(f"\r\x1b[K{line}", end="" if second + 1 < plan.seconds else "\n", file=sys.stderr, flush=True)
            else:
                print(line, file=sys.stderr, flush=True)

    return listen
