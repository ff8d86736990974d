"""Who is told what of a run: each once, the lists that asked for it, and nobody of a steady state."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from readiness.errors import BadInput
from readiness.mail.mailing import Mailing
from readiness.mail.smtp import Server
from readiness.mail.webhook import Hooks
from readiness.pipeline import Published
from readiness.run import RunFolder
from readiness.schedule.diary import Due
from readiness.schedule.outcome import Outcome
from readiness.target import Target

from ..conftest import NOW
from .conftest import HOSTILE

RUN, WEEKLY, CHANGE, FAILED = (f"{name}@example.com" for name in ("run", "weekly", "change", "failed"))
DUE = Due(NOW, 0, timedelta())


@pytest.fixture
def mailing(params, clock):
    return lambda: Mailing("one", params, params.parent / "reports" / "one", clock)


@pytest.fixture
def deliver(mailing, params):
    """Sends what is due, and gives the state of each letter back."""

    def call(hooks=None):
        target = Target.find("one", params)
        carriers = {"mail": Server(target.mail, timeout=10, listen=0.05)}
        if target.notify:
            carriers["webhook"] = hooks or Hooks(target.notify)
        return {letter.to: letter.state for letter in mailing().deliver(carriers=carriers)}

    return call


@pytest.fixture
def scheduled(mailing, deliver):
    """`scheduled(folder)` tells of a scheduled run as its end does, None of one that failed; and sends it."""

    def call(folder: Path | None, kind="daily", failure="", kept=None, due=DUE, stage="beta"):
        run = Published(folder, RunFolder(folder).json("decision.json")["stages"]) if folder else None
        mailing().tell(Outcome("one", kind, stage, due, run, failure, kept))
        return deliver()

    return call


def test_by_hand_a_run_goes_to_the_lists_of_runs_and_to_each_once(server_of, declare, publish, mailing, deliver):
    server = server_of()
    declare(server.port)
    run = RunFolder(publish(0, False))
    queued = mailing().send(run)
    assert [letter.to for letter in queued] == [RUN, WEEKLY]
    assert deliver() == {RUN: "sent", WEEKLY: "sent"}
    assert [letter.state for letter in mailing().send(run)] == ["sent", "sent"]
    assert deliver() == {} and server.recipients == [RUN, WEEKLY]


def test_a_mail_is_text_with_an_alternative_and_the_report_as_its_list_says(
    server_of, declare, publish, mailing, deliver
):
    server = server_of()
    declare(server.port)
    run = publish(0, False)
    mailing().send(RunFolder(run), when=("run", "weekly", "change"))
    deliver()
    attached, linked, none = (server.read(to) for to in (RUN, WEEKLY, CHANGE))
    link = f"https://reports.example.com/r/one/{run.name}/report.html"
    for told in (attached, linked, none):
        plain, page = told.get_body(("plain",)), told.get_body(("html",))
        assert "Beta: No-go, 0.0 of 100, 50 needed" in plain.get_content()
        assert "<strong>0.0</strong> of 100 points, 50 needed" in page.get_content()
        assert told["Subject"] == "one: beta NO-GO 0.0 of 100, 50 needed, 2 blockers"
        assert told["To"] and told["From"] == "Readiness <readiness@example.com>"
        assert told["Auto-Submitted"] == "auto-generated" and told["Date"]
        assert (link in plain.get_content(), link in page.get_content()) == (told is not none,) * 2
    (file,) = attached.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (f"one-{run.name}.html", "text/html")
    assert "the report" in file.get_content()
    assert not list(linked.iter_attachments()) and not list(none.iter_attachments())
    assert len({told["Message-ID"] for told in (attached, linked, none)}) == 3


def test_a_mail_that_is_sent_again_is_the_same(server_of, declare, publish, mailing, deliver, clock):
    server = server_of()
    declare(server.port)
    seen = []
    server.data = lambda to: seen.append(to) or "451 not now"
    mailing().send(RunFolder(publish(0)), when=("change",))
    first = [(mailing().outbox.folder / letter.key).read_bytes() for letter in mailing().outbox.letters()]
    deliver()
    server.data = lambda to: None
    clock.go(hours=1)
    deliver()
    assert sorted(content for _, content in server.taken) == sorted(first)
    assert len(seen) == 2


def test_a_name_from_a_target_gets_into_no_header(server_of, declare, publish, mailing, deliver):
    server = server_of()
    declare(server.port, title=HOSTILE)
    mailing().send(RunFolder(publish(0, None, reason=HOSTILE)), when=("run",))
    deliver()
    assert server.recipients == [RUN] and server.asked == [RUN]
    told = server.read(RUN)
    assert told["Bcc"] is None and told.keys().count("Subject") == 1
    assert set(told.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
        *("MIME-Version", "Content-Type"),
    }
    page = told.get_body(("html",)).get_content()
    assert "&lt;/td&gt;&lt;/table&gt;&lt;script&gt;" in page and "<script" not in page and "<img" not in page


def test_a_run_of_another_name_is_not_mailed(server_of, declare, publish, mailing):
    declare(server_of().port)
    run = publish(0)
    told = json.loads((run / "decision.json").read_text())
    (run / "decision.json").write_text(json.dumps(told | {"target": "x\r\nBcc: eve@example.com"}))
    with pytest.raises(BadInput, match="expected a run of one, got one of x"):
        mailing().send(RunFolder(run))


def test_a_steady_state_is_told_to_those_who_want_every_run_alone(server_of, declare, publish, scheduled):
    declare(server_of().port)
    assert scheduled(publish(0)) == {RUN: "sent"}
    assert scheduled(publish(1)) == {RUN: "sent"}
    assert scheduled(publish(2), kind="weekly") == {RUN: "sent", WEEKLY: "sent"}


def test_a_verdict_that_changed_is_told_once_and_so_is_the_way_back(server_of, declare, publish, scheduled):
    server = server_of()
    declare(server.port)
    scheduled(publish(0))
    assert scheduled(publish(1, False)) == {RUN: "sent", CHANGE: "sent"}
    told = server.read(CHANGE)
    assert told["Subject"] == "one changed: beta NO-GO 0.0 of 100, 50 needed, 2 blockers"
    text = told.get_body(("plain",)).get_content()
    assert "beta: go → no-go, score 100.0 → 0.0." in text
    assert "Sound, mandatory for beta: met → not met." in text
    assert "the platform changed: −100.0 proven, −100.0 possible" in text
    assert scheduled(publish(2, False)) == {RUN: "sent"}
    assert scheduled(publish(3)) == {RUN: "sent", CHANGE: "sent"}


def test_what_is_sent_by_hand_is_told_with_what_changed_and_an_older_run_without(server_of, declare, publish, mailing):
    declare(server_of().port)
    old, new = publish(0), publish(1, False)
    assert {letter.to for letter in mailing().send(RunFolder(new))} == {RUN, WEEKLY, CHANGE}
    assert {letter.to for letter in mailing().send(RunFolder(new))} == {RUN, WEEKLY}, "it is told"
    assert {letter.to for letter in mailing().send(RunFolder(old))} == {RUN, WEEKLY}
    assert CHANGE not in {letter.to for letter in mailing().send(RunFolder(publish(2, False)))}


def test_what_changed_by_hand_meanwhile_is_told_by_the_next_scheduled_run(server_of, declare, publish, scheduled):
    declare(server_of().port)
    scheduled(publish(0))
    publish(1, False)
    assert scheduled(publish(2, False)) == {RUN: "sent", CHANGE: "sent"}


def test_a_run_that_failed_has_a_mail_and_lists_of_its_own(server_of, declare, publish, scheduled, params):
    server = server_of()
    declare(server.port)
    scheduled(publish(0))
    kept = params.parent / "reports" / "one" / "2026-03-03T060000Z.failed"
    kept.mkdir()
    (kept / "probe.ipynb").write_text("x" * 2000, encoding="utf-8")
    failure = f"probe.ipynb stopped in cell 4: KeyError: {HOSTILE}token=abc123\nwhat there is was kept in {kept}"
    late = Due(NOW + timedelta(days=1), 2, timedelta())
    server.taken.clear()
    assert scheduled(None, failure=failure, kept=kept, due=late) == {FAILED: "sent", CHANGE: "sent", RUN: "sent"}
    told = server.read(FAILED)
    assert told["Subject"].startswith("one: the daily run FAILED: probe.ipynb stopped in cell 4: KeyError: </td>")
    assert told["Bcc"] is None
    for part in ("plain", "html"):
        text = told.get_body((part,)).get_content()
        for words in ("stopped in cell 4", "probe.ipynb", "2.0 kB", f"{kept.name}/", "2 earlier runs were missed"):
            assert words in text
        assert "abc123" not in text and str(kept.parent) not in text
    assert "<script" not in told.get_body(("html",)).get_content()
    assert f'href="https://reports.example.com/r/one/{kept.name}/"' in told.get_body(("html",)).get_content()


def test_a_run_of_some_dimensions_is_no_change_and_hides_none(server_of, declare, publish, mailing, deliver, scheduled):
    server = server_of()
    declare(server.port)
    scheduled(publish(0))
    part = publish(1, False)
    manifest = json.loads((part / "manifest.json").read_text())
    (part / "manifest.json").write_text(json.dumps(manifest | {"dimensions": ["security"]}))
    server.taken.clear()
    mailing().send(RunFolder(part))
    assert deliver() == {RUN: "sent", WEEKLY: "sent"}
    assert server.read(RUN)["Subject"] == "one: beta NO-GO 0.0 of 100, 50 needed, 2 blockers"
    assert scheduled(publish(2, False)) == {RUN: "sent", CHANGE: "sent"}


def test_what_changed_at_one_stage_is_not_taken_for_told_by_a_mail_that_put_another_first(
    server_of, declare, publish, scheduled
):
    server = server_of()
    declare(server.port)
    scheduled(publish(0))
    scheduled(publish(1, False), stage="alpha")
    server.taken.clear()
    assert scheduled(publish(2, False)) == {RUN: "sent", CHANGE: "sent"}
    assert "beta: go → no-go" in server.read(CHANGE).get_body(("plain",)).get_content()


def test_a_clock_that_was_ahead_and_is_set_back_silences_nothing(server_of, declare, publish, scheduled, clock):
    declare(server_of().port)
    scheduled(publish(0))
    clock.go(days=2000)
    scheduled(publish(1990))
    clock.go(days=-2000)
    assert scheduled(publish(1, False)) == {RUN: "sent", CHANGE: "sent"}


def test_an_earlier_run_that_is_torn_is_said_before_the_score(server_of, declare, publish, mailing, deliver):
    server = server_of()
    declare(server.port)
    torn = publish(0)
    (torn / "decision.json").write_text("{", encoding="utf-8")
    mailing().send(RunFolder(publish(1)))
    deliver()
    words, _, _ = server.read(RUN).get_body(("plain",)).get_content().partition("Production readiness of")
    assert f"An earlier run cannot be read: one/{torn.name}: " in " ".join(words.split())


def test_a_run_without_the_report_that_is_to_be_attached_is_said_so(declare, publish, mailing, server_of):
    declare(server_of().port)
    run = publish(0)
    (run / "report.html").unlink()
    with pytest.raises(BadInput, match="expected the report, which a list wants attached"):
        mailing().send(RunFolder(run))
    assert mailing().outbox.letters() == []


def test_a_second_failure_is_no_transition_and_working_again_is_one(server_of, declare, publish, scheduled):
    server = server_of()
    declare(server.port)
    scheduled(publish(0))
    first, second = (Due(NOW + timedelta(days=day), 0, timedelta()) for day in (1, 2))
    assert scheduled(None, failure="a disk is full", due=first) == {FAILED: "sent", CHANGE: "sent", RUN: "sent"}
    assert scheduled(None, failure="a disk is full", due=second) == {FAILED: "sent"}
    server.taken.clear()
    assert scheduled(publish(3)) == {RUN: "sent", CHANGE: "sent"}
    assert "Runs complete again." in server.read(CHANGE).get_body(("plain",)).get_content()
    assert scheduled(publish(4)) == {RUN: "sent"}


def test_webhooks_are_told_of_transitions_alone(server_of, declare, publish, scheduled, hook, monkeypatch, mailing):
    monkeypatch.setenv("HOOK", hook.url)
    declare(server_of().port, notify={"webhooks": ["env:HOOK"]})
    scheduled(publish(0))
    scheduled(publish(1))
    assert hook.taken == []
    run = publish(2, False)
    assert scheduled(run)["env:HOOK"] == "sent"
    (told,) = hook.taken
    assert told["text"].splitlines()[:2] == [
        "one changed: beta NO-GO 0.0 of 100, 50 needed, 2 blockers",
        "• beta: go → no-go, score 100.0 → 0.0.",
    ]
    assert told["text"].endswith(told["link"]) and told["run"] == run.name
    assert [each["kind"] for each in told["transitions"]] == ["verdict", "mandatory"]
    for path in mailing().outbox.folder.iterdir():
        assert hook.path not in path.read_text(encoding="utf-8"), "who knows the address can write there"


def test_without_lists_and_webhooks_nobody_is_told(publish, mailing, params):
    run = publish(0)
    told = Outcome("one", "daily", "beta", DUE, Published(run, {}))
    assert mailing().tell(told) == [] and not (run.parent / ".outbox").exists()
