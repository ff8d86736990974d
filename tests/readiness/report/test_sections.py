import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from readiness.change import PARTS, Change, Difference
from readiness.change import Row as ChangeRow
from readiness.evidence import Evidence
from readiness.forecast import Forecast, forecast
from readiness.history import SCORES, moment
from readiness.load.foreign import imported
from readiness.past import Past
from readiness.report import Report, Section
from readiness.report.load_test import LoadTest
from readiness.reports import Reports
from readiness.stage import STAGES

from ..artefacts.test_load_summary import newer
from .conftest import DAYS, NAME, NOW, OPEN, SECTIONS, exchange

Build = Callable[..., Report]
GOOD = {DAYS.name: 60, OPEN.name: True, NAME.name: "right"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><b onmouseover=alert(3)>"


class Seen(HTMLParser):
    """Elements, attributes and text as a browser would see them."""

    def __init__(self, section: Section) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.words = ""
        self.feed(section._repr_html_())
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.words += " " if tag in ("td", "th", "li") else ""
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


def everything(report: Report) -> list[Section]:
    return [getattr(report, name)() for name in SECTIONS]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (GOOD, "Go for Alpha"),
        ({**GOOD, DAYS.name: 3}, "No-go for Alpha"),
        ({OPEN.name: True}, "Undetermined for Alpha"),
    ],
)
def test_the_header_says_the_verdict_the_interval_and_the_time(report_of: Build, seen: dict, words: str) -> None:
    report = report_of(seen)
    said = Seen(report.header()).words
    assert words in said
    decision = report.assessment.decision["alpha"]
    assert f"{decision['floor']:.1f}" in said and f"{decision['ceiling']:.1f}" in said
    assert "60 needed" in said
    assert "2026-03-02 08:55:00 UTC" in said


def test_a_no_go_names_what_blocks_it(report_of: Build) -> None:
    said = Seen(report_of({**GOOD, DAYS.name: 3}).header()).words
    assert "Ruled out by 1 of 1 mandatory requirement and the total." in said
    assert "The certificate is not as it should be." in Seen(report_of({**GOOD, DAYS.name: 3}).blockers()).words


def test_an_undetermined_verdict_names_the_evidence_that_would_settle_it(report_of: Build) -> None:
    report = report_of({OPEN.name: True})
    assert "Nothing observed rules it out" in Seen(report.header()).words
    said = Seen(report.blockers()).words
    assert "certificate.days: no answer within 3 s" in said


def test_a_met_requirement_says_so_with_value_threshold_and_repetition(report_of: Build) -> None:
    recorded = exchange(url="https://api.example.test/health?probe=1")
    report = report_of(GOOD, recorded=recorded)
    said = Seen(report.requirements()).words
    assert "The certificate is as it should be." in said
    assert "Days until the certificate" not in said  # no probe here declares the fact, so its name stands for it
    assert "60 days expected at least 14 days" in said
    assert "2026-03-02 08:55:00 UTC, 5 min before judging" in said
    assert f'<a href="#x-{recorded.digest}">' in report.requirements()._repr_html_()
    assert f'id="x-{recorded.digest}"' in report.recorded()._repr_html_()
    said = Seen(report.recorded()).words
    assert "curl -sS -i -X GET" in said and "probe=1" in said


