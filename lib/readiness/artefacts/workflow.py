"""A workflow of GitHub Actions: when it runs by itself, what it runs, and whether it can be green without doing it."""

import re
from dataclasses import dataclass
from typing import Any

from readiness.artefacts import Unreadable, yaml_of

LINE = 1_000
"""Characters of a command that are looked at."""

_EXCUSES = (
    (re.compile(r"\|\|\s*(?:true|:|echo\b|exit 0)"), "an error is passed over"),
    (re.compile(r"^\s*set \+e\b"), "errors are passed over"),
    (re.compile(r"\becho\b.*\b(?:skip|not found|missing|todo)", re.I), "it says that it skips, and goes on"),
    (re.compile(r"\bexit 0\b"), "it ends early without an error"),
)
_IDLE = re.compile(r"^(?:#.*|echo\b.*|printf\b.*|:|true|exit 0|fi|else|then|done|do|esac|set [-+]\w+.*)?$")


@dataclass(frozen=True)
class Workflow:
    """What one file says.

    Attributes:
        scheduled: It runs by a schedule.
        commands: Lines of its steps that do something.
        excuses: How it can be green without having done it, a line each.
    """

    scheduled: bool
    commands: tuple[str, ...]
    excuses: tuple[str, ...]


def workflow(content: bytes) -> Workflow:
    """Read a workflow file.

    Raises:
        Unreadable: It is not valid YAML, or no workflow.
    """
    documents = yaml_of(content)
    told = documents[0] if len(documents) == 1 and isinstance(documents[0], dict) else {}
    jobs = told.get("jobs")
    # YAML 1.1 reads the bare word `on` as true
    triggers = told.get("on", told.get(True))
    if not isinstance(jobs, dict) or not jobs or triggers is None:
        raise Unreadable("is no workflow: it has no jobs, or nothing that starts them")
    steps = [
        (job, step)
        for job in jobs.values()
        if isinstance(job, dict)
        for step in _list(job.get("steps"))
        if isinstance(step, dict)
    ]
    lines = [line.strip()[:LINE] for _, step in steps for line in str(step.get("run") or "").splitlines()]
    excuses = [f"{words}: {line[:100]}" for line in lines for pattern, words in _EXCUSES if pattern.search(line)]
    excuses += ["continue-on-error is set" for job, step in steps if _goes_on(job) or _goes_on(step)]
    return Workflow(
        scheduled=_schedule(triggers),
        commands=tuple(line for line in lines if not _IDLE.match(line)),
        excuses=tuple(dict.fromkeys(excuses)),
    )


def _schedule(triggers: Any) -> bool:
    times = triggers.get("schedule") if isinstance(triggers, dict) else None
    return isinstance(times, list) and any(isinstance(one, dict) and one.get("cron") for one in times)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _goes_on(part: dict[str, Any]) -> bool:
    return part.get("continue-on-error") not in (None, False)
