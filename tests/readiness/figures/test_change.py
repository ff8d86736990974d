"""The waterfall: each part starts where the one before it ended, and the last ends at the score after."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.change import PARTS, Change
from readiness.figures import change_waterfall
from readiness.figures.change import TITLES

MICRO = 1_000_000


def change(before, moves, waivers=()):
    """A change whose parts moved floor and ceiling by so many points."""
    parts = dict.fromkeys(PARTS, (0.0, 0.0)) | moves
    after = tuple(round(before[side] + sum(ends[side] for ends in parts.values()), 6) for side in (0, 1))
    return Change("alpha", before, after, parts, (), before, after, waivers)


SOME = change((20.0, 80.0), {"catalogue": (-5.0, -5.0), "coverage": (4.0, -10.0), "platform": (6.0, 0.0)})


def bars(figure, end):
    """Label → where its bar of one end of the score starts and ends, as scores move."""
    found = {}
    for trace in figure.data:
        mark, _, name = trace.name.rpartition(" ")
        if name == end:
            for label, base, width in zip(trace.y, trace.base, trace.x, strict=True):
                found[label] = (base + width, base) if mark == "▼" else (base, base + width)
    return found


def test_every_part_that_moved_the_score_has_its_place_between_before_and_after():
    assert set(TITLES) == set(PARTS)
    moving = [TITLES[part] for part in PARTS if any(SOME.parts[part])]
    assert 0 < len(moving) < len(PARTS)
    assert list(change_waterfall(SOME).layout.yaxis.categoryarray) == ["Before", *moving, "After"]


def test_gains_and_losses_lead_from_the_score_before_to_the_score_after():
    figure = change_waterfall(SOME)
    assert bars(figure, "proven") == {
        "Before": (0, 20),
        "Catalogue or weights": (20, 15),
        "Coverage": (15, 19),
        "The platform": (19, 25),
        "After": (0, 25),
    }
    assert bars(figure, "possible")["Coverage"] == (75, 65)
    assert "The platform" not in bars(figure, "possible")


def test_up_and_down_are_marks_besides_colours():
    figure = change_waterfall(SOME)
    told = {(trace.name, text) for trace in figure.data for text in trace.text}
    assert {("▼ proven", "▼ -5.0"), ("▲ proven", "▲ +4.0"), ("▼ possible", "▼ -10.0")} <= told


def test_the_table_of_a_page_without_scripts_says_the_same():
    meta = change_waterfall(SOME).layout.meta
    assert meta["summary"] == "Alpha: 20.0–80.0 → 25.0–65.0, what moved it"
    assert ["Coverage", "▲ +4.0", "▼ -10.0"] in meta["rows"]
    assert "What applies" not in [row[0] for row in meta["rows"]]
    assert (meta["rows"][0], meta["rows"][-1]) == (["Before", "20.0", "80.0"], ["After", "25.0", "65.0"])


def test_a_waiver_moves_no_bar_and_is_told():
    figure = change_waterfall(change((20.0, 80.0), {}, ("+ data.backups",)))
    assert set(bars(figure, "proven")) == {"Before", "After"}
    assert figure.layout.meta["summary"].endswith("nothing moved it; waivers that came or went: + data.backups")


@pytest.mark.parametrize("side", [0, 1])
@settings(max_examples=25, deadline=None)  # each is a whole figure
@given(st.lists(st.integers(-50 * MICRO, 50 * MICRO), min_size=len(PARTS), max_size=len(PARTS)))
def test_the_bars_add_up_exactly(side, moves):
    lowest = min(accumulate(moves, initial=0))
    before = [0.0, 0.0]
    before[side] = -lowest / MICRO
    ends = {part: (0.0, move / MICRO) if side else (move / MICRO, 0.0) for part, move in zip(PARTS, moves, strict=True)}
    told = change(tuple(before), ends)
    seen = bars(change_waterfall(told), ("proven", "possible")[side])
    ended = round(before[side] * MICRO)
    for label in map(TITLES.get, PARTS):
        if label in seen:
            started, stopped = (round(value * MICRO) for value in seen[label])
            assert started == ended
            ended = stopped
    assert ended == round(told.after[side] * MICRO) == round(seen["After"][1] * MICRO)
