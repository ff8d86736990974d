"""Evaluation: what criteria ask, answered of every target, column by column.

Many criteria ask the same, at several stages most often. What they ask is a question: a fact, an operator, a threshold
and an age limit. Each is answered once, of all targets together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SKEW = timedelta(minutes=5)
"""How far a clock may run ahead of the one that judges; an observation from further ahead does not count."""

FAILS, HOLDS, OPEN = 0, 1, -1
"""What an answer says: the criterion does not hold, it holds, or it is not known."""

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
    "above": np.greater,
    "below": np.less,
}

Flags: TypeAlias = NDArray[np.bool_]
Places: TypeAlias = NDArray[np.int64]
_QUESTION = ["fact", "operator", "threshold", "max_age"]
_ANY_AGE = np.iinfo(np.int64).max
_NOWHERE = -2
_US = timedelta(microseconds=1)


@dataclass(frozen=True)
class Questions:
    """What some criteria ask, each question once.

    Attributes:
        asked: A row a question: fact, operator, threshold, max_age; those on one fact stand together.
        of: The place in `asked` of what each criterion asks.
        facts: Names of the facts.
        fact: The place in `facts` of what each question is about.
    """

    asked: pd.DataFrame
    of: Places
    facts: pd.Index
    fact: Places

    @classmethod
    def by(cls, criteria: pd.DataFrame) -> "Questions":
        """The questions of a frame of criteria, see `Catalogue.criteria`."""
        told = criteria.astype({"max_age": "int64"})
        fact, operator, threshold, age = (told[name].tolist() for name in _QUESTION)
        # by what it is written as: a list of texts is no key, and 1 is not true
        keys = list(zip(fact, operator, map(repr, threshold), age, strict=True))
        first = {key: row for row, key in reversed(list(enumerate(keys)))}
        order = {key: place for place, key in enumerate(sorted(first))}
        asked = criteria[_QUESTION].iloc[[first[key] for key in order]].reset_index(drop=True)
        facts = {fact: place for place, fact in enumerate(dict.fromkeys(asked["fact"]))}
        of = np.array([order[key] for key in keys], np.int64)
        return cls(asked, of, pd.Index(list(facts)), np.array([facts[fact] for fact in asked["fact"]], np.int64))


@dataclass(frozen=True)
class Answers:
    """What evidence says to questions; every array is questions × targets.

    Attributes:
        place: The row of the evidence that tells, -1 where there is none.
        says: `HOLDS`, `FAILS` or `OPEN`.
        observed: There is a value, or was to be one.
        stale: Observed, and time speaks against it: it is too old, or from after the judgement.
        ahead: Observed, from after the judgement.
    """

    place: Places
    says: NDArray[np.int8]
    observed: Flags
    stale: Flags
    ahead: Flags


def answer(evidence: pd.DataFrame, questions: Questions, now: datetime, targets: Sequence[str]) -> Answers:
    """Answer every question of every target.

    Args:
        evidence: The evidence frame.
        questions: What is asked.
        now: Time of judging, UTC.
        targets: Of whom; evidence of others is left alone.

    Raises:
        ValueError: There are several rows of one target and fact.
    """
    asked = questions.asked
    place = _places(evidence, questions.facts, targets)[questions.fact]
    age = _microseconds(now - evidence["observed_at"])
    observed = _with_none((evidence["status"] == "observed").to_numpy(bool), False)[place]
    ahead = observed & _with_none(age < -(SKEW // _US), False)[place]
    # an observation without a time has an age above every limit
    young = _with_none(age <= _microseconds(evidence["max_age"], _ANY_AGE - 1), False)[place]
    fresh = observed & ~ahead & young & (_with_none(age, 0)[place] <= _microseconds(asked["max_age"])[:, None])
    says = np.full(place.shape, OPEN, np.int8)
    low, high = bounds(evidence)
    operators = asked["operator"].to_numpy(object)
    for operator, compare in COMPARE.items():
        rows = np.flatnonzero(operators == operator)
        threshold = asked["threshold"].iloc[rows].to_numpy(float)[:, None]
        least, most = low[place[rows]], high[place[rows]]
        at_low, at_high = compare(least, threshold), compare(most, threshold)
        # a measured value whose interval holds the threshold does not decide
        decided = (at_low == at_high) & ~np.isnan(least) & ~np.isnan(most)
        says[rows] = np.where(decided, at_low, OPEN)
    # flags and texts as numbers of one kind: 0 and 1, then each text that occurs
    codes, texts = pd.factorize(evidence["text"])
    flags = evidence["boolean"].to_numpy(np.int64, na_value=OPEN)
    value = _with_none(np.where(flags == OPEN, np.where(codes == OPEN, OPEN, codes + 2), flags), OPEN)
    rows = np.flatnonzero(operators == "is")
    code = {text: place + 2 for place, text in enumerate(texts)}
    wanted = asked["threshold"].iloc[rows]
    number = [int(one) if isinstance(one, bool) else code.get(one, _NOWHERE) for one in wanted]
    says[rows] = np.where(value[place[rows]] == OPEN, OPEN, value[place[rows]] == np.array(number)[:, None])
    for row in np.flatnonzero(operators == "one_of"):
        options = [code.get(one, _NOWHERE) for one in asked["threshold"].iloc[row]]
        seen = value[place[row]]
        says[row] = np.where(seen < 2, OPEN, np.isin(seen, options))
    return Answers(place, np.where(fresh, says, np.int8(OPEN)), observed, observed & ~fresh, ahead)


def located(column: pd.Series, among: Iterable[str]) -> Places:
    """The place of each text of a column among others, -1 where it is none; each different text is sought once."""
    codes, different = pd.factorize(column)
    places = {text: place for place, text in enumerate(among)}
    return np.array([*(places.get(text, -1) for text in different), -1])[codes]


def bounds(evidence: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and most that each row's number may be, NaN where there is none, as at place -1."""
    sides = (evidence[side].fillna(evidence["number"]).to_numpy(float, na_value=np.nan) for side in ("low", "high"))
    low, high = (_with_none(side, np.nan) for side in sides)
    return low, high


def _places(evidence: pd.DataFrame, facts: pd.Index, targets: Sequence[str]) -> Places:
    """The row of each fact (down) of each target (across), -1 where there is none."""
    target, fact = (located(evidence[name], among) for name, among in (("target", targets), ("fact", facts)))
    rows = np.flatnonzero((target >= 0) & (fact >= 0))
    place = np.full((len(facts), len(targets)), -1)
    place[fact[rows], target[rows]] = rows
    if np.count_nonzero(place >= 0) != len(rows):
        raise ValueError("expected one row of evidence for each target and fact, got several")
    return place


def _microseconds(spans: pd.Series, none: int = _ANY_AGE) -> Places:
    return np.where(spans.isna(), none, spans.dt.as_unit("us").astype("int64"))


def _with_none(column: NDArray[Any], none: Any) -> NDArray[Any]:
    """The column with what stands at place -1, where there is no row."""
    return np.append(column, np.array([none], column.dtype))
