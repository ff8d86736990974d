"""Truth: computed from logs whose answer is known."""

import numpy as np
import pytest

from .freezing import Log
from .truth import percentiles, service_s, true, truth

SERVICE = 0.002


def log_of(rate, seconds, freezes=(), drain_s=0.0):
    """What a server writes down that reads evenly spaced requests, and after a freeze answers one each `drain_s`."""
    came = 100 + np.arange(int(rate * seconds)) / rate
    read, answered, spans = came.copy(), came + SERVICE, []
    for began, ended in freezes:
        late = (answered > 100 + began) & (came <= 100 + ended)
        read[late & (came > 100 + began)] = 100 + ended
        answered[late] = 100 + ended + SERVICE + drain_s * np.arange(1, late.sum() + 1)
        spans.append((100.0 + began, 100.0 + ended, float(answered[late].max())))
        after = (came > 100 + ended) & (answered < answered[late].max())
        answered[after] = answered[late].max() + drain_s * np.arange(1, after.sum() + 1)
    return Log(read.tolist(), answered.tolist(), spans)


def test_a_server_that_never_freezes_takes_as_long_for_all():
    waited = truth(log_of(1000, 5), 1000, after_s=1, seconds=3)
    assert len(waited) == 3000
    assert waited == pytest.approx(2.0)


def test_who_comes_in_a_freeze_waits_for_its_end_and_for_those_before():
    log = log_of(1000, 11, [(4.0, 5.0)])
    told = percentiles(truth(log, 1000, after_s=1, seconds=10))
    assert told["p50"] == pytest.approx(2, abs=0.1)
    assert told["p95"] == pytest.approx(502, abs=3)
    assert told["p99"] == pytest.approx(902, abs=3)
    assert told["p99_9"] == pytest.approx(992, abs=3)


def test_catching_up_is_part_of_the_truth():
    slow = log_of(1000, 11, [(4.0, 5.0)], drain_s=1e-4)
    quick = log_of(1000, 11, [(4.0, 5.0)])
    at = {
        name: percentiles(truth(one, 1000, after_s=1, seconds=10)) for name, one in (("slow", slow), ("quick", quick))
    }
    assert at["slow"]["p95"] > at["quick"]["p95"] + 40


def test_requests_that_were_sent_late_do_not_change_the_truth():
    log = log_of(1000, 11, [(4.0, 5.0)])
    late = Log([t + (t > 108) * 0.3 for t in log.read], [t + (t > 108) * 0.3 for t in log.answered], log.freezes)
    both = [percentiles(truth(one, 1000, after_s=1, seconds=10)) for one in (log, late)]
    assert both[0] == pytest.approx(both[1])


def test_the_usual_time_is_that_outside_of_freezes():
    assert service_s(log_of(100, 11, [(1.0, 9.0)])) == pytest.approx(SERVICE)


@pytest.mark.parametrize(
    ("reported", "real", "near"),
    [(2.9, 2.0, True), (3.1, 2.0, False), (520, 500, True), (526, 500, False), (2, 500, False)],
)
def test_near_is_five_per_cent_or_a_millisecond(reported, real, near):
    assert true(reported, real) is near
