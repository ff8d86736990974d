"""The lists of a mail, each cut to what is read in one; the report has them all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from readiness.assessment import Assessment
from readiness.change import PARTS, Row
from readiness.export.escape import line
from readiness.export.results import Results
from readiness.figures.canvas import STAGE_TITLES
from readiness.grants import grants
from readiness.listing import MARKS, interval
from readiness.past import Past
from readiness.report.expiry import Ending, expiring
from readiness.report.words import counted, day, effort, listed, moved
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


def parts(results: Results, assessment: Assessment, past: Past, link: str) -> Iterator[Part]:
    """The lists of a mail, in the order of the report: what changed and what blocks come first.

    Args:
        results: What the run came to.
        assessment: The same, with what it was judged by.
        past: The runs before it, and what it changed.
        link: Address of the report; empty where that is not known.
    """
    decision = results.decision[results.stage]
    titles = {item.requirement: item.title for item in results.of_stage()}
    yield _changed(past, titles, link)
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
    yield _part("About to expire", [_ending(each, titles) for each in expiring(assessment.parameters, assessment.now)])
    missing = grants(assessment, results.stage)
    yield _part(
        "Permissions missing, and the points each would settle",
        [
            Item(cut(each.permission), counted(len(each.settles), "requirement"), f"{each.points:.1f}")
            for each in missing
            if each.settles
        ],
    )


def _changed(past: Past, titles: Mapping[str, str], link: str) -> Part:
    if not past.before:
        return Part("What changed", (), note="This is the first run.")
    title, told = f"What changed since {past.before[:10]}", past.change
    if told is None:
        return Part(title, (), note=f"It cannot be told: {cut(past.why_not)}")
    parts = [
        Item(words, f"{moved(told.parts[part][0])} proven, {moved(told.parts[part][1])} possible")
        for part, words in PARTS.items()
        if any(told.parts[part])
    ]
    rows = sorted(told.rows, key=lambda row: (-abs(row.floor) - abs(row.ceiling), row.requirement))
    items = [
        _requirement(titles.get(row.requirement, row.requirement), "", row.requirement, link, _arrow(row))
        for row in rows
        if row.before != row.after
    ]
    if not parts and not items:
        return Part(title, (), note="Nothing.")
    return _part(f"{title}: {interval(*told.before)} → {interval(*told.after)}", [*parts, *items], len(parts) + MOST)


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


def _ending(item: Ending, titles: Mapping[str, str]) -> Item:
    name = titles.get(item.name, item.name) if item.kind == "waiver" else item.name
    return Item(cut(f"{item.kind}: {name}"), f"ends {day(item.last)}, in {counted(item.days, 'day')}")


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


def _arrow(row: Row) -> str:
    return f"{MARKS.get(row.before or '', '·')}→{MARKS.get(row.after or '', '·')}"
