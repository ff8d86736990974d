"""The desk: the latest run lies open first, another is chosen, and every pane follows."""

import pytest
from readiness.errors import BadInput
from readiness.figures import decision_intervals, errors_by_kind

from .conftest import HOSTILE, PARAMS


def html(pane):
    return pane._repr_mimebundle_()["text/html"]


def live(pane):
    """What stands in the pane's widget now."""
    return pane._output.outputs[0]["data"]


def test_the_latest_run_lies_open_as_it_was_judged(publish, desk):
    publish(0)
    latest = publish(7)
    opened = desk().opened
    assert opened.folder.path == latest
    assert opened.name == "sample/2026-03-09T090000Z"
    assert opened.assessment.decision == opened.folder.json("decision.json")["stages"]


def test_a_run_is_chosen_by_name(publish, desk):
    first = publish(0)
    publish(7)
    assert desk(run=first.name).opened.folder.path == first


def test_a_target_file_from_elsewhere_is_known_by_the_name_in_it(publish, desk, tmp_path):
    latest = publish(0)
    file = tmp_path / "of-another-name.yaml"
    file.write_text((PARAMS / "targets" / "sample.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    one = desk(target=str(file))
    assert one.target.value == "sample" and one.opened.folder.path == latest


@pytest.mark.parametrize("run", ["2026-03-03T090000Z", "../sample", "latest"])
def test_a_run_that_is_not_there_is_refused(publish, desk, run):
    publish(0)
    with pytest.raises(BadInput, match="parameter run: expected a published run of sample"):
        desk(run=run)


def test_without_a_run_it_says_what_to_do_and_panes_are_empty(desk):
    one = desk()
    assert one.opened is None
    told = html(one)
    assert "There is no run to explore yet: run `make report`" in told and "readiness run sample" in told
    assert html(one.pane(lambda run: run.no_such_thing)) == ""


def test_every_pane_follows_the_choice_of_a_run_and_a_stage(publish, desk):
    publish(0, {"https.hsts_max_age_s": None})
    publish(7)
    one = desk()
    pane = one.pane(lambda run: decision_intervals(run.assessment.decision))
    figures = [live(pane)]
    one.run.value = "2026-03-02T090000Z"
    figures.append(live(pane))
    assert one.opened.folder.path.name == "2026-03-02T090000Z"
    assert figures[0] != figures[1]
    one.stage.value = "ga"
    assert one.opened.stage == "ga" and "for GA" in html(one)


def test_another_target_brings_its_own_latest_run(publish, desk):
    publish(0)
    publish(3, target="other")
    publish(5, target="other")
    one = desk()
    seen = []
    one.heed(lambda: seen.append(one.opened.folder.path.name))
    one.target.value = "other"
    assert one.opened.folder.path.parent.name == "other"
    assert one.run.options == ("2026-03-07T090000Z", "2026-03-05T090000Z")
    assert seen == ["2026-03-07T090000Z"]


def test_a_target_without_a_run_can_be_left_for_one_that_has(publish, desk):
    publish(0, target="other")
    one = desk()
    assert one.opened is None
    one.target.value = "other"
    assert one.opened.folder.path.parent.name == "other"
    one.target.value = "sample"
    assert one.opened is None and "There is no run" in html(one)


def test_a_run_that_cannot_be_read_is_told_instead_of_shown(publish, desk):
    (publish(0) / "params.zip").unlink()
    assert "the run is from before parameters were kept" in html(desk())


def test_what_a_pane_cannot_show_is_said_in_words(publish, desk):
    publish(0)

    def refuse(run):
        raise BadInput(HOSTILE)

    told = html(desk().pane(refuse))
    assert "&lt;img" in told and "<img" not in told


def test_a_figure_with_nothing_in_it_is_said_in_words(publish, desk):
    publish(0)
    pane = desk().pane(lambda run: errors_by_kind({"errors": {"second": [], "kinds": {}}}))
    assert "there is nothing to draw." in html(pane)


def test_a_front_end_is_given_the_widget_and_any_other_the_thing_itself(publish, desk):
    publish(0)
    told = desk().pane(lambda run: decision_intervals(run.assessment.decision))._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json"} <= set(told)


def test_what_is_forecast_counts_what_is_mandatory_and_open(publish, desk):
    for week in range(4):
        publish(7 * week)
    one = desk()
    gate = one.opened.gates.gates["alpha"]
    rows = one.opened.assessment.findings.query("stage == 'alpha' and floor < 1")
    assert one.forecast(one.opened).open == rows["requirement"].isin(list(gate.mandatory)).sum() > 0
