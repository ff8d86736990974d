"""Recordings: nothing is lost when they are counted in batches, sent, or merged."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.load.recording import BATCH, HIGHEST_US, Notes, merged

SHARES = (1, 50, 95, 99, 99.9, 100)
noted = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 30_000_000), st.integers(0, HIGHEST_US), st.booleans()), max_size=60
)


def recorded(requests):
    notes = Notes(("a", "b"))
    for step, due_us, latency_us, failed in requests:
        notes.recording.scheduled += 1
        notes.add(step, due_us, 5, latency_us, latency_us // 2)
        notes.ended(step, due_us, "timeout" if failed else "")
    return notes.whole()


def many(random, size=5000):
    """Requests with latencies of a long tail."""
    values = np.minimum(random.lognormal(8, 1.5, size), HIGHEST_US).astype(int).tolist()
    return [(index % 2, index * 1000, value, index % 10 == 0) for index, value in enumerate(values)]


def percentiles(recording, step="a"):
    return [recording.steps[step].intended.get_value_at_percentile(share) for share in SHARES]


def test_merged_percentiles_of_two_workers_equal_those_of_the_pooled_samples():
    random = np.random.default_rng(5)
    first, second = many(random), many(random)
    together, pooled = merged([recorded(first), recorded(second)]), recorded(first + second)
    for step in "ab":
        assert percentiles(together, step) == percentiles(pooled, step)
    exact = sorted(value for step, _, value, _ in first + second if step == 0)
    assert percentiles(together) == pytest.approx(
        [exact[int(len(exact) * share / 100) - 1] for share in SHARES], rel=0.001
    )
    assert together.workers == 2


@given(noted, noted)
@settings(max_examples=40)
def test_merging_and_sending_lose_nothing(first, second):
    whole = merged([pickle.loads(pickle.dumps(recorded(part))) for part in (first, second)])
    pooled = recorded(first + second)
    for attribute in ("seconds", "services", "errors", "completed", "failed", "scheduled"):
        assert getattr(whole, attribute) == getattr(pooled, attribute)
    assert whole.steps.keys() == pooled.steps.keys()
    assert whole.scheduled == whole.completed.total() + whole.failed.total() == len(first) + len(second)


def test_batches_are_counted_wherever_they_end():
    for size in (0, 1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH):
        recording = recorded([(0, 0, 1000, False)] * size)
        assert sum(one.intended.get_total_count() for one in recording.steps.values()) == size


@given(st.integers(0, 10 * HIGHEST_US))
def test_a_value_is_off_by_a_thousandth_at_most_and_never_out_of_range(value):
    (measured,) = recorded([(0, 0, value, False)]).seconds["a"][0]
    assert measured == pytest.approx(min(max(value, 1), HIGHEST_US), rel=0.001)


def test_the_busiest_worker_tells_how_busy_they_were_and_the_poorest_how_many_files():
    first, second = recorded([]), recorded([])
    first.cpu_s, first.wall_s, first.files, first.exact = 1.0, 10.0, 1000, True
    second.cpu_s, second.wall_s, second.files, second.exact = 3.0, 10.0, 500, False
    whole = merged([first, second])
    assert (whole.cpu_s, whole.wall_s, whole.files, whole.exact) == (3.0, 10.0, 500, False)


def test_of_no_workers_nothing_was_measured():
    whole = merged([])
    assert (whole.scheduled, whole.workers, whole.steps) == (0, 0, {})
