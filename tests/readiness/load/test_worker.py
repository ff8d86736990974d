"""A worker: every request that was due is counted and timed from when it should have started, whatever became of it."""

import time

import pytest
from readiness.load.arrivals import Ramp
from readiness.load.assignment import Assignment, Guest, Step
from readiness.load.channel import Alone
from readiness.load.worker import work
from readiness.operation import Operation

from .conftest import FREEZE_S, SLOW_S, failures, get, sent


def at(recording, share, kind="intended"):
    """A percentile over all steps, milliseconds."""
    (latencies,) = recording.steps.values()
    return getattr(latencies, kind).get_value_at_percentile(100 * share) / 1000


class Heard(Alone):
    """A channel that notes what is told, and stops when it was told so much."""

    def __init__(self, stop_after=10**9):
        self.told, self.stop_after, self.asked = [], stop_after, 0

    def stopped(self):
        self.asked += 1
        return self.asked > self.stop_after

    def tell(self, tidings):
        self.told.append(tidings)


# --- counts ----------------------------------------------------------------------------------------------------------


def test_every_request_that_was_due_is_sent_and_counted(server):
    recording = sent(server.address, "/ok", rate=500)
    assert (recording.scheduled, recording.sent, recording.completed.total()) == (150, 150, 150)
    assert failures(recording) == {}
    assert server.seen["/ok"] == 150
    assert recording.steps["GET /ok"].intended.get_total_count() == 150
    assert recording.steps["GET /ok"].service.get_total_count() == 150


@pytest.mark.parametrize(
    ("path", "kind", "at_timeout"),
    [
        ("/broken", "status 503", False),
        ("/closes", "reset", True),
        ("/garbage", "reset", True),
        ("/short", "reset", True),
        ("/silent", "timeout", True),
    ],
)
def test_a_failure_is_counted_by_kind_and_without_an_answer_takes_its_time_out(server, path, kind, at_timeout):
    recording = sent(server.address, path, rate=100, timeout_s=0.2)
    assert (recording.scheduled, recording.completed.total(), failures(recording)) == (30, 0, {kind: 30})
    assert (at(recording, 0.5) >= 199) is (at(recording, 0.5, "service") >= 199) is at_timeout


def test_refused_is_a_failure_that_takes_its_time_out():
    recording = sent("http://127.0.0.1:1", "/", rate=100, timeout_s=2.0)
    assert (recording.scheduled, failures(recording)) == (30, {"refused": 30})
    assert at(recording, 0) == pytest.approx(2000, rel=0.01)


def test_what_there_are_too_few_files_for_is_dropped_and_counted(server, monkeypatch):
    monkeypatch.setattr("readiness.load.worker.raise_file_limit", lambda: 0)
    recording = sent(server.address, "/silent", rate=1000, timeout_s=0.5)
    assert recording.scheduled == 300 == recording.sent + failures(recording)["dropped"]
    assert failures(recording) == {"dropped": 200, "timeout": 100}
    assert at(recording, 0) >= 499


def test_a_header_that_no_request_can_hold_is_never_sent(server):
    step = Step("mine", Operation(method="GET", path="/ok", headers={"X-Key": "{key}"}))
    guest = Guest({"key": "a\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1"})
    recording = sent(server.address, step, rate=50, guests=(guest,))
    assert (recording.scheduled, recording.sent, failures(recording)) == (15, 0, {"unprepared": 15})
    assert not server.heads


def test_the_warm_up_is_sent_and_not_counted(server):
    recording = sent(server.address, "/ok", rate=100, warm_up_s=0.2)
    assert (recording.scheduled, server.seen["/ok"]) == (30, 50)


# --- a stall ---------------------------------------------------------------------------------------------------------


def test_a_stall_cannot_hide(server):
    """Frozen for 0.4 s of 0.8: half of the requests should have met it, though few were sent late by then."""
    server.freeze(0.2)
    recording = sent(server.address, "/ok", rate=500, seconds=0.8)
    assert recording.scheduled == recording.completed.total() == 400
    # those due while it was frozen waited from all of it down to nothing, evenly; a busy machine adds to that
    assert 1000 * FREEZE_S / 2 - 80 <= at(recording, 0.75) <= 1000 * FREEZE_S
    assert 1000 * FREEZE_S - 60 <= at(recording, 1) <= 1000 * FREEZE_S + 500


def test_a_user_that_meets_a_stall_is_timed_in_full(server):
    """One request of a user alone meets it: a user waits for answers, and an open model is what shows the rest."""
    server.freeze(0.1)
    recording = sent(server.address, get("/ok", think_s=0.02), users=1, seconds=0.8, warm_up_s=0.01)
    assert at(recording, 1) >= 1000 * FREEZE_S - 60


def test_service_time_is_from_the_send_and_never_longer(server):
    recording = sent(server.address, "/slow", rate=100)
    assert 1000 * SLOW_S - 1 <= at(recording, 0.5, "service") <= at(recording, 0.5) * 1.01


def test_arrivals_do_not_wait_for_answers(server):
    """As many are under way as the rate times the time they take."""
    recording = sent(server.address, "/slow", rate=400)
    assert server.connections >= 10
    assert recording.late.get_value_at_percentile(50) < 20_000


# --- users -----------------------------------------------------------------------------------------------------------


def test_users_ask_again_when_they_were_answered(server):
    recording = sent(server.address, "/slow", users=4, seconds=0.5, warm_up_s=0.1)
    each = 0.5 / SLOW_S
    assert 4 * each / 5 <= recording.scheduled <= 4 * (each + 1)  # a busy machine answers later, never sooner
    assert recording.scheduled == recording.completed.total()
    assert server.connections <= 4


