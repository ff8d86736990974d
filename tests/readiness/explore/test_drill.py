"""The drill: category, requirement, evidence, exchange; each choice offers what is within it, the worst first."""

from readiness.explore import Drill
from readiness.explore.drill import WORST_FIRST

from .conftest import HOSTILE


def shown(drill):
    return drill._repr_mimebundle_()["text/html"]


def test_at_first_it_shows_the_worst(publish, desk):
    publish(0, {"https.hsts_max_age_s": None})
    one = desk()
    drill = Drill(one)
    rows = one.opened.report.rows
    inside = [row.status for row in rows.values() if row.item.dimension == drill.dimension.value]
    assert rows[drill.requirement.value].status == min(inside, key=WORST_FIRST.index)
    scores = one.opened.assessment.scores.query("stage == 'alpha'").set_index("dimension")
    lacking = scores["required"] - scores["floor"]
    assert lacking[drill.dimension.value] == lacking.max()
    assert rows[drill.requirement.value].item.title in shown(drill)


def test_from_a_category_to_the_recorded_exchange(publish, desk):
    publish(0)
    drill = Drill(desk())
    drill.dimension.value = "security"
    assert {name.partition(".")[0] for _, name in drill.requirement.options} == {"security"}
    drill.requirement.value = "security.cors"
    drill.fact.value = "cors.hostile_origins_allowed"
    (digest,) = [value for _, value in drill.exchange.options]
    assert drill.exchange.value == digest
    told = shown(drill)
    assert "cors.hostile_origins_allowed" in told and "curl" in told
    assert digest in told and "https://api.example.test/health" in told
    assert "<img" not in told and "&lt;img" in told


def test_what_rests_on_no_exchange_says_so(publish, desk):
    publish(0)
    drill = Drill(desk())
    drill.dimension.value = "data"
    drill.requirement.value = "data.backups"
    assert drill.exchange.options == () and drill.exchange.value is None
    assert "No exchange was recorded for it." in shown(drill)


def test_the_choices_follow_another_run_and_stage(publish, desk):
    publish(0)
    publish(7)
    one = desk()
    drill = Drill(one)
    one.stage.value = "ga"
    one.run.value = "2026-03-02T090000Z"
    ids = {name for dimension in drill.dimension.options for name in [dimension[1]]}
    assert len(ids) == 10
    drill.dimension.value = "operations"
    assert any(name == "operations.sla" for _, name in drill.requirement.options)


def test_without_a_run_there_is_nothing_to_choose(desk):
    drill = Drill(desk())
    assert drill.dimension.options == () and shown(drill) == ""


def test_a_choice_hides_nothing(publish, desk):
    publish(0, {"cors.hostile_origins_allowed": 2.0, "tokens.key": "a\u202eb" + HOSTILE})
    drill = Drill(desk())
    for dimension in [value for _, value in drill.dimension.options]:
        drill.dimension.value = dimension
        for requirement in [value for _, value in drill.requirement.options]:
            drill.requirement.value = requirement
            labels = [label for level in (drill.fact, drill.exchange) for label, _ in level.options]
            assert not any("\u202e" in label for label in labels)
            assert "<img" not in shown(drill)
