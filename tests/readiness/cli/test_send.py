"""`readiness send`, and the end of scheduled runs: mail is sent, and never changes how a run ended."""

from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner
from readiness.cli import cli
from readiness.errors import BadInput, RunFailed
from readiness.pipeline import Published
from readiness.run import RunFolder
from readiness.schedule import job
from readiness.schedule.diary import Diary

RUN, WEEKLY = "run@example.com", "weekly@example.com"


@pytest.fixture
def call(params, monkeypatch):
    monkeypatch.setattr("readiness.mail.smtp.LISTEN_S", 0.05)

    def invoke(*arguments: str):
        result = CliRunner().invoke(cli, [*arguments, "--params", str(params)], standalone_mode=False)
        if result.exception:
            raise result.exception
        return result

    return invoke


@pytest.fixture
def scheduled(call, monkeypatch, params):
    """`scheduled(folder)` is a scheduled run that publishes that folder, or raises that error."""

    def run(ending):
        def publish(target, **given):
            if isinstance(ending, Exception):
                raise ending
            return Published(ending, RunFolder(ending).json("decision.json")["stages"])

        monkeypatch.setattr(job, "publish", publish)
        Diary(params.parent / "reports", "one").note("daily", datetime(2020, 1, 1, tzinfo=UTC), "go")
        return call("scheduled", "one", "--daily", "06:00")

    return run


def test_a_run_is_sent_once_and_said_for_each(call, server_of, declare, publish):
    server = server_of()
    declare(server.port)
    run = publish(0)
    for name in ("one", f"one/{run.name}", str(run)):
        result = call("send", name)
        assert result.return_value == 0
        assert sorted(result.stdout.splitlines()) == [f"{to}: sent: 250 2.0.0 queued as 4711" for to in (RUN, WEEKLY)]
    assert server.recipients == [RUN, WEEKLY] or server.recipients == [WEEKLY, RUN]


def test_what_waits_is_sent_by_a_call_without_a_run_and_what_was_refused_again_by_hand(
    call, server_of, declare, publish, monkeypatch
):
    server = server_of()
    declare(server.port)
    publish(0)
    server.rcpt = lambda to: "451 4.7.1 greylisted" if to == RUN else "550 5.1.1 nobody"
    result = call("send", "one")
    assert result.return_value == 1
    assert f"{RUN}: waiting, tried again from " in result.stdout and "451 4.7.1 greylisted" in result.stdout
    assert f"{WEEKLY}: refused: the recipient was refused: 550 5.1.1 nobody" in result.stdout
    server.rcpt = lambda to: None
    result = call("send")
    assert result.return_value == 1 and server.asked == [RUN, WEEKLY], "it is not due yet"
    assert result.stdout.startswith(f"{RUN}: waiting, tried again from ") and WEEKLY not in result.stdout
    result = call("send", "one", "--again")
    assert result.return_value == 0 and sorted(server.recipients) == [RUN, WEEKLY]


def test_a_target_file_from_elsewhere_is_named(call, server_of, declare, publish, params, tmp_path):
    server = server_of()
    declare(server.port)
    publish(0)
    elsewhere = tmp_path / "elsewhere.yaml"
    (params / "targets" / "one.yaml").rename(elsewhere)
    with pytest.raises(BadInput, match="target 'one': no such file"):
        call("send", "one")
    assert call("send", "one", "--target", str(elsewhere)).return_value == 0


def test_a_target_that_is_gone_does_not_hold_up_the_others(call, server_of, declare, publish, params):
    server = server_of()
    declare(server.port)
    publish(0)
    server.rcpt = lambda to: "451 later"
    call("send", "one")
    (params.parent / "reports" / "another" / ".outbox").mkdir(parents=True)
    for path in (params.parent / "reports" / "one" / ".outbox").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace('"next_at": "20', '"next_at": "19'), encoding="utf-8")
    server.rcpt = lambda to: None
    result = call("send")
    assert result.return_value == 1 and sorted(server.recipients) == [RUN, WEEKLY]
    assert "target 'another': no such file" in result.stderr


def test_what_cannot_be_sent_is_bad_input(call, publish, declare, server_of):
    publish(0)
    with pytest.raises(BadInput, match="one: expected `mail` or `notify` in the target file"):
        call("send", "one")
    declare(server_of().port, lists=[{"to": [RUN], "when": "failed"}])
    assert (result := call("send", "one")).return_value == 0 and result.stdout == "no list is for it\n"
    with pytest.raises(click.UsageError, match="expected RUN"):
        call("send", "--again")


