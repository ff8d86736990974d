"""Reasons: a finding in words: what fails, what is not known and why, what nothing observes yet; else how much held.

They are written column by column: what is the same is said once and referred to by its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from readiness.catalog import NO_SOURCE
from readiness.criterion import figure, wanted
from readiness.evaluation import COMPARE, FAILS, OPEN, Answers, Flags, Places, Questions, bounds


class Kind(IntEnum):
    """What a part of a reason tells; they are read in this order."""

    FAILING = 0
    OPEN = 1
    AWAITED = 2
    WHOLE = 3
    ANNOUNCED = 4


@dataclass(frozen=True)
class Outline:
    """The parts that the reasons of some findings can have, in the order in which they are read.

    Attributes:
        begins: The place of each finding's first part.
        kind: Of each part, see `Kind`.
        question: The place of the question that it tells the answer of, -1 where it is always the same text.
        text: What is always said, or what is said before an announced criterion.
        alike: Places of parts of one finding that can come to tell the same, as those on one fact that is not known.
    """

    begins: Places
    kind: Places
    question: Places
    text: list[str]
    alike: list[list[int]]

    @classmethod
    def of(cls, criteria: pd.DataFrame) -> "Outline":
        """The parts of criteria: finding and question (places), fact, operator, threshold, begins, announced."""
        told: dict[int, list[tuple[Kind, int, str, str]]] = {}
        awaited: dict[int, dict[str, None]] = {}
        counted: dict[int, int] = {}
        names = ("finding", "question", "fact", "operator", "threshold", "announced", "begins")
        for finding, question, fact, operator, threshold, announced, begins in zip(
            *(criteria[name].tolist() for name in names), strict=True
        ):
            parts = told.setdefault(finding, [])
            if announced:
                parts.append((Kind.ANNOUNCED, question, fact, f"from {begins:%Y-%m-%d} on: "))
                continue
            counted[finding] = counted.get(finding, 0) + 1
            if operator == "awaits":
                awaited.setdefault(finding, {})[threshold] = None
            else:
                parts += [(kind, question, fact, "") for kind in (Kind.FAILING, Kind.OPEN)]
        for finding, texts in awaited.items():
            told[finding].append((Kind.AWAITED, -1, "", f"{NO_SOURCE}: {'; '.join(texts)}"))
        for finding, size in counted.items():
            text = f"all {size} criteria hold" if size > 1 else "its one criterion holds"
            told[finding].append((Kind.WHOLE, -1, "", text))
        ordered = [
            (finding, *part) for finding in sorted(told) for part in sorted(told[finding], key=lambda one: one[0])
        ]
        alike: dict[Any, list[int]] = {}
        for place, (finding, kind, question, fact, _) in enumerate(ordered):
            if question >= 0:
                alike.setdefault((finding, kind, fact), []).append(place)
        return cls(
            np.flatnonzero(np.diff([part[0] for part in ordered], prepend=-1)),
            np.array([part[1] for part in ordered]),
            np.array([part[2] for part in ordered]),
            [part[4] for part in ordered],
            [places for places in alike.values() if len(places) > 1],
        )


def reasons(outline: Outline, evidence: pd.DataFrame, questions: Questions, answers: Answers) -> pd.Series:
    """The reason of each finding of each target, all of one target together.

    Args:
        outline: What can be told.
        evidence: What the answers rest on.
        questions: What was asked.
        answers: What was answered.
    """
    sentence, number = _sentences(evidence, questions, answers)
    kind, question, begins, says = outline.kind, outline.question, outline.begins, answers.says
    told = np.zeros((len(kind), says.shape[1]), bool)
    text = np.empty(told.shape, np.int64)
    for one, answered in ((Kind.FAILING, FAILS), (Kind.OPEN, OPEN)):
        rows = np.flatnonzero(kind == one)
        told[rows], text[rows] = says[question[rows]] == answered, number[question[rows]]
    for alike in outline.alike:
        for count, part in enumerate(alike):
            told[part] &= ~(told[alike[:count]] & (text[alike[:count]] == text[part])).any(axis=0)
    always = np.flatnonzero(question < 0)
    told[kind == Kind.AWAITED] = True
    told[kind == Kind.WHOLE] = np.add.reduceat(told, begins, axis=0, dtype=np.int64) == 0
    text[always] = (len(sentence) + np.arange(len(always)))[:, None]
    texts = [sentence, _strings([outline.text[place] for place in always])]
    for row in np.flatnonzero(kind == Kind.ANNOUNCED):
        told[row], text[row] = True, sum(map(len, texts)) + np.arange(told.shape[1])
        texts.append(_joined(outline.text[row], sentence.take(pa.array(number[question[row]]))))
    counts = np.add.reduceat(told, begins, axis=0, dtype=np.int64).T.ravel()
    told, text = np.ascontiguousarray(told.T), np.ascontiguousarray(text.T)
    ends = np.r_[0, np.cumsum(counts)].astype(np.int32)
    listed = pa.ListArray.from_arrays(pa.array(ends), pa.concat_arrays(texts).take(pa.array(text[told])))
    return pd.Series(pc.binary_join(listed, _constant("; ")), dtype="str")


def _sentences(evidence: pd.DataFrame, questions: Questions, answers: Answers) -> tuple[pa.Array, Places]:
    """Sentences, and the place of the one that tells each question's answer, questions × targets."""
    rows, says, fact = _Rows(evidence), answers.says, questions.fact
    operators = questions.asked["operator"].to_numpy(object)
    awaits, measures = (np.isin(operators, names)[:, None] for names in (["awaits"], list(COMPARE)))
    facts = _strings(questions.facts)
    asked = _strings([wanted(how, what) for how, what in zip(operators, questions.asked["threshold"], strict=True)])
    texts = [_joined(facts, " holds"), _joined(f"{NO_SOURCE}: ", asked)]
    number = np.where(awaits, len(facts) + np.arange(len(operators))[:, None], fact[:, None]).repeat(says.shape[1], 1)

    def tell(number: Places, cells: Flags, *phrases: pa.Array | str) -> None:
        number[cells] = sum(map(len, texts)) + np.arange(np.count_nonzero(cells))
        texts.append(_joined(*phrases))

    # what the observing or time has against a fact is told of the fact, whichever question it leaves open
    first = np.searchsorted(fact, np.arange(len(facts)))
    place, of_fact = answers.place[first], np.zeros((len(first), says.shape[1]), np.int64)
    unseen, stale = ~answers.observed[first], np.logical_or.reduceat(answers.stale, first, axis=0)
    ahead = answers.ahead[first]
    tell(of_fact, unseen, _across(facts, unseen), " is not known: ", rows.why(place[unseen]), rows.needs(place[unseen]))
    for cells, fault in ((stale & ~ahead, "too old to count"), (stale & ahead, "later than this judgement")):
        seen = rows.time(place[cells])
        tell(of_fact, cells, _across(facts, cells), " is not known: observed ", seen, f" UTC, {fault}")
    lacking = ~awaits & (answers.stale | ~answers.observed)
    number[lacking] = of_fact[fact][lacking]

    about, place = facts.take(pa.array(fact)), answers.place
    given = ~awaits & ~lacking
    low, high = bounds(evidence)
    close = given & measures & (says == OPEN)
    close[close] = ~np.isnan(low[place[close]]) & ~np.isnan(high[place[close]])
    # what was observed is of another kind than what is judged
    foreign = given & ~close & (says == OPEN)
    tell(number, foreign, _across(about, foreign), " is not known: not a value of the kind that its criterion judges")
    at = place[close]
    ends = (_numbers(low[at]), " and ", _numbers(high[at]), rows.unit(at))
    tell(number, close, _across(about, close), " is between ", *ends, ": too close to ", _across(asked, close))
    off = given & (says == FAILS)
    for cells, value in ((off & measures, rows.number), (off & ~measures, rows.word)):
        tell(number, cells, _across(about, cells), " is ", value(place[cells]), ", expected ", _across(asked, cells))
    return pa.concat_arrays(texts), number


