"""The generator: a result that it may have shaped is void and says why."""

import pytest
from readiness.load.generator import health
from readiness.load.plan import plan_for_address
from readiness.load.recording import Recording

PLAN = plan_for_address("http://127.0.0.1/", rate=100.0, seconds=10.0)


def recording(**keys):
    one = Recording(scheduled=1000, sent=1000, cpu_s=1.0, wall_s=10.0, files=20_000)
    one.late.record_value(100, 1000)
    one.lag.record_value(100, 500)
    for name, value in keys.items():
        setattr(one, name, value)
    return one


def test_one_that_keeps_up_is_well():
    told = health(recording(), PLAN, 20.0)
    assert (told.void, told.figures["held"], told.figures["cpu_pct"]) == ([], True, 10.0)
    assert told.figures["achieved_pct"] == 100.0
    assert told.figures["late_ms"]["p99"] == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("what", ["late", "lag"])
def test_one_that_is_late_shaped_the_result_unless_latencies_are_far_larger(what):
    bad = recording()
    getattr(bad, what).record_value(30_000, 50)
    (reason,) = health(bad, PLAN, 20.0).void
    assert "30.0 ms late" in reason
    assert "5.0 ms is allowed" in reason
    assert health(bad, PLAN, 1000.0).void == []


def test_one_that_did_not_send_what_was_due_did():
    (reason,) = health(recording(sent=980), PLAN, 20.0).void
    assert reason.startswith("98.0 % of the requests that were due were sent")


def test_one_that_had_no_processor_left_did():
    (reason,) = health(recording(cpu_s=9.9), PLAN, 20.0).void
    assert reason.startswith("the generator used 99 % of a core")


def test_requests_dropped_for_want_of_files_are_its_own_and_others_the_platforms():
    few = recording(sent=900, files=300)
    few.failed["GET /", "dropped"] = 100
    (reason,) = health(few, PLAN, 20.0).void
    assert "300 open files" in reason
    few.files = 20_000  # more than could be under way within the time-out: it is the platform that let them pile up
    assert health(few, PLAN, 20.0).void == []


def test_of_nothing_there_is_nothing_to_divide():
    assert health(Recording(), PLAN, 0.0).figures["achieved_pct"] == 0.0
