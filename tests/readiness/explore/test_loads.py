"""Load tests on record: the newest first, and figures follow the choice."""

from readiness.explore import Loads
from readiness.explore.loads import NONE, SILENT
from readiness.figures import latency_heat, percentile_curve


def html(shown):
    return shown._repr_mimebundle_()["text/html"]


def test_the_newest_is_shown_and_another_can_be_chosen(publish, desk, load_record):
    publish(0)
    load_record("2026-03-01T080000Z", 9.0)
    load_record("2026-03-02T080000Z", 12.0)
    loads = Loads(desk())
    pane = loads.pane(percentile_curve)
    newest = pane._output.outputs[0]["data"]["application/vnd.plotly.v1+json"]
    assert loads.test.options == ("2026-03-02T080000Z", "2026-03-01T080000Z")
    assert "12.00" in html(loads) and "<img" not in html(loads)
    loads.test.value = "2026-03-01T080000Z"
    assert pane._output.outputs[0]["data"]["application/vnd.plotly.v1+json"] != newest
    assert "9.00" in html(loads)


def test_without_one_it_says_how_to_make_it(publish, desk):
    publish(0)
    loads = Loads(desk())
    assert NONE in html(loads) and html(loads.pane(percentile_curve)) == ""


def test_one_that_cannot_be_read_is_told(publish, desk, load_record):
    publish(0)
    load_record("2026-03-01T080000Z", 9.0).write_text("{")
    assert "cannot be read" in html(Loads(desk()))


def test_what_the_summary_of_another_tool_does_not_tell_is_said(publish, desk, load_record):
    publish(0)
    load_record("2026-03-01T080000Z", 9.0, heat=None, seconds_table=None)
    loads = Loads(desk())
    assert SILENT in html(loads.pane(latency_heat)) and "9.00" in html(loads)
