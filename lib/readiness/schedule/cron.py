"""cron: a target's lines in the user's crontab, between markers; no other line is ever touched.

cron does not make up for what it missed while the machine was off, so each plan has a second, hourly line: the job ends
at once and silently where nothing is due.
"""

import shlex
import subprocess

from readiness.errors import BadInput, RunFailed
from readiness.schedule.command import Job
from readiness.schedule.plan import Plan, zone_name

CATCH_UP = 45
"""Minutes after the moment at which the hourly line looks for a missed run."""


def lines(job: Job) -> str:
    """The crontab lines of a target, markers included."""
    first, last = _markers(job.name)
    rows = [first, f"# times are those of this machine: {zone_name()}"]
    for plan in job.plans:
        # % ends a command in a crontab; verdicts are exit codes, and what goes wrong is on standard error
        command = shlex.join(job.arguments(plan.kind)).replace("%", r"\%") + " > /dev/null"
        rows += [f"{_when(plan)} {command}", f"{(plan.at.minute + CATCH_UP) % 60} * * * * {command}"]
    return "\n".join([*rows, last]) + "\n"


def install(job: Job) -> bool:
    """Put the lines into the user's crontab, in place of the target's earlier ones; whether that changed it."""
    return _write(_without(read := _read(), job.name), lines(job), read)


def remove(name: str) -> bool:
    """Take the target's lines out of the user's crontab; whether there were any."""
    return _write(_without(read := _read(), name), "", read)


def _when(plan: Plan) -> str:
    day = "*" if plan.day is None else str((plan.day + 1) % 7)  # 0 is Sunday
    return f"{plan.at.minute} {plan.at.hour} * * {day}"


def _markers(name: str) -> tuple[str, str]:
    return f"# >>> readiness schedule {name} >>>", f"# <<< readiness schedule {name} <<<"


def _without(text: str, name: str) -> str:
    rows = text.splitlines(keepends=True)
    bare = [row.strip() for row in rows]
    first, last = _markers(name)
    if first not in bare and last not in bare:
        return text
    if (bare.count(first), bare.count(last)) != (1, 1) or bare.index(first) > bare.index(last):
        raise BadInput(
            f"crontab: expected one {first!r} and after it one {last!r}; mend it by hand, nothing was changed"
        )
    return "".join(rows[: bare.index(first)] + rows[bare.index(last) + 1 :])


def _write(kept: str, added: str, before: str) -> bool:
    wanted = kept + ("\n" if added and kept and not kept.endswith("\n") else "") + added
    if wanted == before:
        return False
    _crontab("-", given=wanted)
    return True


def _read() -> str:
    done = _run("-l")
    if done.returncode == 0:
        return done.stdout
    if "no crontab" in done.stderr:
        return ""
    raise RunFailed(f"crontab -l: {_said(done)}")  # never taken for an empty one, which would be written over


def _crontab(*arguments: str, given: str) -> None:
    done = _run(*arguments, given=given)
    if done.returncode:
        raise RunFailed(f"crontab: {_said(done)}")


def _run(*arguments: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["crontab", *arguments], input=given, capture_output=True, text=True, timeout=30, check=False
        )
    except FileNotFoundError:
        raise BadInput("crontab: no such program on the PATH; is cron installed? --as systemd needs none") from None
    except subprocess.TimeoutExpired:
        raise RunFailed("crontab: no answer within 30 s") from None


def _said(done: "subprocess.CompletedProcess[str]") -> str:
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
