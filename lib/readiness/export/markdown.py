"""Markdown: a summary for people, as a CI job shows it beside its result."""

import re
from collections.abc import Iterator

from readiness.export.escape import line
from readiness.export.results import Results
from readiness.listing import MARKS, VERDICT_MARKS, interval
from readiness.report.words import counted, utc
from readiness.stage import STAGES

NAME = "summary.md"
MOST = 25
"""Entries of one list; a job summary takes 1 MiB, and nobody reads more."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~^$:])")


def text(results: Results) -> str:
    """Decision, categories, blockers and what is not met, of the stage put first; 1 to 20 kB."""
    return "\n".join(_lines(results)) + "\n"


def safe(words: object) -> str:
    """Foreign words as they are: no markup, no HTML, no mention, no link."""
    entities = line(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    return _SPECIAL.sub(r"\\\1", entities)


def _lines(results: Results) -> Iterator[str]:
    decision = results.decision[results.stage]
    yield f"## Production readiness: {safe(results.target)}"
    yield ""
    score = interval(decision["floor"], decision["ceiling"])
    yield (
        f"**{results.stage}: {VERDICT_MARKS[decision['verdict']]} {decision['verdict']}**, "
        f"score {score} of 100, {decision['minimum']:g} needed. Observed until {utc(results.observed_until)}."
    )
    yield from ("", "| stage | verdict | score | needed | with waivers |", "|---|---|---|---|---|")
    for stage in STAGES:
        each, waived = results.decision[stage], results.decision[stage]["with_waivers"]
        yield (
            f"| {stage} | {VERDICT_MARKS[each['verdict']]} {each['verdict']} "
            f"| {interval(each['floor'], each['ceiling'])} | {each['minimum']:g} "
            f"| {waived['verdict']}, {interval(waived['floor'], waived['ceiling'])} |"
        )
    yield from ("", f"| category at {results.stage} | points | required | of |", "|---|---|---|---|")
    for item in decision["categories"]:
        title = results.catalogue.titles.get(item["dimension"], item["dimension"])
        points = interval(item["floor"], item["ceiling"])
        yield f"| {safe(title)} | {points} | {item['required']:g} | {item['weight']:g} |"
    for words, certain in (("What blocks", True), ("What is not settled", False)):
        yield from _listed(words, [safe(b["text"]) for b in decision["blockers"] if b["certain"] is certain])
    found = list(results.of_stage())
    for status in ("unmet", "partial", "unknown"):
        rows = [
            f"{MARKS[status]} {safe(item.title)}{' (waived)' if item.waived else ''}: {safe(item.reason)}"
            for item in found
            if item.status == status
        ]
        yield from _listed(f"{status.capitalize()}, {counted(len(rows), 'requirement')}", rows)


def _listed(title: str, rows: list[str]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"### {title}", "")
    yield from (f"- {row}" for row in rows[:MOST])
    if len(rows) > MOST:
        yield f"- and {len(rows) - MOST} more, which the report lists"
