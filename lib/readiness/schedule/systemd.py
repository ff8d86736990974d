"""systemd: a timer and a service of the user for each kind of run. A missed moment is made up for (`Persistent=`)."""

import os
import subprocess
from pathlib import Path

from readiness.errors import BadInput, RunFailed
from readiness.schedule.command import Job
from readiness.schedule.plan import DAYS, KINDS, Plan, zone_name

MADE = "# Made by `readiness schedule`; it is replaced and removed by it."
AGAIN = "10min"
"""The pause before a run that met another of its target is tried again."""


def units(job: Job) -> dict[str, str]:
    """The unit files of a target: name → content."""
    found = {}
    for plan in job.plans:
        name = _name(job.name, plan.kind)
        found[f"{name}.service"] = (
            f"{MADE}\n[Unit]\nDescription=Production readiness of {job.name}, {plan.kind}\n"
            "After=network-online.target\n\n[Service]\nType=simple\n"
            f"ExecStart={' '.join(map(_quoted, job.arguments(plan.kind)))}\n"
            # no-go and undetermined are verdicts, not failures of the unit; --at-most ends a run that takes too long;
            # what met another run is started again, which systemd before 256 refuses a unit of Type=oneshot
            f"SuccessExitStatus=1 2\nRestartForceExitStatus=4\nRestartSec={AGAIN}\nKillMode=mixed\n"
        )
        found[f"{name}.timer"] = (
            f"{MADE}\n# times are those of this machine: {zone_name()}\n"
            f"[Unit]\nDescription=Production readiness of {job.name}, {plan.kind} at {plan}\n\n"
            f"[Timer]\nOnCalendar={_calendar(plan)}\nPersistent=true\nAccuracySec=1min\n\n"
            "[Install]\nWantedBy=timers.target\n"
        )
    return found


def text(job: Job) -> str:
    """All unit files one after the other, each under its name."""
    return "\n".join(f"# {folder() / name}\n{content}" for name, content in units(job).items())


def folder() -> Path:
    """Where the user's units are."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "systemd" / "user"


def install(job: Job) -> bool:
    """Write the units and start their timers; those of a kind that is no longer planned go. Whether a file changed.

    Raises:
        BadInput: A file of that name is not one that was made here, or there is no systemctl.
        RunFailed: systemctl refused.
    """
    wanted = units(job)
    stale = [path for path in _made(job.name) if path.name not in wanted]
    changed = {name: content for name, content in wanted.items() if _content(folder() / name) != content}
    for name in changed:
        _ours(folder() / name)
    _drop(stale)
    folder().mkdir(parents=True, exist_ok=True)
    for name, content in changed.items():
        (folder() / name).write_text(content, encoding="utf-8")
    if changed or stale:
        _systemctl("daemon-reload")
    _systemctl("enable", "--now", *(name for name in wanted if name.endswith(".timer")))
    return bool(changed or stale)


def remove(name: str) -> bool:
    """Stop a target's timers and remove its units; whether there were any. Raises as `install` does."""
    found = _made(name)
    _drop(found)
    if found:
        _systemctl("daemon-reload")
    return bool(found)


def _drop(paths: list[Path]) -> None:
    timers = [path.name for path in paths if path.suffix == ".timer"]
    if timers:
        _systemctl("disable", "--now", *timers)
    for path in paths:
        path.unlink()


def _made(name: str) -> list[Path]:
    paths = [folder() / f"{_name(name, kind)}{suffix}" for kind in KINDS for suffix in (".service", ".timer")]
    return [_ours(path) for path in paths if path.is_file()]


def _ours(path: Path) -> Path:
    found = _content(path)
    if found is not None and not found.startswith(MADE):
        raise BadInput(f"{path}: expected a unit that was made by `readiness schedule`; nothing was changed")
    return path


def _content(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _name(target: str, kind: str) -> str:
    return f"readiness-{target}-{kind}"


def _calendar(plan: Plan) -> str:
    day = "" if plan.day is None else f"{DAYS[plan.day].capitalize()} "
    return f"{day}*-*-* {plan.at:%H:%M}:00"


def _quoted(argument: str) -> str:
    """As systemd.service(5) quotes; % and $ are doubled so that they stand for themselves."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _systemctl(*arguments: str) -> None:
    try:
        done = subprocess.run(
            ["systemctl", "--user", *arguments], capture_output=True, text=True, timeout=60, check=False
        )
    except FileNotFoundError:
        raise BadInput("systemctl: no such program on the PATH; --as cron needs none") from None
    except subprocess.TimeoutExpired:
        raise RunFailed("systemctl: no answer within 60 s") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise RunFailed(f"systemctl {arguments[0]}: {said}")
