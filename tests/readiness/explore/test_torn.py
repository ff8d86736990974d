"""A run that is torn: what of it cannot be shown is said in words, and every other run can still be explored."""

import json

import pytest
from readiness.explore import Comparison, Drill, Imagination, Loads, Table, frames, playground
from readiness.figures import category_bars, change_waterfall

PARTS = (
    *("evidence.parquet", "findings.parquet", "scores.parquet", "decision.json", "manifest.json"),
    *("exchanges.jsonl", "survey.json", "params.zip"),
)
TEARS = {
    "cut": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "of another form": lambda content: b"[1]",
}
CRITERION = {"fact": "health.latency_ms", "at_most": 100}


def html(shown):
    return shown._repr_mimebundle_().get("text/html", "")  # of a figure there is none


@pytest.fixture
def tear(publish):
    """`tear(part, how)` publishes two runs, of which the newest lacks a part or has it torn."""

    def build(part, how):
        first, newest = publish(0), publish(7)
        (newest / "survey.json").write_text(json.dumps({"left": [], "requests": 1}))
        if how == "missing":
            (newest / part).unlink()
        else:
            (newest / part).write_bytes(TEARS[how]((newest / part).read_bytes()))
        return first, newest

    return build


def everything(desk):
    """All that the notebook shows."""
    imagination, comparison = Imagination(desk), Comparison(desk)
    shown = [
        *(desk, Drill(desk), imagination, comparison, Loads(desk), comparison.pane(change_waterfall)),
        imagination.pane(lambda run, told: category_bars(told.scores, run.stage, run.catalogue.titles)),
        *(desk.pane(lambda run, of=of: Table(of(run), "")) for of in (frames.requirements, frames.evidence)),
        desk.pane(lambda run: Table(frames.exchanges(run), "")),
        desk.pane(lambda run: Table(playground(CRITERION, desk.runs(), run.stage))),
    ]
    return [html(one) for one in shown]


@pytest.mark.parametrize(
    ("part", "how"),
    [
        *((part, "cut") for part in PARTS),
        *(("exchanges.jsonl", "empty"), ("decision.json", "of another form"), ("manifest.json", "of another form")),
    ],
)
def test_a_torn_newest_run_is_told_and_another_can_be_chosen(tear, desk, part, how):
    first, newest = tear(part, how)
    one = desk()
    told = everything(one)
    if one.opened is None:
        assert (part in told[0] or how == "of another form") and newest.name in told[0]
    else:  # no exchange is recorded
        assert (part, how) == ("exchanges.jsonl", "empty")
    imagination, drill = Imagination(one), Drill(one)
    one.run.value = first.name
    assert one.opened is not None and drill.dimension.value and imagination.told is not None


@pytest.mark.parametrize("part", ["evidence.parquet", "decision.json", "exchanges.jsonl"])
def test_a_run_that_lacks_a_part_is_told(tear, desk, part):
    tear(part, "missing")
    one = desk()
    told = everything(one)
    assert (one.opened is None) == (part != "exchanges.jsonl"), "a run need not have recorded anything"
    assert one.opened or part in told[0]


def test_of_a_run_without_a_decision_of_each_stage_nothing_is_shown(publish, desk):
    run = publish(0)
    decided = json.loads((run / "decision.json").read_text())
    del decided["stages"]["ga"]
    (run / "decision.json").write_text(json.dumps(decided))
    one = desk()
    assert one.opened is None and "expected a decision for ga, found none" in html(one)


@pytest.mark.parametrize(
    ("part", "how"), [("evidence.parquet", "cut"), ("params.zip", "empty"), ("manifest.json", "of another form")]
)
def test_a_run_that_is_compared_with_a_torn_one_says_so(tear, desk, part, how):
    first, newest = tear(part, how)
    comparison = Comparison(desk(run=first.name))
    assert comparison.other.value == newest.name
    told = html(comparison)
    assert newest.name in told and ("cannot be" in told or part in told)


@pytest.mark.parametrize(("part", "how"), [("evidence.parquet", "cut"), ("manifest.json", "of another form")])
def test_a_criterion_is_tried_on_the_other_runs_and_a_torn_one_says_why_it_is_not(tear, part, how):
    first, newest = tear(part, how)
    rows = playground(CRITERION, [first, newest], "alpha")
    assert rows["result"].to_list() == ["✓ held", "? unknown"]
    assert "cannot be read" in rows["why"][1] and str(newest.parent) not in rows["why"][1]


def test_a_run_without_evidence_is_not_one_that_did_not_look(tear):
    rows = playground(CRITERION, tear("evidence.parquet", "missing"), "alpha")
    assert rows["result"].to_list() == ["✓ held", "? unknown"]
    assert "expected evidence.parquet there" in rows["why"][1]
