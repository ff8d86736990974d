"""The past of a run: what is compared with, what is left out, and the run itself as the newest point."""

from datetime import timedelta

import pandas as pd
import pytest
from readiness import snapshot
from readiness.assessment import Parameters, assess
from readiness.past import Past
from readiness.reports import Reports
from readiness.run import RunFolder

from .conftest import NOW

DAY = timedelta(days=1)
GOOD = {"a.flag": True, "b.count": 7}


def named(at):
    return f"{at:%Y-%m-%dT%H%M%SZ}"


@pytest.fixture
def published(params, evidence_of, tmp_path):
    """`published(at, values)` is a run of that moment, beside the others."""

    def build(at, values=GOOD, **manifest):
        evidence = evidence_of(values, observed_at=at)
        run = RunFolder(tmp_path / "reports" / "one" / named(at))
        evidence.to_parquet(run.path / "evidence.parquet", index=False)
        parameters = Parameters.load("one", params)
        run.save_assessment(assess(evidence, parameters, at))
        told = {"judged_at": at.isoformat(), "catalogue": parameters.catalogue.digest, "dimensions": "all"}
        run.save_json("manifest.json", told | {"bar": parameters.bar(at)} | manifest)
        (run.path / snapshot.NAME).write_bytes(snapshot.take("one", params))
        return run

    return build


@pytest.fixture
def told(params, published, evidence_of, tmp_path):
    """`told(at, values)` is the past of a run of that moment that is judged and not published."""

    def build(at, values=GOOD, stage="alpha"):
        parameters = Parameters.load("one", params)
        run = RunFolder(tmp_path / "partial")
        evidence = evidence_of(values, observed_at=at)
        evidence.to_parquet(run.path / "evidence.parquet", index=False)
        past = Past.of(Reports.of(tmp_path / "reports"), "one", at + timedelta(microseconds=7), params)
        return past.with_run(run, assess(evidence, parameters, at), stage)

    return build


def test_a_first_run_has_itself_alone(told):
    past = told(NOW)
    assert (past.before, past.change, past.why_not, past.runs) == ("", None, "", 1)
    assert past.forecasts["alpha"].why_not.startswith("not enough history: 1 run")


def test_a_week_old_run_is_compared_with_before_a_newer_one(published, told):
    for days in (20, 7, 1):
        published(NOW - days * DAY)
    past = told(NOW)
    assert past.before == named(NOW - 7 * DAY)
    assert past.runs == 4


def test_the_newest_is_compared_with_where_none_is_a_week_old(published, told):
    published(NOW - 3 * DAY)
    published(NOW - 2 * DAY)
    assert told(NOW).before == named(NOW - 2 * DAY)


def test_the_change_ends_at_the_score_of_the_run_itself(published, told):
    published(NOW - 7 * DAY, {"a.flag": False, "b.count": 7})
    past = told(NOW)
    scores = past.history.scores
    newest = scores[(scores["stage"] == "alpha") & (scores["run"] == named(NOW))]
    assert past.change.after == (newest["floor"].item(), newest["ceiling"].item())
    assert past.change.before[0] < past.change.after[0]
    assert {row.part for row in past.change.rows} == {"platform"}


def test_later_runs_and_the_run_itself_are_not_its_past(published, told):
    published(NOW - 7 * DAY)
    published(NOW)
    published(NOW + DAY)
    past = told(NOW)
    assert list(past.history.scores["run"].unique()) == [named(NOW - 7 * DAY), named(NOW)]


def test_a_run_that_kept_no_parameters_cannot_be_compared_and_says_so(published, told):
    (published(NOW - 7 * DAY).path / snapshot.NAME).unlink()
    past = told(NOW)
    assert past.change is None and "from before parameters were kept" in past.why_not


def test_where_the_bar_was_the_same_nothing_is_judged_again(published, told):
    published(NOW - 7 * DAY)
    assert told(NOW).as_today.scores.empty


def test_a_bar_that_was_raised_is_raised_for_the_past_and_the_rest_is_as_it_was_told(published, told, params):
    published(NOW - 7 * DAY)
    path = params / "catalog" / "data.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("beta: 5", "beta: 9"), encoding="utf-8")
    published(NOW - 2 * DAY)
    past = told(NOW)
    scores = past.as_today.scores
    beta = scores[scores["stage"] == "beta"]
    assert list(beta["run"]) == [named(NOW - 7 * DAY), named(NOW - 2 * DAY), named(NOW)]
    assert beta["floor"].nunique() == 1
    seen = past.history.scores
    assert seen.loc[(seen["stage"] == "beta") & (seen["run"] == named(NOW - 7 * DAY)), "floor"].item() == 100
    assert beta["floor"].iloc[0] < 100


TORN = ("evidence.parquet", "manifest.json", "decision.json", "findings.parquet", snapshot.NAME)


@pytest.mark.parametrize("name", TORN)
@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", b'{"stages": {'], ids=["empty", "cut", "half"])
def test_an_earlier_run_that_is_torn_does_not_take_the_one_at_hand_with_it(published, told, name, content):
    (published(NOW - 7 * DAY).path / name).write_bytes(content)
    past = told(NOW)
    said = f"{past.why_not} {past.history.unread}"
    assert past.change is None and named(NOW - 7 * DAY) in said
    assert str(past.reports.root) not in said
    assert past.runs >= 1


def test_evidence_that_tells_a_fact_twice_is_torn_too(published, told):
    path = published(NOW - 7 * DAY).path / "evidence.parquet"
    rows = pd.read_parquet(path)
    pd.concat([rows, rows]).to_parquet(path, index=False)
    assert told(NOW).change is None


def test_an_index_that_cannot_be_read_is_none(published, told, tmp_path):
    published(NOW - 7 * DAY)
    told(NOW)
    index = tmp_path / "reports" / "one" / ".history.zip"
    index.unlink()
    index.mkdir()
    assert told(NOW).runs == 2


def test_a_run_of_some_dimensions_is_compared_with_only_where_there_is_no_other(published, told):
    published(NOW - 7 * DAY, dimensions=["data"])
    assert told(NOW).before == named(NOW - 7 * DAY)
    published(NOW - 14 * DAY)
    assert told(NOW).before == named(NOW - 14 * DAY)


def test_a_bar_is_another_by_its_gates_and_by_what_is_announced_as_well(published, told, params):
    published(NOW - 7 * DAY)
    gates = params / "gates.yaml"
    gates.write_text(gates.read_text(encoding="utf-8").replace("partial_credit: 0.5", "partial_credit: 0.25"), "utf-8")
    assert not told(NOW).as_today.scores.empty
    before = Parameters.load("one", params).bar(NOW)
    path = params / "catalog" / "data.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{fact: b.count, ", "{from: 2026-03-01, fact: b.count, "), encoding="utf-8")
    parameters = Parameters.load("one", params)
    assert len({before, parameters.bar(NOW), parameters.bar(NOW - 7 * DAY)}) == 3


def test_later_runs_that_cannot_be_read_are_not_told_of(published, told):
    (published(NOW - 7 * DAY).path / "findings.parquet").write_bytes(b"")
    (published(NOW + DAY).path / "findings.parquet").write_bytes(b"")
    assert list(told(NOW).history.unread) == [f"one/{named(NOW - 7 * DAY)}"]
