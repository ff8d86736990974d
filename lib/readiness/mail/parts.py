"""The lists of a mail, each cut to what is read in one; the report has them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pandas as pd

from readiness import snapshot
from readiness.assessment import Assessment, endings
from readiness.change import PARTS, change
from readiness.errors import BadInput
from readiness.export.escape import line
from readiness.export.results import Results
from readiness.figures.canvas import STAGE_TITLES
from readiness.grants import grants
from readiness.listing import MARKS, interval
from readiness.report.words import counted, effort, listed
from readiness.run import RunFolder
from readiness.shortest_path import next_stage, shortest_path

MOST = 8
"""Entries of one list."""
LONG = 180
"""Characters of one entry."""


@dataclass(frozen=True)
class Item:
    """One entry of a list.

    Attributes:
        text: What it says, or what it is about, in one line.
        rest: What is said about that; empty for nothing.
        mark: A sign before it, of a status or of how many points; empty for none.
        link: Where in the report it is told in full; empty where that is not known.
    """

    text: str
    rest: str = ""
    mark: str = ""
    link: str = ""

    @property
    def words(self) -> str:
        """All of it."""
        return f"{self.text}: {self.rest}" if self.rest else self.text


@dataclass(frozen=True)
class Part:
    """A list with its heading.

    Attributes:
        title: The heading.
        items: Its entries.
        more: How many are left out.
        note: A sentence below it; empty for none.
    """

    title: str
    items: Sequence[Item]
    more: int = 0
    note: str = ""

    @property
    def wide(self) -> bool:
        """Whether the signs before its entries take room."""
        return any(len(item.mark) > 1 for item in self.items)


def parts(run: RunFolder, results: Results, assessment: Assessment, scores: pd.DataFrame, link: str) -> Iterator[Part]:
    """The lists of a mail, in the order of the report: what changed and what blocks come first.

    Args:
        run: The run's folder.
        results: What is in it.
        assessment: What is in it, with what it was judged by.
        scores: Of its target's history, up to it.
        link: Address of the report; empty where that is not known.
    """
    decision = results.decision[results.stage]
    titles = {item.requirement: item.title for item in results.of_stage()}
    yield _changed(run, results, titles, scores, link)
    for title, certain in (("What blocks", True), ("What is not settled", False)):
        blockers = [item for item in decision["blockers"] if item["certain"] is certain]
        blockers.sort(key=lambda item: item["kind"] != "mandatory")  # the others are told by the bars as well
        yield _part(title, [_blocker(item, titles, link) for item in blockers])
    yield _path(results, assessment, link)
    unmet = [item for item in results.of_stage() if item.status == "unmet"]
    yield _part(
        f"Unmet at {STAGE_TITLES[results.stage]}",
        [
            _requirement(item.title, f"{'waived; ' if item.waived else ''}{item.reason}", item.requirement, link, "✗")
            for item in unmet
        ],
    )
    yield _part("About to expire", [Item(words) for words in endings(assessment.parameters, assessment.now)])
    missing = grants(assessment, results.stage)
    yield _part(
        "Permissions missing, and the points each would settle",
        [
            Item(cut(each.permission), counted(len(each.settles), "requirement"), f"{each.points:.1f}")
            for each in missing
            if each.settles
        ],
    )


def _changed(run: RunFolder, results: Results, titles: Mapping[str, str], scores: pd.DataFrame, link: str) -> Part:
    earlier = scores[scores["whole"] & (scores["kind"] == "observed") & (scores["run"] < run.path.name)]["run"]
    if earlier.empty:
        return Part("What changed", (), note="This is the first run.")
    before = RunFolder(run.path.parent / earlier.iloc[-1])
    title = f"What changed since {before.path.name[:10]}"
    try:
        told = change(before, run, results.stage, snapshot.parameters_of(before), snapshot.parameters_of(run))
    except BadInput as error:
        return Part(title, (), note=f"It cannot be told: {cut(error)}")
    moved = [
        Item(words, f"floor {told.parts[part][0]:+.1f}, ceiling {told.parts[part][1]:+.1f}")
        for part, words in PARTS.items()
        if any(told.parts[part])
    ]
    rows = sorted(told.rows, key=lambda row: (-abs(row.floor) - abs(row.ceiling), row.requirement))
    items = [
        _requirement(
            titles.get(row.requirement, row.requirement), "", row.requirement, link, _arrow(row.before, row.after)
        )
        for row in rows
        if row.before != row.after
    ]
    if not moved and not items:
        return Part(title, (), note="Nothing.")
    score = f"{interval(*told.before)} → {interval(*told.after)}"
    return _part(f"{title}: {score}", [*moved, *items], len(moved) + MOST)


def _path(results: Results, assessment: Assessment, link: str) -> Part:
    gate = next_stage(results.decision)
    parameters = assessment.parameters
    title = f"Shortest path to {STAGE_TITLES[gate]}"
    found = shortest_path(results.findings, parameters.catalogue, parameters.gates, gate, alternatives=False)
    if found.obstacles:
        return Part(title, (), note=f"There is none: {listed([cut(one) for one in found.obstacles[:3]])}")
    items = [
        _requirement(item.title, effort(item.effort), item.requirement, link, f"+{item.points:.1f}")
        for item in found.items
    ]
    return _part(f"{title}: {effort(found.effort)}", items) if items else Part("", ())


def _blocker(item: Mapping[str, Any], titles: Mapping[str, str], link: str) -> Item:
    if item["kind"] != "mandatory":
        return Item(cut(item["text"]))
    name, words = str(item["name"]), str(item["text"])
    title = titles.get(name, name)
    return _requirement(title, words.removeprefix(f"{title}: "), name, link, "")


def _requirement(title: str, rest: str, name: str, link: str, mark: str) -> Item:
    return Item(cut(title), cut(rest), mark, f"{link}#req-{quote(name)}" if link else "")


def cut(words: object, most: int = LONG) -> str:
    """One line of foreign words, cut at `most` characters."""
    text = line(words, 10 * most)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _part(title: str, items: Sequence[Item], most: int = MOST) -> Part:
    return Part(title, items[:most], max(0, len(items) - most))


def _arrow(before: str | None, after: str | None) -> str:
    return f"{MARKS.get(before or '', '·')}→{MARKS.get(after or '', '·')}"
