"""The forecast: dates that hold as often as they say, and none where nothing can be said."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from readiness.figures import burn_up, path_gantt
from readiness.forecast import FEWEST_RUNS, forecast, held, open_mandatory, weekly_gains, weeks_until
from readiness.shortest_path import Path

from ..made_up import project

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def runs(floors, *, days=7, minimum=60.0, whole=True):
    at = [START + timedelta(days=days * index) for index in range(len(floors))]
    frame = pd.DataFrame({"at": at, "floor": [float(one) for one in floors]})
    return frame.assign(stage="alpha", kind="observed", minimum=minimum, whole=whole)


def test_a_steady_pace_is_the_date():
    told = forecast(runs([10, 15, 20, 25, 30]), "alpha")
    assert told.lacking == 30 and told.weekly == (5, 5, 5, 5)
    assert told.p50 == told.p85 == told.p95 == (START + timedelta(days=28 + 42)).date()


def test_an_uneven_pace_spreads_the_dates():
    told = forecast(runs([10, 10, 22, 22, 24, 36]), "alpha")
    assert told.p50 < told.p85 <= told.p95


@pytest.mark.parametrize("count", range(FEWEST_RUNS))
def test_with_few_runs_there_is_no_date(count):
    told = forecast(runs(range(count)), "alpha")
    assert told.why_not == f"not enough history: {count} run{'s' * (count != 1)}, 4 are needed" and told.p50 is None


def test_many_runs_of_one_week_are_no_history():
    told = forecast(runs(range(10), days=1), "alpha")
    assert told.why_not == "not enough history: runs of 1 week, 3 are needed" and told.p85 is None


@pytest.mark.parametrize("floors", [[30, 30, 30, 30, 30], [30, 29, 28, 27, 26]])
def test_without_progress_there_is_no_date(floors):
    told = forecast(runs(floors), "alpha")
    assert told.why_not.startswith("not at this pace") and (told.p50, told.p95) == (None, None)


def test_points_that_are_there_need_no_date():
    assert forecast(runs([10, 30, 50, 65]), "alpha").reached


def test_runs_restricted_to_some_dimensions_do_not_count():
    assert forecast(runs([10, 15, 20, 25, 30], whole=False), "alpha").why_not.startswith("not enough history: 0 runs")


def test_weeks_are_counted_back_from_the_latest_run_and_an_empty_one_changed_nothing():
    frame = runs([10, 12, 13, 20])
    frame["at"] = [START + timedelta(days=day) for day in (0, 6, 7, 28)]
    assert weekly_gains(frame).tolist() == [3, 0, 0, 7]


def test_regressions_are_part_of_the_pace():
    with_ = weeks_until(np.array([6.0, -2.0, 6.0, -2.0]), 20)
    without = weeks_until(np.array([6.0, 0.0, 6.0, 0.0]), 20)
    assert np.median(with_) > np.median(without)


def test_the_85_per_cent_date_holds_in_80_to_90_per_cent_of_200_projects():
    random = np.random.default_rng(1)
    came = []
    for number in range(200):
        past, future, lacking = project(random)
        true = int(np.argmax(np.cumsum(future) >= lacking)) + 1
        weeks = weeks_until(past, lacking, seed=number)
        came.append(true <= weeks[int(np.ceil(0.85 * len(weeks))) - 1])
    assert 0.8 <= np.mean(came) <= 0.9


def still_open(counts):
    """The frame of as many runs, and how many mandatory requirements were open in each."""
    frame = runs([10 + 5 * index for index in range(len(counts))])
    frame["run"] = [str(index) for index in range(len(counts))]
    return frame, pd.Series(counts, index=frame["run"])


def test_the_date_waits_for_what_is_mandatory():
    frame, mandatory = still_open([12, 11, 10, 9, 8])
    assert forecast(frame, "alpha").p50 == (START + timedelta(days=28 + 42)).date()
    told = forecast(frame, "alpha", mandatory)
    assert (told.lacking, told.open) == (30, 8)
    assert told.p50 == told.p95 == (START + timedelta(days=28 + 56)).date()


def test_points_that_are_there_do_not_make_up_for_what_is_mandatory():
    frame, mandatory = still_open([5, 5, 5, 5, 5])
    told = forecast(frame.assign(minimum=20.0), "alpha", mandatory)
    assert (told.reached, told.p50, told.lacking, told.open) == (False, None, 0, 5)
    assert told.why_not == "not at this pace: +0.00 mandatory requirements met a week, 5 are open"
    assert forecast(frame.assign(minimum=20.0), "alpha", mandatory * 0).reached


def test_a_mandatory_requirement_is_open_until_it_is_met_in_full():
    findings = pd.DataFrame(
        [
            ("1", "alpha", "a", 1.0),
            ("1", "alpha", "b", 0.5),
            ("1", "alpha", "c", 1.0),
            ("2", "alpha", "a", 1.0),
            ("2", "alpha", "b", 1.0),
            ("2", "beta", "z", 1.0),
        ],
        columns=["run", "stage", "requirement", "floor"],
    )
    assert open_mandatory(findings, "alpha", ["a", "b"]).to_dict() == {"1": 1, "2": 0}
    assert open_mandatory(findings, "alpha", ["a", "c", "z"]).to_dict() == {"1": 1, "2": 2}
    assert open_mandatory(findings, "alpha", []).to_dict() == {"1": 0, "2": 0}


def test_with_what_is_mandatory_the_85_per_cent_date_holds_in_80_to_90_per_cent_of_200_projects():
    random, came, number = np.random.default_rng(2), [], 0
    while len(came) < 200:
        number += 1
        past, future, lacking = project(random)
        # some of what is closed is mandatory; a project whose pace gives no date promises nothing
        share, still = random.uniform(0.1, 0.4), int(random.integers(1, 8))
        met = [random.binomial(np.maximum(gains, 0).round().astype(int), share) for gains in (past, future)]
        gained, later = (np.column_stack(pair).astype(float) for pair in ((past, met[0]), (future, met[1])))
        true = int(np.argmax((np.cumsum(later, axis=0) >= [lacking, still]).all(axis=1))) + 1
        weeks = weeks_until(gained, np.array([lacking, float(still)]), seed=number)
        promised = weeks[int(np.ceil(0.85 * len(weeks))) - 1]
        if np.isfinite(promised):
            came.append(true <= promised)
    assert 0.8 <= np.mean(came) <= 0.9


def test_forecasts_of_the_past_are_held_against_what_came():
    found = held(runs([10, 20, 30, 40, 50, 60, 70]), "alpha")
    reached = (START + timedelta(days=35)).date()
    assert [came for _, _, came in found] == [reached, reached]
    assert all(promised == reached for _, promised, _ in found)


def test_the_burn_up_draws_a_line_for_each_date_and_none_without():
    frame = runs([10, 15, 20, 25, 30])
    names = [trace.name for trace in burn_up(frame, "alpha", forecast(frame, "alpha")).data]
    assert names == ["proven", "50 % by 2026-05-11", "85 % by 2026-05-11", "95 % by 2026-05-11", "needed"]
    flat = runs([30, 30, 30, 30, 30])
    assert [trace.name for trace in burn_up(flat, "alpha", forecast(flat, "alpha")).data] == ["proven", "needed"]
    assert len(burn_up(flat.iloc[:0], "alpha", forecast(flat.iloc[:0], "alpha")).data) == 1


def test_what_the_burn_up_says_is_what_the_dates_are_of():
    frame, mandatory = still_open([12, 11, 10, 9, 8])
    told = forecast(frame, "alpha", mandatory)
    meta = burn_up(frame, "alpha", told).layout.meta
    assert meta["summary"] == "Alpha: points and what is mandatory, and when they will be enough"
    assert meta["rows"][0] == ["50 %", str(told.p50)]
    reached = runs([10, 30, 50, 65])
    assert burn_up(reached, "alpha", forecast(reached, "alpha")).layout.meta["summary"] == "Alpha: the points are there"


def test_a_path_without_items_says_why():
    assert path_gantt(Path("alpha")).layout.meta["summary"] == "Alpha: nothing left to do"
    obstructed = Path("alpha", obstacles=("data.backups takes for ever",))
    assert path_gantt(obstructed).layout.meta["summary"] == "Alpha: data.backups takes for ever"


def test_a_date_is_told_from_the_newest_run_even_where_that_looked_at_some_dimensions_alone():
    seen = runs([10, 15, 20, 25, 30])
    later = runs([3]).assign(at=START + timedelta(days=200), whole=False)
    told = forecast(pd.concat([seen, later], ignore_index=True), "alpha")
    assert told.p50 == (START + timedelta(days=200 + 42)).date()


def test_a_run_without_a_finding_at_a_stage_has_all_that_is_mandatory_open():
    rows = [("run 1", "alpha", 1.0), ("run 2", "beta", 1.0)]
    findings = pd.DataFrame(rows, columns=["run", "stage", "floor"]).assign(requirement="a.b")
    assert open_mandatory(findings, "alpha", ["a.b"]).to_dict() == {"run 1": 0, "run 2": 1}
