"""The comparison: the earlier run against the later one, whichever lies open."""

from readiness.change import change
from readiness.explore import Comparison
from readiness.explore.comparison import ONE_RUN
from readiness.explore.frames import changes
from readiness.run import RunFolder
from readiness.snapshot import parameters_of


def html(shown):
    return shown._repr_mimebundle_()["text/html"]


def test_at_first_it_is_the_run_before_and_it_says_what_moved(publish, desk):
    first = publish(0, {"cors.hostile_origins_allowed": 2.0})
    second = publish(7, {"cors.hostile_origins_allowed": 0.0})
    publish(14)
    one = desk(run=second.name)
    comparison = Comparison(one)
    assert comparison.other.value == first.name
    told = comparison.change(one.opened)
    assert told == change(
        RunFolder(first), RunFolder(second), "alpha", *map(parameters_of, map(RunFolder, (first, second)))
    )
    rows = changes(told)
    assert rows["requirement"].to_list() == [row.requirement for row in told.rows]
    assert "cors.hostile_origins_allowed: 2 origins → 0 origins" in " ".join(rows["evidence"])


def test_the_earlier_run_is_before_even_if_the_other_is_the_later(publish, desk):
    first = publish(0)
    publish(7, {"cors.hostile_origins_allowed": 0.0})
    one = desk(run=first.name)
    comparison = Comparison(one)
    assert comparison.other.value == "2026-03-09T090000Z"
    differences = [one for row in comparison.change(one.opened).rows for one in row.evidence]
    assert {(each.before, each.after) for each in differences} == {("2 origins", "0 origins")}


def test_panes_follow_the_other_run(publish, desk):
    publish(0)
    publish(7)
    publish(14, {"cors.hostile_origins_allowed": 0.0})
    comparison = Comparison(desk())
    seen = []

    class Nothing:
        def _repr_html_(self):
            return ""

    comparison.pane(lambda told: seen.append(len(told.rows)) or Nothing())
    comparison.other.value = "2026-03-02T090000Z"
    assert len(seen) == 2 and "Alpha: " in html(comparison)


def test_two_runs_that_differ_in_nothing_are_said_to(publish, desk):
    publish(0)
    publish(7)
    told = html(Comparison(desk()))
    assert "nothing moved it." in told and "<table" not in told


def test_one_run_alone_cannot_be_compared_and_says_so(publish, desk):
    publish(0)
    comparison = Comparison(desk())
    assert ONE_RUN in html(comparison)
    assert html(comparison.pane(lambda told: told.no_such_thing)) == ""
