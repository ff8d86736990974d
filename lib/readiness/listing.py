"""The daily check as text: a list by dimension, then score and verdict."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import click

from readiness.assessment import Assessment, caveats
from readiness.catalog import DIMENSIONS, NO_SOURCE, Requirement
from readiness.stage import Stage

MARKS = {"met": "✓", "partial": "◐", "unmet": "✗", "unknown": "?", "not applicable": "–"}
COLOURS = {
    "met": "green",
    "partial": "yellow",
    "unmet": "red",
    "unknown": "bright_black",
    "not applicable": "bright_black",
}
VERDICT_MARKS = {"go": "✓", "no-go": "✗", "undetermined": "?"}
VERDICT_COLOURS = {"go": "green", "no-go": "red", "undetermined": "yellow"}
EXIT_CODES = {"go": 0, "no-go": 1, "undetermined": 2}


def listing(
    assessment: Assessment,
    stage: Stage,
    dimensions: Iterable[str] = DIMENSIONS,
    width: int | None = None,
    account: Mapping[str, Any] | None = None,
) -> str:
    """The check's result for people.

    Args:
        assessment: What was judged.
        stage: Which stage's findings to list.
        dimensions: Which dimensions to list.
        width: Columns; a reason is cut to one line of that width. None: nothing is cut.
        account: What was done to the target, see `Survey.account`.
    """
    return "\n".join(_lines(assessment, stage, frozenset(dimensions), width, account or {}))


def _lines(
    assessment: Assessment, stage: Stage, dimensions: Collection[str], width: int | None, account: Mapping[str, Any]
) -> Iterator[str]:
    catalogue = assessment.parameters.catalogue
    findings = assessment.findings[assessment.findings["stage"] == stage]
    for dimension in DIMENSIONS:
        rows = findings[findings["dimension"] == dimension]
        if dimension not in dimensions or rows.empty:
            continue
        yield click.style(catalogue.titles[dimension], bold=True)
        for row in rows.to_dict("records"):
            mark = click.style(f"{MARKS[row['status']]}", fg=COLOURS[row["status"]])
            yield f"  {mark} {_sentence(row, catalogue.requirements[row['requirement']], width)}"
        yield ""
    yield from summary(assessment, stage)
    if account:
        most = assessment.parameters.target.pace.requests
        yield (
            f"  asked: {account['requests']} of {most} requests, {account['accounts']} test accounts made, "
            f"{len(account['left']) or 'none'} left behind"
        )
    for caveat in caveats(assessment.evidence, account.get("left", ())):
        yield f"  {plain(caveat)}"


def _sentence(row: Any, requirement: Requirement, width: int | None) -> str:
    waived = " (waived)" if row["waived"] else ""
    title = f"{requirement.title}{waived}"
    # what is awaited is told in full by the report; here it would drown what was seen
    seen, awaited, _ = row["reason"].partition(f"{NO_SOURCE}: ")
    reason = f"{seen}{NO_SOURCE}" if awaited else row["reason"]
    text = title if row["status"] == "met" else plain(f"{title}: {reason}")
    return text if width is None or len(text) <= width - 4 else text[: width - 5] + "…"


def summary(assessment: Assessment, stage: Stage) -> Iterator[str]:
    """Lines with the score interval, the verdict and what stands against a go."""
    decision = assessment.decision[stage]
    verdict = decision["verdict"]
    yield (
        f"{stage}: {click.style(verdict, fg=VERDICT_COLOURS[verdict], bold=True)}"
        f"  score {interval(decision['floor'], decision['ceiling'])} of 100, {decision['minimum']:g} needed"
    )
    waived = decision["with_waivers"]
    if any(item.in_force(assessment.now) for item in assessment.parameters.waivers):
        yield f"  with waivers: {waived['verdict']}, {interval(waived['floor'], waived['ceiling'])}"
    certain = [item for item in decision["blockers"] if item["certain"]]
    for item in certain:
        yield f"  blocks: {plain(item['text'])}"
    if open_ := len(decision["blockers"]) - len(certain):
        yield f"  {open_} more {'demand is' if open_ == 1 else 'demands are'} not settled; evidence is missing"


def plain(text: str) -> str:
    """One line that moves no cursor: a reason may repeat what a target sent."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def interval(floor: float, ceiling: float) -> str:
    """A score interval as it is written everywhere."""
    return f"{floor:.1f}" if floor == ceiling else f"{floor:.1f}–{ceiling:.1f}"
