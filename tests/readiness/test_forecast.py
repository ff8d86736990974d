"""The forecast: dates that hold as often as they say, and none where nothing can be said."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from readiness.figures import burn_up
from readiness.forecast import FEWEST_RUNS, forecast, held, weekly_gains, weeks_until

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
    assert told.why_not == f"not enough history: {count} runs, 4 are needed" and told.p50 is None


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


def project(random):
    """Weekly gains of a made-up project, past and future, and the points that it lacks."""
    weeks, pace, lumpy = int(random.integers(6, 21)), random.uniform(0.8, 4), random.random() < 0.4

    def gained(count):
        closed = random.poisson(pace / 1.5, count) * 1.5
        if lumpy:
            closed = np.where(random.random(count) < 0.5, 0, random.gamma(2, pace, count))
        return closed - np.where(random.random(count) < 0.15, random.uniform(0, 2, count), 0)

    return gained(weeks), gained(2000), random.uniform(5, 40)


def test_the_85_per_cent_date_holds_in_80_to_90_per_cent_of_200_projects():
    random = np.random.default_rng(1)
    came = []
    for number in range(200):
        past, future, lacking = project(random)
        true = int(np.argmax(np.cumsum(future) >= lacking)) + 1
        weeks = weeks_until(past, lacking, seed=number)
        came.append(true <= weeks[int(np.ceil(0.85 * len(weeks))) - 1])
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