def test_what_the_appendix_has_no_room_for_is_repeatable_where_it_counts(
    report_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("readiness.report.sections.RECORDED", 0)
    report = report_of(GOOD)
    assert "curl -sS -i -X GET" in Seen(report.requirements()).words
    assert "#x-" not in report.requirements()._repr_html_()


def test_an_unmet_requirement_says_what_is_wrong_and_what_to_do(report_of: Build) -> None:
    said = Seen(report_of({**GOOD, DAYS.name: 3}).requirements()).words
    assert "The certificate is not as it should be." in said
    assert "Mend the certificate at its source. Effort: 1 person-day." in said


def test_an_unknown_requirement_is_neither_a_pass_nor_a_fail(report_of: Build) -> None:
    rows = report_of({}).rows
    assert rows["security.certificate"].status == "unknown"
    assert rows["security.certificate"].sentence.startswith("Not known")
    assert rows["data.thing"].sentence == "Not known: no source of evidence yet."
    assert rows["data.thing"].open == ["the thing itself"]


def test_every_requirement_is_listed_with_its_status_word(report_of: Build) -> None:
    report = report_of(GOOD)
    html = report.requirements()._repr_html_()
    for name, row in report.rows.items():
        assert f'id="req-{name}" data-status="{row.status}"' in html
        assert f'{row.item.title}</a><span class="unseen">: {row.status}</span>' in html
    assert len(report.rows) == 12


def test_a_chapter_opens_what_is_unmet_and_counts_what_it_folds(report_of: Build) -> None:
    seen = {OPEN.name: False, NAME.name: "right"}
    waived = _dated({**WAIVER, "requirement": "security.origin"})
    html = report_of(seen).requirements()._repr_html_()
    assert '<details class="group" open>' in html and "1 unmet" in html
    security = html[html.index('data-dimension="security"') :]
    assert security.index("1 unmet") < security.index("1 unknown") < security.index("1 met")
    assert html.count('<details class="group" open>') == 1
    html = report_of(seen, waivers=[waived]).requirements()._repr_html_()
    assert "1 waived" in html and "1 unmet" not in html
    assert 'id="req-security.origin" data-status="unmet"' in html  # which it still is


def test_a_requirement_of_a_later_stage_is_judged_for_that_stage(report_of: Build) -> None:
    row = report_of({**GOOD, NAME.name: "wrong"}).rows["security.product"]
    assert (row.stage, row.status) == ("beta", "unmet")


def test_old_evidence_is_said_to_be_too_old(report_of: Build) -> None:
    row = report_of(GOOD, age=timedelta(days=3)).rows["security.certificate"]
    assert row.status == "unknown"
    assert row.lines[0].reason == "observed 3 d ago, too old to count"


def test_a_value_near_its_threshold_is_said_to_be_undecided(report_of: Build) -> None:
    near = Evidence("example", DAYS, "observed", NOW, value=14.0, low=13.0, high=15.0, source="GET /")
    row = report_of(GOOD, extra=[near]).rows["security.certificate"]
    assert row.status == "unknown"
    assert "between 13 and 15" in row.lines[0].reason


def test_a_missing_permission_is_named(report_of: Build) -> None:
    barred = Evidence("example", DAYS, "unavailable", NOW, reason="not allowed to look", permission="burst")
    said = Seen(report_of(GOOD, extra=[barred]).requirements()).words
    assert "not allowed to look (needs the permission burst)" in said


WAIVER = {
    "requirement": "security.certificate",
    "reason": "The certificate is replaced next week.",
    "approved_by": "head of platform",
    "approved_on": "2026-03-01",
    "expires_on": "2026-03-08",
}


def test_a_waiver_stands_beside_the_score_and_does_not_raise_it(report_of: Build) -> None:
    report = report_of({**GOOD, DAYS.name: 3}, waivers=[_dated(WAIVER)])
    said = Seen(report.header()).words
    assert "✗ No-go" in said and "Go, 100.0" in said
    assert "The certificate is replaced next week." in Seen(report.scope()).words


def test_an_expired_waiver_is_shown_and_counts_for_nothing(report_of: Build) -> None:
    expired = _dated({**WAIVER, "approved_on": "2026-01-01", "expires_on": "2026-02-01"})
    report = report_of({**GOOD, DAYS.name: 3}, waivers=[expired])
    assert "not in force, counts for nothing" in Seen(report.scope()).words
    assert "With waivers" not in Seen(report.header()).words


def test_what_does_not_apply_is_listed_as_a_change_of_scope(report_of: Build) -> None:
    item = {"requirement": "security.origin", "reason": "No browser ever calls it.", "by": "head of platform"}
    report = report_of(GOOD, not_applicable=[item])
    assert "No browser ever calls it." in Seen(report.scope()).words
    assert report.rows["security.origin"].status == "not applicable"


def test_weightless_dimensions_are_said_not_to_count(report_of: Build) -> None:
    assert "a weight of 0 is shown and not counted" in Seen(report_of(GOOD).categories()).words


def test_what_the_target_sent_is_text_and_nothing_else(report_of: Build) -> None:
    recorded = exchange(
        url="https://api.example.test/?q=" + HOSTILE,
        body=HOSTILE.encode(),
        headers=(("x-evil", HOSTILE), (HOSTILE, "x")),
        redirects=((302, HOSTILE),),
    )
    barred = Evidence("example", DAYS, "unavailable", NOW, reason=HOSTILE, source=HOSTILE, permission=HOSTILE)
    report = report_of({OPEN.name: True, NAME.name: HOSTILE}, recorded=recorded, extra=[barred], title=HOSTILE)
    for section in everything(report):
        seen = Seen(section)
        scripts = 1 if section.name == "footer" else 0  # the data inside, which is no code
        assert seen.tags.count("script") == scripts and not {"img", "b"} & set(seen.tags), section
        assert not [name for name in seen.attributes if name.startswith("on")], section
    assert "<script>alert(1)</script>" in Seen(report.requirements()).words


def test_hidden_and_reordering_characters_are_written_out(report_of: Build) -> None:
    report = report_of({**GOOD, NAME.name: "right\u202egnorw\x1b[31m"})
    said = Seen(report.requirements()).words
    assert "right\\u202egnorw\\u001b[31m" in said


def test_a_long_text_is_cut_and_says_how_long_it_was(report_of: Build) -> None:
    said = Seen(report_of({**GOOD, NAME.name: "x" * 5_000}).requirements()).words
    assert "(5,000 characters)" in said


def test_more_exchanges_than_a_page_holds_are_counted(report_of: Build) -> None:
    many = [exchange(url=f"https://api.example.test/{n}", body=b"x" * 2_000) for n in range(300)]
    row = Evidence(
        "example", DAYS, "observed", NOW, value=60, source="GET many", digest=" ".join(item.digest for item in many)
    )
    report = report_of(GOOD, extra=[row], exchanges={item.digest: item.record() for item in many})
    section = report.recorded()
    assert len(section._repr_html_()) < 400_000
    assert "more exchanges are in exchanges.jsonl" in Seen(section).words


def test_the_footer_says_how_to_repeat_the_run(report_of: Build) -> None:
    manifest = {
        "started_at": "2026-03-02T08:54:00+00:00",
        "dimensions": "all",
        "python": "3.11",
        "versions": {"a": "1"},
    }
    said = Seen(report_of(GOOD, stage="beta", manifest=manifest).footer()).words
    assert "readiness run example --stage beta" in said
    assert "2 probes, the slowest: tls 0.2 s, cors 0.1 s" in said and "a 1" in said
    assert "120 HTTP requests of" in said and "4 test accounts made, none left behind" in said
    assert "accounts" in said


def test_the_footer_says_what_was_asked_of_the_target_and_how_much_was_allowed(report_of: Build) -> None:
    said = Seen(report_of(GOOD).footer()).words
    assert "120 HTTP requests of 3000 allowed; 4 test accounts made, none left behind" in said


def test_what_could_not_be_removed_is_named_before_the_score(report_of: Build) -> None:
    report = report_of(GOOD, left=["test+r1-3@example.com", "import_undo 7"])
    said = Seen(report.header()).words
    assert "could not remove what it made: test+r1-3@example.com, import_undo 7. `readiness cleanup` tries" in said
    assert "2 left behind" in Seen(report.footer()).words


def test_a_first_run_says_that_there_is_nothing_to_compare(report_of: Build, tmp_path: Path) -> None:
    past = _past(tmp_path)
    report = report_of(GOOD, past=past)
    assert "This is the first run of this target." in Seen(report.change()).words
    assert "not enough history: 0 runs, 4 are needed" in Seen(report.trend()).words


def test_what_changed_is_told_with_the_evidence_that_differs(report_of: Build, tmp_path: Path) -> None:
    differs = Difference(DAYS.name, "3 days", "60 days", ("a", "b"))
    row = ChangeRow("platform", "security.certificate", "unmet", "met", 50.0, 0.0, (differs,))
    gone = ChangeRow("catalogue", "security.gone", "met", None, -1.0, -1.0, ())
    parts = {**dict.fromkeys(PARTS, (0.0, 0.0)), "platform": (50.0, 0.0), "catalogue": (-1.0, -1.0)}
    change = Change("alpha", (10.0, 90.0), (59.0, 89.0), parts, (gone, row), (10.0, 90.0), (59.0, 89.0), ())
    scores = _scores("2026-02-23T090000Z")
    said = Seen(report_of(GOOD, past=replace(_past(tmp_path, scores), change=change)).change()).words
    assert "Alpha 10.0–90.0 → 59.0–89.0 of 100 points, since the run of 2026-02-23." in said
    assert "The platform changed +50.0 proven, 0.0 possible" in said
    assert "✗ unmet → ✓ met" in said and "certificate.days 3 days → 60 days" in said
    assert "security.gone ✓ met → · not demanded −1.0" in said


def test_a_gate_that_only_waits_for_more_runs_says_so_throughout(
    report_of: Build,
) -> None:
    report = report_of(GOOD, steady_runs=3)
    assert report.assessment.decision["alpha"]["verdict"] == "undetermined"
    assert "Not settled: what earlier runs said." in Seen(report.header()).words
    assert "1 run so far, 3 needed to tell what is steady steady" in Seen(report.blockers()).words
    assert "Nothing is left to do for" in Seen(report.shortest_path()).words
    assert "but to keep it so" in Seen(report.shortest_path()).words


def test_a_change_that_cannot_be_told_says_why(report_of: Build, tmp_path: Path) -> None:
    past = replace(_past(tmp_path, _scores("2026-02-23T090000Z")), why_not="the run is torn")
    said = Seen(report_of(GOOD, past=past).change()).words
    assert "What changed since the run 2026-02-23T090000Z cannot be told: the run is torn." in said


def test_the_header_says_when_the_gate_will_be_reached(report_of: Build, tmp_path: Path) -> None:
    told = Forecast(p50=NOW.date() + timedelta(days=14), p85=None)
    past = replace(_past(tmp_path), forecasts=dict.fromkeys(STAGES, told))
    assert "in 14 days, 16 Mar 2026; 85 %: beyond five years" in Seen(report_of(GOOD, past=past).header()).words


def test_an_earlier_run_that_cannot_be_read_is_a_warning(report_of: Build, tmp_path: Path) -> None:
    past = _past(tmp_path)
    torn = replace(past, history=replace(past.history, unread={"example/2026-02-01T000000Z": "torn"}))
    assert (
        "An earlier run cannot be read: example/2026-02-01T000000Z: torn" in Seen(report_of(past=torn).header()).words
    )


def test_the_path_is_the_least_work_with_what_it_takes_without_each(report_of: Build) -> None:
    said = Seen(report_of({**GOOD, DAYS.name: 3}).shortest_path()).words
    assert "The least work that makes Alpha a go: 1 requirement, 1 person-day, 1 week at 5 person-days a week." in said
    assert "Certificate mandatory ✗ unmet +50.0 1 no way" in said
    assert "GA is a go" in Seen(report_of(GOOD).shortest_path()).words


def test_a_way_that_there_is_not_is_said(report_of: Build) -> None:
    item = {"requirement": "security.certificate", "reason": "There is none of it here.", "by": "head of platform"}
    report = report_of(GOOD, not_applicable=[item])
    assert "There is no way to Alpha by completing requirements" in Seen(report.shortest_path()).words


def test_load_tests_are_told_or_how_to_make_one(report_of: Build) -> None:
    none = LoadTest("users", {}, "no load test with users is on record", "readiness load example --users N")
    said = Seen(report_of(GOOD).load_tests([none])).words
    assert "No load test with users is on record. readiness load example --users N" in said
    one = {"value": 12.3, "low": 11.0, "high": 14.0}
    record = {
        "foreign": False,
        "omits": [],
        "started_at": "2026-03-01T08:00:00+00:00",
        "journey": "health",
        "address": "https://api.example.test",
        "rate": 100.0,
        "users": None,
        "seconds": 30.0,
        "scheduled": 3000,
        "completed": 2990,
        "failed": {"timeout": 10},
        "latency_ms": {"p50": one, "p95": one, "p99": one, "p99_9": dict.fromkeys(one)},
        "slo": {"held": False, "why": "p99 is 12.3 ms, 10 are allowed"},
    }
    said = Seen(report_of(GOOD).load_tests([LoadTest("a rate of arrivals", record)])).words
    assert "100 requests a second for 30 s. ✗ broken: p99 is 12.3 ms, 10 are allowed" in said
    assert "p99 12.3 11.0 and 14.0" in said and "p99.9" not in said
    assert "Requests: 3,000 due, 2,990 completed, 10 failed." in said


def test_the_load_test_of_another_tool_is_told_with_what_it_leaves_out(report_of: Build, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(newer()), encoding="utf-8")
    record = imported(path, target="example", address="https://api.example.test")
    test = LoadTest("users", record)
    said = Seen(report_of(GOOD).load_tests([test])).words
    assert "100 users for 600 s" in said and "p99 420.0 not known" in said and "Latency from the send" in said
    assert record["omits"] and all(line in said for line in record["omits"])
    assert not test.has_curve


def _past(place: Path, scores: pd.DataFrame | None = None) -> Past:
    past = Past.of(Reports.of(place), "example", NOW, place)
    told = {stage: forecast(past.history.scores, stage) for stage in STAGES}
    history = past.history if scores is None else replace(past.history, scores=scores)
    return replace(past, history=history, forecasts=told)


def _scores(run: str) -> pd.DataFrame:
    row = {"target": "example", "run": run, "at": moment(run), "stage": "alpha", "kind": "observed", "whole": True}
    return pd.DataFrame([row]).reindex(columns=list(SCORES))


def _dated(item: dict[str, str]) -> dict[str, object]:
    from datetime import date

    return {key: date.fromisoformat(value) if key.endswith("_on") else value for key, value in item.items()}


@pytest.mark.parametrize(
    "record", [{"slo": None}, {"slo": {"held": "yes"}}, {"rate": "many", "failed": ["x"], "latency_ms": 3}]
)
def test_a_record_that_lacks_what_is_told_is_told_as_far_as_it_goes(report_of: Build, record: dict) -> None:
    said = Seen(report_of(GOOD).load_tests([LoadTest("users", {"model": "closed", **record})])).words
    assert "a load not told" in said and "? too close to say" in said
