"""SARIF 2.1.0: what scanners found. Findings are counted; what they quote, which may be a secret, is never kept."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readiness.artefacts import Unreadable, json_of, moment

HIGH = 7.0
"""CVSS score from which on a finding is of high severity (CVSS 3.1, 5)."""

_SQL = re.compile(
    r"sql[-_ ]?inj|inject\w*[-_ /]sql|hardcoded[-_]sql|formatted[-_]sql|\bB608\b|cwe[-_:/ ]{0,2}0*89\b", re.I
)
_ALWAYS = {"bandit"}
"""Tools that look for SQL built from strings unless told otherwise, and list only the rules that found something."""
_READ = re.compile(r"\b(\d{1,9}) commits? (?:scanned|read)\b")


@dataclass(frozen=True)
class Scan:
    """What one report says; findings that were dismissed or are gone do not count.

    Attributes:
        tools: Names of the tools that ran.
        completed: Every run says that it succeeded, or says nothing of it.
        findings: All of them.
        high: Those of high severity or above.
        sql: Those of SQL that is built from strings.
        looks_for_sql: Some tool has a rule for that.
        files: Files that were analysed; None where the report does not tell.
        commits: Commits that were read; None where the report does not tell.
        commit: The commit that was looked at; empty where none is named.
        finished_at: When the last run ended, where the report tells.
    """

    tools: tuple[str, ...]
    completed: bool
    findings: int
    high: int
    sql: int
    looks_for_sql: bool
    files: int | None = None
    commits: int | None = None
    commit: str = ""
    finished_at: datetime | None = None


def scan(content: bytes) -> Scan:
    """Read a SARIF report.

    Raises:
        Unreadable: It is no SARIF, or no tool ran.
    """
    told = _dict(json_of(content))
    runs = [_dict(run) for run in _list(told.get("runs"))]
    if not isinstance(told.get("runs"), list) or "version" not in told:
        raise Unreadable("is no SARIF report")
    if not runs:
        raise Unreadable("is a SARIF report without a run")
    found = [(run, result, _rule(run, result)) for run in runs for result in _open(run)]
    calls = [_dict(call) for run in runs for call in _list(run.get("invocations"))]
    revisions = {
        str(_dict(one).get("revisionId", "")).lower()
        for run in runs
        for one in _list(run.get("versionControlProvenance"))
    }
    return Scan(
        tools=tuple(dict.fromkeys(_tool(run) for run in runs)),
        completed=all(call.get("executionSuccessful") is not False for call in calls),
        findings=len(found),
        high=sum(_is_high(result, rule) for _, result, rule in found),
        sql=sum(_is_of_sql(result, rule) for _, result, rule in found),
        looks_for_sql=any(_looks_for_sql(run) for run in runs),
        files=_files(runs),
        commits=_commits(runs, calls),
        commit=revisions.pop() if len(revisions) == 1 else "",
        finished_at=min((at for call in calls if (at := moment(call.get("endTimeUtc")))), default=None),
    )


def _open(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Results that stand: neither gone since the baseline, nor passed, nor suppressed (SARIF 2.1.0, 3.27 and 3.35)."""
    results = [_dict(result) for result in _list(run.get("results"))]
    return [
        one
        for one in results
        if one.get("baselineState") != "absent"
        and one.get("kind", "fail") in ("fail", "review", "open")
        and not any(_dict(note).get("status", "accepted") == "accepted" for note in _list(one.get("suppressions")))
    ]


def _rule(run: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    rules, index = _rules(run), result.get("ruleIndex", -1)
    at = [rules[index]] if isinstance(index, int) and 0 <= index < len(rules) else []
    return next((rule for rule in [*rules, *at] if rule.get("id") == _id(result)), {}) or (at[0] if at else {})


def _is_high(result: dict[str, Any], rule: dict[str, Any]) -> bool:
    for holder in (result, rule):
        score = _dict(holder.get("properties")).get("security-severity")
        try:
            return float(score) >= HIGH  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
    default = _dict(rule.get("defaultConfiguration")).get("level", "warning")
    return bool(result.get("level", default) == "error")


def _is_of_sql(result: dict[str, Any], rule: dict[str, Any]) -> bool:
    return bool(_SQL.search(f"{_id(result)} {_words(rule)}"))


def _looks_for_sql(run: dict[str, Any]) -> bool:
    return _tool(run).lower() in _ALWAYS or any(_SQL.search(_words(rule)) for rule in _rules(run))


def _words(rule: dict[str, Any]) -> str:
    tags = [str(tag) for tag in _list(_dict(rule.get("properties")).get("tags"))]
    kinds = [_dict(_dict(one).get("target")).get("id", "") for one in _list(rule.get("relationships"))]
    kinds = [f"CWE-{kind}" if str(kind).isdecimal() else str(kind) for kind in kinds]
    return " ".join([str(rule.get("id", "")), str(rule.get("name", "")), *tags, *kinds])[:2_000]


def _files(runs: list[dict[str, Any]]) -> int | None:
    """Files that the runs list as looked at, and those that Bandit gives metrics of."""
    found: set[str] = set()
    for run in runs:
        for item in _list(run.get("artifacts")):
            roles = _list(_dict(item).get("roles"))
            if not roles or "analysisTarget" in roles or "resultFile" in roles:
                found.add(str(_dict(_dict(item).get("location")).get("uri", "")))
        found |= set(_dict(_dict(run.get("properties")).get("metrics"))) - {"_totals"}
    return len(found - {""}) or None


def _commits(runs: list[dict[str, Any]], calls: list[dict[str, Any]]) -> int | None:
    """A property `commits` of a run or of its invocation, or the words in which gitleaks says it."""
    for holder in (*runs, *calls):
        value = _dict(holder.get("properties")).get("commits")
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    notes = [
        _dict(_dict(note).get("message")).get("text")
        for call in calls
        for note in _list(call.get("toolExecutionNotifications"))
    ]
    said = [int(match[1]) for note in notes if isinstance(note, str) and (match := _READ.search(note))]
    return max(said, default=None)


def commits_in(log: str) -> int | None:
    """Commits that a secret scan says it read in its log, `123 commits scanned.`; None where it does not."""
    return max((int(number) for number in _READ.findall(log)), default=None)


def _rules(run: dict[str, Any]) -> list[dict[str, Any]]:
    tool = _dict(run.get("tool"))
    holders = [_dict(tool.get("driver")), *(_dict(one) for one in _list(tool.get("extensions")))]
    return [_dict(rule) for holder in holders for rule in _list(holder.get("rules"))]


def _tool(run: dict[str, Any]) -> str:
    return str(_dict(_dict(run.get("tool")).get("driver")).get("name", ""))[:80]


def _id(result: dict[str, Any]) -> str:
    return str(result.get("ruleId") or _dict(result.get("rule")).get("id") or "")[:200]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
