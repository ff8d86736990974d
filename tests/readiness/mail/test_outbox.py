"""The outbox: on the disk before it is sent, tried again with pauses, and never sent twice to one recipient."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from readiness.errors import BadInput, Overlap
from readiness.mail.outbox import GIVE_UP, Outbox
from readiness.mail.smtp import Server

from .conftest import ANA, BEN, CARLA

RUN = "2026-03-04T060000Z"
DELIVER = """
import sys
from pathlib import Path
from readiness.mail.declaration import Mail
from readiness.mail.outbox import Outbox
from readiness.mail.smtp import Server
mail = Mail.model_validate({
    "server": sys.argv[2], "tls": "plain", "from": "readiness@example.com", "lists": [{"to": ["ana@example.com"]}]
})
Outbox(Path(sys.argv[1])).deliver({"mail": Server(mail, listen=0.05)})
"""


@pytest.fixture
def outbox(tmp_path, clock):
    return Outbox(tmp_path / "one", clock)


@pytest.fixture
def put(outbox, clock):
    def call(to, run=RUN, occasion="run"):
        clock.go(seconds=1)
        return outbox.put(run, occasion, "mail", to, lambda key: f"to {to}".encode())

    return call


@pytest.fixture
def deliver(outbox, mail_of):
    def call(server, box=outbox, **keys):
        carrier = Server(mail_of(server.port), timeout=30, last=60, listen=0.05)
        return {letter.to: letter for letter in box.deliver({"mail": carrier}, **keys)}

    return call


def states(outbox):
    return {letter.to: letter.state for letter in outbox.letters()}


def test_what_is_queued_is_a_file_and_queueing_it_again_changes_nothing(outbox, put):
    first = put(ANA)
    assert (outbox.folder / first.key).read_bytes() == b"to ana@example.com"
    assert json.loads((outbox.folder / f"{first.key}.json").read_text())["state"] == "waiting"
    assert put(ANA) == first and outbox.letters() == [first]
    assert put(BEN).key != first.key and put(ANA, occasion="failed").key != first.key
    assert not [path for path in outbox.folder.iterdir() if path.name.endswith(".partial")]


def test_of_many_who_queue_the_same_one_does(outbox):
    made = []

    def queue():
        outbox.put(RUN, "run", "mail", ANA, lambda key: made.append(key) or time.sleep(0.05) or b"once")

    threads = [threading.Thread(target=queue) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert len(made) == 1 and len(outbox.letters()) == 1


def test_what_was_sent_is_not_sent_again(outbox, put, deliver, server_of):
    server = server_of()
    put(ANA), put(BEN)
    assert {to: letter.state for to, letter in deliver(server).items()} == {ANA: "sent", BEN: "sent"}
    for again in (None, RUN):
        put(ANA)
        assert deliver(server, again=again) == {}
    assert server.recipients == [ANA, BEN]
    assert [path.suffix for path in outbox.folder.iterdir() if RUN in path.name] == [".json", ".json"]


def test_greylisting_is_tried_again_with_pauses_that_grow(outbox, put, deliver, server_of, clock):
    server = server_of()
    server.rcpt = lambda to: "451 4.7.1 greylisted"
    put(ANA)
    pauses = []
    for _ in range(8):
        letter = deliver(server)[ANA]
        assert letter.state == "waiting" and "451 4.7.1 greylisted" in letter.words
        pauses.append(letter.next_at - clock())
        clock.at = letter.next_at - timedelta(seconds=1)
        assert deliver(server) == {}
        clock.at = letter.next_at
    assert pauses == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80, 160, 240, 240)]
    server.rcpt = lambda to: None
    assert deliver(server)[ANA].state == "sent" and server.recipients == [ANA]


def test_after_five_days_it_is_given_up_and_said(put, deliver, server_of, clock):
    server = server_of()
    server.rcpt = lambda to: "451 no"
    put(ANA)
    clock.at += GIVE_UP - timedelta(minutes=1)
    assert deliver(server)[ANA].state == "waiting"
    clock.go(minutes=6)
    assert deliver(server)[ANA].words == f"{ANA}: given up: the recipient was refused: 451 no"
    clock.go(days=1)
    assert deliver(server) == {}
    server.rcpt = lambda to: None
    assert deliver(server, again=RUN)[ANA].state == "sent"


def test_a_refusal_for_good_is_of_one_recipient_and_final(put, deliver, server_of, clock):
    server = server_of()
    server.rcpt = lambda to: "550 5.1.1 nobody" if to == ANA else None
    put(ANA), put(BEN)
    told = deliver(server)
    assert (told[ANA].state, told[BEN].state) == ("refused", "sent")
    clock.go(days=1)
    assert deliver(server) == {} and server.asked == [ANA, BEN]


def test_a_server_that_is_not_there_is_asked_once_for_all(outbox, put, deliver, rude):
    gone = rude()
    gone.close()
    put(ANA), put(BEN)
    told = deliver(gone)
    assert {letter.state for letter in told.values()} == {"waiting"}
    assert "cannot be reached" in told[ANA].said and told[ANA].said == told[BEN].said


def test_a_connection_that_ends_after_the_mail_is_not_tried_again_by_itself(outbox, put, deliver, rude, clock):
    server = rude("after", "never")
    put(ANA)
    assert deliver(server)[ANA].state == "unclear"
    clock.go(days=1)
    assert deliver(server) == {} and states(outbox) == {ANA: "unclear"}
    assert deliver(server, again=RUN)[ANA].state == "sent"
    assert server.taken == [b"to ana@example.com\r\n"] * 2


def test_two_senders_at_once_send_it_once_and_what_comes_meanwhile_as_well(tmp_path, clock, put, deliver, server_of):
    server = server_of()
    busy, go_on = threading.Event(), threading.Event()

    def slow(to):
        busy.set()
        assert go_on.wait(30)

    server.rcpt = slow
    put(ANA)
    first = threading.Thread(target=deliver, args=(server,))
    first.start()
    assert busy.wait(30)
    put(BEN)
    with pytest.raises(Overlap, match="the outbox is being sent by another process"):
        deliver(server, Outbox(tmp_path / "one", clock))
    go_on.set()
    first.join(30)
    assert server.recipients == [ANA, BEN]
    assert deliver(server) == {}


@pytest.fixture
def process(outbox):
    started = []

    def start(server):
        arguments = [sys.executable, "-c", DELIVER, str(outbox.folder.parent), f"127.0.0.1:{server.port}"]
        started.append(subprocess.Popen(arguments))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_process_killed_between_recipients_loses_none_and_sends_none_twice(outbox, put, process, deliver, server_of):
    server, hold = server_of(), threading.Event()
    server.rcpt = lambda to: hold.wait(60) and None if to == BEN else None
    for to in (ANA, BEN, CARLA):
        put(to)
    killed = process(server)
    until(lambda: BEN in server.asked)
    killed.kill()
    killed.wait()
    hold.set()
    assert states(outbox) == {ANA: "sent", BEN: "waiting", CARLA: "waiting"}
    deliver(server)
    assert sorted(server.recipients) == [ANA, BEN, CARLA]


def test_a_process_killed_before_the_answer_leaves_it_unclear(outbox, put, process, deliver, rude):
    server = rude("silent", "never")
    put(ANA)
    killed = process(server)
    until(lambda: server.taken)
    killed.kill()
    killed.wait()
    assert states(outbox) == {ANA: "unclear"}
    assert deliver(server) == {}


def test_what_cannot_be_read_is_never_taken_for_new(outbox, put, deliver, server_of):
    letter = put(ANA)
    (outbox.folder / f"{letter.key}.json").write_text("[", encoding="utf-8")
    with pytest.raises(BadInput, match="it is left alone"):
        put(ANA)
    server = server_of()
    assert deliver(server) == {} and server.asked == []


def test_of_what_is_settled_the_content_goes_in_time_and_the_note_with_its_run(
    outbox, put, deliver, server_of, clock, tmp_path
):
    server = server_of()
    server.rcpt = lambda to: "550 nobody" if to == BEN else "451 later" if to == CARLA else None
    run = outbox.folder.parent / RUN
    run.mkdir(parents=True)
    refused, waiting = [put(to) for to in (ANA, BEN, CARLA)][1:]
    deliver(server)
    clock.go(days=4)
    outbox.forget()
    assert [(outbox.folder / letter.key).exists() for letter in (refused, waiting)] == [True, True]
    clock.go(days=8)
    outbox.forget()
    assert [(outbox.folder / letter.key).exists() for letter in (refused, waiting)] == [False, True]
    assert states(outbox) == {ANA: "sent", BEN: "refused", CARLA: "waiting"}
    run.rmdir()
    outbox.forget()
    assert states(outbox) == {CARLA: "waiting"}
    assert len([path for path in outbox.folder.iterdir() if path.name.startswith(RUN)]) == 2


def test_of_a_run_without_a_folder_what_was_refused_is_kept_and_can_be_sent_again(
    outbox, put, deliver, server_of, clock
):
    server = server_of()
    server.rcpt = lambda to: "550 nobody"
    put(ANA)
    deliver(server)
    outbox.forget()
    server.rcpt = lambda to: None
    assert deliver(server, again=RUN)[ANA].state == "sent"
    outbox.forget()
    put(ANA)
    assert deliver(server) == {} and server.recipients == [ANA]


def test_content_that_has_gone_is_made_again_for_what_was_not_sent(outbox, put, deliver, server_of, clock):
    server = server_of()
    server.rcpt = lambda to: "550 nobody" if to == BEN else None
    put(ANA), put(BEN)
    deliver(server)
    clock.go(days=11)
    (outbox.folder.parent / RUN).mkdir()
    outbox.forget()
    server.rcpt = lambda to: None
    sent, again = put(ANA), put(BEN)
    assert not (outbox.folder / sent.key).exists() and (outbox.folder / again.key).read_bytes() == f"to {BEN}".encode()
    assert deliver(server, again=RUN)[BEN].state == "sent" and server.recipients == [ANA, BEN]


def test_what_a_killed_process_left_half_done_goes_in_time(outbox, put, clock):
    kept = put(ANA)
    stray = [outbox.folder / f"{RUN}.0123456789abcdef", outbox.folder / f".{kept.key}.json.1234.partial"]
    for path in stray:
        path.write_bytes(b"x")
    fresh = outbox.folder / f".{kept.key}.5678.partial"
    fresh.write_bytes(b"x")
    put(BEN)
    for path, hours in [(fresh, 1), *((path, 25) for path in outbox.folder.iterdir() if path != fresh)]:
        os.utime(path, (clock().timestamp() - 3600 * hours,) * 2)
    outbox.forget()
    assert [path.exists() for path in (*stray, fresh)] == [False, False, True]
    assert states(outbox) == {ANA: "waiting", BEN: "waiting"} and (outbox.folder / kept.key).exists()
    assert (outbox.folder / "queue.lock").exists()


def test_a_clock_that_was_ahead_and_is_set_back_does_not_hold_up_what_waits(outbox, put, deliver, server_of, clock):
    server = server_of()
    server.rcpt = lambda to: "451 later"
    clock.go(days=1000)
    put(ANA)
    deliver(server)
    clock.go(days=-1000)
    waiting = deliver(server)[ANA]
    assert waiting.state == "waiting" and waiting.next_at - clock() == timedelta(minutes=10)
    clock.go(days=6)
    assert deliver(server)[ANA].state == "given up"


def test_nobody_else_can_read_it(outbox, put, deliver, server_of):
    server = server_of()
    server.rcpt = lambda to: None if to == BEN else "451 later"
    before = os.umask(0)
    try:
        put(ANA), put(BEN)
        deliver(server)
    finally:
        os.umask(before)
    assert outbox.folder.stat().st_mode & 0o777 == 0o700
    letters = [path for path in outbox.folder.iterdir() if path.suffix != ".lock"]
    assert len(letters) == 3 and {path.stat().st_mode & 0o777 for path in letters} == {0o600}