def test_a_scheduled_run_is_mailed_at_its_end(scheduled, server_of, declare, publish):
    server = server_of()
    declare(server.port)
    result = scheduled(publish(0, False))
    assert result.return_value == 1
    assert server.recipients == [RUN]
    assert result.stdout.splitlines()[0] == f"mail to {RUN}: sent: 250 2.0.0 queued as 4711"
    assert "mail" not in result.stderr, "cron mails what is there"


@pytest.mark.parametrize("trouble", ["gone", "refusing", "closed outbox", "broken"])
def test_a_failing_server_never_fails_the_run_and_a_line_says_it(
    scheduled, server_of, declare, publish, trouble, monkeypatch
):
    server = server_of()
    declare(1 if trouble == "gone" else server.port)
    run = publish(0)
    if trouble == "refusing":
        server.rcpt = lambda to: "550 5.7.1 no"
    if trouble == "closed outbox":
        (run.parent / ".outbox").write_text("in the way", encoding="utf-8")
    if trouble == "broken":
        monkeypatch.setattr("readiness.mail.mailing.Mailing.tell", lambda *given: 1 / 0)
    result = scheduled(run)
    assert result.return_value == 0 and str(run / "report.html") in result.stdout
    words = {
        "gone": f"mail to {RUN}: waiting, tried again from ",
        "refusing": f"mail to {RUN}: refused: the recipient was refused: 550 5.7.1 no",
        "closed outbox": "mail: ",
        "broken": "mail: division by zero",
    }
    assert f"readiness: {words[trouble]}" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), ZeroDivisionError("division by zero")])
def test_what_could_not_be_queued_is_sent_by_the_next_call(
    call, scheduled, server_of, declare, publish, trouble, monkeypatch
):
    server = server_of()
    declare(server.port)
    with monkeypatch.context() as patch:
        patch.setattr("readiness.mail.mailing.Content.of", lambda *given, **keys: (_ for _ in ()).throw(trouble))
        result = scheduled(publish(0))
    said = "interrupted; what is not sent is sent by the next call" if not str(trouble) else str(trouble)
    assert result.return_value == 0 and f"readiness: mail: {said}" in result.stderr and server.asked == []
    assert call("scheduled", "one", "--daily", "06:00").return_value == 0
    assert server.recipients == [RUN]
    assert call("scheduled", "one", "--daily", "06:00").output == "" and server.asked == [RUN]


def test_a_failed_run_is_mailed_and_still_a_failure(scheduled, server_of, declare, params):
    server = server_of()
    declare(server.port)
    result = scheduled(RunFailed("probe.ipynb stopped in cell 3: KeyError: x"))
    assert result.return_value == 3 and "stopped in cell 3" in result.stderr
    assert sorted(server.recipients) == ["change@example.com", "failed@example.com", RUN]


def test_a_fault_of_ours_is_mailed_as_a_failed_run(scheduled, server_of, declare):
    server = server_of()
    declare(server.port)
    result = scheduled(KeyError("weight"))
    assert result.return_value == 3 and result.stderr.splitlines()[-1] == "readiness: unexpected KeyError: 'weight'"
    assert "unexpected KeyError: 'weight'" in server.read("failed@example.com")["Subject"]


def test_where_no_run_is_due_what_waits_is_sent_and_else_nothing_is_said(call, scheduled, server_of, declare, publish):
    server = server_of()
    declare(server.port)
    server.rcpt = lambda to: "451 later"
    scheduled(publish(0))
    for path in (publish(0).parent / ".outbox").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace('"next_at": "20', '"next_at": "19'), encoding="utf-8")
    again = call("scheduled", "one", "--daily", "06:00")
    assert (again.return_value, again.output) == (0, ""), "it is not said each time"
    server.rcpt = lambda to: None
    for path in (publish(0).parent / ".outbox").glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace('"next_at": "20', '"next_at": "19'), encoding="utf-8")
    again = call("scheduled", "one", "--daily", "06:00")
    assert (again.return_value, again.stderr) == (0, "")
    assert again.stdout.strip() == f"mail to {RUN}: sent: 250 2.0.0 queued as 4711"
    assert call("scheduled", "one", "--daily", "06:00").output == ""