def test_users_think_between_requests(server):
    recording = sent(server.address, get("/ok", think_s=0.1), users=5, seconds=0.6, warm_up_s=0.1)
    assert 5 * 0.6 / 0.15 - 10 <= recording.scheduled <= 5 * 0.6 / 0.05
    assert recording.scheduled < 5 * 9


def test_users_do_not_start_all_at_once(server):
    sent(server.address, "/silent", users=20, seconds=0.01, warm_up_s=0.4, timeout_s=0.5)
    assert len(server.times) == 20
    assert server.times[-1] - server.times[0] > 0.15


@pytest.mark.parametrize("think_s", [0.0, 0.02])
def test_users_live_on_after_failures_and_do_not_hammer(server, think_s):
    """A first step that fails at once, whether or not a later one is thought about."""
    recording = sent(server.address, "/broken", get("/ok", think_s=think_s), users=2, seconds=0.4, warm_up_s=0.05)
    assert failures(recording).keys() == {"status 503"}
    assert 2 * 5 <= recording.scheduled <= 2 * (0.4 / 0.01 + 2)
    assert server.seen["/ok"] == 0


def test_a_user_comes_back_when_the_platform_does(server):
    server.answer = lambda *request: b"" if server.seen["/ok"] > 5 else b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    recording = sent(server.address, "/ok", users=1, seconds=0.5, warm_up_s=0.01)
    assert recording.completed.total() > 5
    assert 0 < failures(recording)["status 500"] <= 5


def test_a_test_does_not_wait_for_those_who_think(server):
    began = time.monotonic()
    sent(server.address, get("/ok", think_s=5), users=3, seconds=0.2, timeout_s=3.0)
    assert time.monotonic() - began < 2


# --- journeys --------------------------------------------------------------------------------------------------------

SIGN_IN = Step(
    "sign_in",
    Operation(path="/visits", body={"email": "{email}", "password": "{password}"}, answer={"access": "token"}),
)
ME = Step("me", Operation(method="GET", path="/me"), signed_in=True)
SESSION = {"Authorization": "Bearer {access}"}


def as_json(text, head=""):
    return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(text)}\r\n\r\n{text}".encode()


def test_a_journey_uses_what_answers_gave_and_each_guest_its_own(server):
    def answer(method, path, head, body):
        if path == "/visits":
            return as_json('{"token": "of-ann"}' if b"ann" in body else '{"token": "of-bob"}')
        return as_json("{}")

    server.answer = answer
    guests = (Guest({"email": "ann@x", "password": "p"}), Guest({"email": "bob@x", "password": "p"}))
    recording = sent(server.address, SIGN_IN, ME, users=2, seconds=0.3, guests=guests, session=SESSION, warm_up_s=0.01)
    assert recording.completed["me"] > 4
    assert failures(recording) == {}
    shown = {line for head in server.heads for line in head.split("\r\n") if line.startswith("Authorization")}
    assert shown == {"Authorization: Bearer of-ann", "Authorization: Bearer of-bob"}


def test_a_token_with_a_line_end_makes_no_other_request(server):
    server.answer = lambda method, path, *more: as_json(r'{"token": "a\r\nX-Evil: 1\r\n\r\nGET /evil HTTP/1.1\r\n"}')
    given = {"guests": (Guest({"email": "a", "password": "p"}),), "session": SESSION, "warm_up_s": 0.01}
    recording = sent(server.address, SIGN_IN, ME, users=1, **given)
    assert failures(recording).keys() == {"unprepared"}
    assert set(server.seen) == {"/visits"}


def test_cookies_are_sent_back_where_the_platform_uses_them(server):
    setting = {"/visits": "Set-Cookie: sid=1; Path=/\r\n"}
    server.answer = lambda method, path, *more: as_json("{}", setting.get(path, ""))
    guest = Guest({"email": "a", "password": "p"})
    sent(server.address, SIGN_IN, ME, users=1, guests=(guest,), cookies=True, warm_up_s=0.01)
    assert all(("Cookie: sid=1" in head) for head in server.heads if "GET /me" in head)
    assert server.seen["/me"]


def test_a_step_that_fails_ends_the_round_and_the_others_are_not_due(server):
    recording = sent(server.address, "/broken", "/ok", rate=200)
    assert recording.scheduled == 30  # half of the rate is the second step's
    assert server.seen["/ok"] == 0


def test_the_rate_is_that_of_requests_over_all_steps(server):
    recording = sent(server.address, "/ok", "/empty", rate=400)
    assert recording.completed["GET /ok"] == 60
    assert recording.completed["GET /empty"] in (59, 60)  # the last one's second step may be due after the end


# --- the channel -----------------------------------------------------------------------------------------------------


def test_it_tells_each_second_how_it_goes(server):
    channel = Heard()
    work(Assignment(server.address, (get("/ok"),), ramps=(Ramp(1.1, 50, 50),), seconds=0.1, warm_up_s=1.0), channel)
    assert [tidings.second for tidings in channel.told] == [-1]
    assert [tidings.completed for tidings in channel.told] == [pytest.approx(50, abs=5)]
    assert all(tidings.p50_ms <= tidings.p99_ms for tidings in channel.told)


def test_it_stops_when_it_is_told_and_what_is_open_is_neither_answered_nor_failed(server):
    channel = Heard(stop_after=4)
    assignment = Assignment(server.address, (get("/silent"),), ramps=(Ramp(60, 100, 100),), seconds=60, timeout_s=30)
    recording = work(assignment, channel)
    assert recording.wall_s < 2
    assert recording.unanswered > 5
    assert (recording.scheduled, recording.failed) == (0, {})