class _Rows:
    """Values of rows of the evidence as texts; of a row at -1, as of one that is empty.

    Args:
        evidence: The evidence frame.
    """

    def __init__(self, evidence: pd.DataFrame) -> None:
        self._evidence = evidence

    def _text(self, name: str, at: Places) -> pa.Array:
        return pc.fill_null(_strings(self._evidence[name]).take(pa.array(at, mask=at < 0)), _constant(""))

    def why(self, at: Places) -> pa.Array:
        """Why there is no value."""
        given = self._text("reason", at)
        return pc.if_else(pc.equal(given, _constant("")), _constant("not observed in this run"), given)

    def needs(self, at: Places) -> pa.Array:
        """Which permission is missing, where one is."""
        given = self._text("permission", at)
        return pc.if_else(pc.equal(given, _constant("")), given, _joined(" (needs the permission ", given, ")"))

    def time(self, at: Places) -> pa.Array:
        """When it was observed, to the minute."""
        times = pa.array(self._evidence["observed_at"].iloc[at])
        return pc.strftime(times, format="%Y-%m-%d %H:%M").cast(pa.large_string())

    def unit(self, at: Places) -> pa.Array:
        """The unit, after a space."""
        given = self._text("unit", at)
        return pc.if_else(pc.equal(given, _constant("")), given, _joined(" ", given))

    def number(self, at: Places) -> pa.Array:
        """The number with its unit."""
        return _joined(_numbers(self._evidence["number"].iloc[at].to_numpy(float, na_value=np.nan)), self.unit(at))

    def word(self, at: Places) -> pa.Array:
        """The flag, or the text."""
        flags = pa.array(self._evidence["boolean"].iloc[at])
        return pc.coalesce(flags.cast(pa.large_string()), self._text("text", at))


def _across(column: pa.Array, cells: Flags) -> pa.Array:
    """The value of each cell's row."""
    return column.take(pa.array(np.nonzero(cells)[0]))


def _numbers(values: NDArray[np.float64]) -> pa.Array:
    places, different = pd.factorize(values, use_na_sentinel=False)
    return _strings([figure(one) for one in different.tolist()]).take(pa.array(places))


def _joined(*phrases: pa.Array | str) -> pa.Array:
    """The phrases of each row one after the other; a plain text is that of every row."""
    columns = (_constant(phrase) if isinstance(phrase, str) else phrase for phrase in phrases)
    return pc.binary_join_element_wise(*columns, _constant(""))


def _constant(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _strings(values: Iterable[Any]) -> pa.Array:
    found = pa.array(values, pa.large_string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
