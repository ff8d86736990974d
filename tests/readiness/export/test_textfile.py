"""The Prometheus textfile is read by Prometheus's own parser."""

from prometheus_client.parser import text_string_to_metric_families
from readiness.export.textfile import _label, text

from ..conftest import NOW


def families(told):
    return {family.name: family for family in text_string_to_metric_families(told)}


def test_the_parser_finds_every_gauge_with_help_and_labels(results):
    found = families(text(results))
    assert all(family.type == "gauge" and family.documentation for family in found.values())
    assert found["readiness_observed_timestamp_seconds"].samples[0].value == NOW.timestamp()
    floor = {sample.labels["stage"]: sample.value for sample in found["readiness_score_floor_points"].samples}
    ceiling = {sample.labels["stage"]: sample.value for sample in found["readiness_score_ceiling_points"].samples}
    assert floor == {stage: results.decision[stage]["floor"] for stage in ("alpha", "beta", "ga")}
    assert ceiling["beta"] == 100.0
    assert {sample.value for sample in found["readiness_score_minimum_points"].samples} == {50.0}
    assert len(found["readiness_category_floor_points"].samples) == 30
    assert set(found["readiness_category_floor_points"].samples[0].labels) == {"target", "stage", "dimension"}


def test_the_verdict_is_a_state_set(results):
    for stage in ("alpha", "beta", "ga"):
        states = {
            sample.labels["verdict"]: sample.value
            for sample in families(text(results))["readiness_verdict"].samples
            if sample.labels["stage"] == stage
        }
        assert sum(states.values()) == 1
        assert states[results.decision[stage]["verdict"]] == 1


def test_no_sample_is_there_twice_and_every_requirement_is_counted(results):
    samples = [sample for family in families(text(results)).values() for sample in family.samples]
    keys = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in samples]
    assert len(keys) == len(set(keys))
    assert sum(sample.value for sample in samples if sample.name == "readiness_requirements") == len(results.findings)


def test_a_label_is_escaped():
    hostile = 'a"b\\c\nd'
    told = f'# TYPE readiness_x gauge\nreadiness_x{{target="{_label(hostile)}"}} 1.0\n'
    assert families(told)["readiness_x"].samples[0].labels["target"] == hostile
