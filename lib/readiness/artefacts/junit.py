"""JUnit: the results of a run of tests. Test cases are counted; what a file's totals claim only ever makes it worse."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readiness.artefacts import Unreadable, moment
from readiness.artefacts.markup import elements, name_of

_COMMIT = {"commit", "git.commit", "git_commit", "git.sha", "revision", "sha", "github_sha", "ci_commit_sha"}
_UNCOLLECTED = ("collection failure", "test suite failed to run", "collection error")


@dataclass(frozen=True)
class Results:
    """What one run of tests came to.

    Attributes:
        passed, failed: Names of tests: `class.name` and, where the file tells it, `file::name`.
        failures: Tests that failed or erred, suites that could not be collected included.
        tests: Tests that were run: neither skipped nor uncollected.
        skipped: Tests that were not run.
        commit: The commit that a property names; empty where none does.
        finished_at: The latest time that a suite tells.
    """

    passed: frozenset[str]
    failed: frozenset[str]
    tests: int
    failures: int
    skipped: int
    commit: str = ""
    finished_at: datetime | None = None

    def verdict(self, test: str) -> bool | None:
        """Whether a test passed, named as a whole or by the end of its name; None where it was not run."""
        if any(_is(name, test) for name in self.failed):
            return False
        return True if any(_is(name, test) for name in self.passed) else None


def results(content: bytes) -> Results:
    """Read a JUnit XML file.

    Raises:
        Unreadable: It is no whole JUnit XML.
    """
    passed: set[str] = set()
    failed: set[str] = set()
    counts = {"tests": 0, "failures": 0, "skipped": 0}
    claimed, commits, times = 0, [], []
    root = ""
    for event, element in elements(content):
        name = name_of(element)
        if event == "start":
            if not root:
                root = name
                if root not in ("testsuites", "testsuite"):
                    raise Unreadable(f"is no JUnit XML: it begins with <{root[:40]}>")
            if name == "testsuite":
                claimed += _number(element, "failures") + _number(element, "errors")
                times.append(moment(element.get("timestamp")))
            elif name == "property" and str(element.get("name", "")).lower() in _COMMIT:
                commits.append(str(element.get("value") or "").strip().lower())
            continue
        if name == "testcase":
            _count(element, counts, passed, failed)
            element.clear()
        elif name == "testsuite":
            element.clear()
    return Results(
        frozenset(passed - failed),
        frozenset(failed),
        counts["tests"],
        max(counts["failures"], claimed if not counts["failures"] else 0),
        counts["skipped"],
        commits[0] if len(set(commits)) == 1 else "",
        max((time for time in times if time), default=None),
    )


def together(parts: Iterable[Results]) -> Results:
    """Several files as one run; it has a commit where all name the same, and is as old as its oldest part."""
    runs = list(parts)
    commits = {one.commit for one in runs}
    return Results(
        frozenset().union(*(one.passed for one in runs)),
        frozenset().union(*(one.failed for one in runs)),
        sum(one.tests for one in runs),
        sum(one.failures for one in runs),
        sum(one.skipped for one in runs),
        commits.pop() if len(commits) == 1 else "",
        min((one.finished_at for one in runs if one.finished_at), default=None),
    )


def _count(case: Any, counts: dict[str, int], passed: set[str], failed: set[str]) -> None:
    names = _names(case)
    faults = [child for child in case if name_of(child) in ("failure", "error")]
    if any(_is_uncollected(child) for child in faults):
        counts["failures"] += 1
    elif faults:
        counts["tests"] += 1
        counts["failures"] += 1
        failed |= names
    elif any(name_of(child) in ("skipped", "disabled") for child in case):
        counts["skipped"] += 1
    else:
        counts["tests"] += 1
        passed |= names


def _names(case: Any) -> set[str]:
    name, group, file = (str(case.get(key) or "") for key in ("name", "classname", "file"))
    found = {f"{group}.{name}" if group else name}
    if file or group:
        found.add(f"{file or group.replace('.', '/') + '.py'}::{name}")
    return found


def _is_uncollected(fault: Any) -> bool:
    message = str(fault.get("message") or "").strip().lower()
    return message.startswith(_UNCOLLECTED)


def _number(element: Any, key: str) -> int:
    value = str(element.get(key) or "0")
    return int(value) if value.isdecimal() and len(value) < 10 else 0


def _is(name: str, test: str) -> bool:
    """The end of a name counts from a boundary: `sign_up` is not `test_sign_up`."""
    return name == test or (name.endswith(test) and name[-len(test) - 1] in "./: >")
