"""Change: parts that add up exactly, each with the evidence that differs."""

import json
import re
import shutil
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readiness import snapshot
from readiness.assessment import Parameters, assess
from readiness.change import PARTS, change
from readiness.errors import BadInput
from readiness.evidence import frame
from readiness.run import RunFolder

from .conftest import NOW

WEEK = timedelta(days=7)


@pytest.fixture
def stored(params, tmp_path, row):
    """`stored(at, {"a.flag": True, "b.count": (7, {...})}, folder=params)` is the folder of a run."""
    number = iter(range(1000))

    def build(at, values, folder=params, target="one"):
        rows = []
        for fact, value in values.items():
            value, keys = value if isinstance(value, tuple) else (value, {})
            rows.append(row(fact, value, **{"observed_at": at - timedelta(hours=1), "target": target, **keys}))
        run = RunFolder(tmp_path / "reports" / f"{next(number)}")
        parameters = Parameters.load(target, folder)
        evidence = frame(rows)
        evidence.to_parquet(run.path / "evidence.parquet", index=False)
        run.save_assessment(assess(evidence, parameters, at))
        run.save_json("manifest.json", {"judged_at": at.isoformat()})
        (run.path / snapshot.NAME).write_bytes(snapshot.take(target, folder))
        return run

    return build


def split(before, after, stage="beta"):
    told = change(before, after, stage, snapshot.parameters_of(before), snapshot.parameters_of(after))
    stored = [run.json("decision.json")["stages"][stage] for run in (before, after)]
    assert (told.before, told.after) == tuple((one["floor"], one["ceiling"]) for one in stored)
    for side in (0, 1):
        whole = round(1e6 * told.after[side]) - round(1e6 * told.before[side])
        assert sum(round(1e6 * part[side]) for part in told.parts.values()) == whole
    return told


def moved(told):
    return {part for part, ends in told.parts.items() if ends != (0, 0)}


GOOD = {"a.flag": True, "b.count": 7}


def test_the_same_evidence_a_week_later_moves_nothing(stored):
    told = split(stored(NOW, GOOD), stored(NOW + WEEK, GOOD))
    assert (moved(told), told.rows) == (set(), ())


def test_what_the_platform_does_otherwise_is_the_platform_s(stored):
    told = split(stored(NOW, GOOD), stored(NOW + WEEK, GOOD | {"b.count": 3}))
    assert moved(told) == {"platform"}
    row = next(row for row in told.rows if row.requirement == "data.sound")
    assert (row.part, row.before, row.after) == ("platform", "met", "partial")
    (difference,) = row.evidence
    assert (difference.fact, difference.before, difference.after) == ("b.count", "7", "3")
    assert difference.digests == ("0123456789abcdef", "0123456789abcdef")


def test_a_value_that_moved_within_its_interval_may_be_noise(stored):
    before = stored(NOW, GOOD | {"b.count": (7, {"low": 6.0, "high": 8.0})})
    after = stored(NOW + WEEK, GOOD | {"b.count": (6, {"low": 4.0, "high": 8.0})})
    told = split(before, after)
    assert moved(told) == {"noise"}


def test_what_could_not_be_observed_any_more_is_coverage(stored):
    told = split(stored(NOW, GOOD), stored(NOW + WEEK, GOOD | {"b.count": None}))
    assert moved(told) == {"coverage"}
    assert told.parts["coverage"][0] < 0 == told.parts["coverage"][1]


def test_evidence_that_is_too_old_now_has_expired(stored):
    old = (7, {"observed_at": NOW + WEEK - timedelta(days=3)})
    told = split(stored(NOW, GOOD), stored(NOW + WEEK, GOOD | {"b.count": old}))
    assert moved(told) == {"expired"}


def test_what_is_too_old_for_its_requirement_alone_has_expired_too(stored, params):
    path = params / "catalog" / "data.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub("max_age: .*", "max_age: 6h", text), encoding="utf-8")
    old = (7, {"observed_at": NOW + WEEK - timedelta(hours=7)})
    told = split(stored(NOW, GOOD), stored(NOW + WEEK, GOOD | {"b.count": old}))
    assert moved(told) == {"expired"}


def test_a_raised_bar_is_the_catalogue_s(stored, params, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(params, other)
    path = other / "catalog" / "data.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("beta: 5", "beta: 9"), encoding="utf-8")
    told = split(stored(NOW, GOOD), stored(NOW + WEEK, GOOD, folder=other))
    assert moved(told) == {"catalogue"}
    assert [row.requirement for row in told.rows] == ["data.sound"]


def test_what_no_longer_applies_is_scope(stored, params, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(params, other)
    path = other / "targets" / "one.yaml"
    declared = "not_applicable:\n  - {requirement: data.sound, reason: there is none of it, by: somebody}\n"
    path.write_text(path.read_text(encoding="utf-8") + declared, encoding="utf-8")
    told = split(stored(NOW, GOOD | {"b.count": 3}), stored(NOW + WEEK, GOOD | {"b.count": 3}, folder=other))
    assert moved(told) == {"scope"}


def test_a_waiver_moves_only_the_figures_with_waivers(stored, params, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(params, other)
    waiver = (
        "waivers:\n  - {requirement: data.sound, reason: not before the first customer, approved_by: somebody, "
        "approved_on: 2026-01-01, expires_on: 2026-12-31}\n"
    )
    (other / "waivers" / "one.yaml").write_text(waiver, encoding="utf-8")
    bad = GOOD | {"b.count": 3}
    told = split(stored(NOW, bad), stored(NOW + WEEK, bad, folder=other))
    assert moved(told) == set()
    assert told.waivers == ("+ data.sound",)
    assert told.waived_after[0] > told.waived_before[0]


VALUE = st.one_of(st.none(), st.integers(0, 9), st.tuples(st.integers(0, 9), st.just({"low": 2.0, "high": 9.0})))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*[st.fixed_dictionaries({"a.flag": st.sampled_from([True, False, None]), "b.count": VALUE}) for _ in range(2)])
def test_whatever_changed_the_parts_add_up_exactly(stored, first, second):
    told = split(stored(NOW, first), stored(NOW + WEEK, second))
    assert set(told.parts) == set(PARTS)


def test_runs_of_different_targets_are_not_compared(stored):
    with pytest.raises(BadInput, match="expected two runs of one target"):
        split(stored(NOW, GOOD), stored(NOW, GOOD, target="two"))


def test_a_run_without_its_parameters_says_so(stored):
    run = stored(NOW, GOOD)
    (run.path / snapshot.NAME).unlink()
    with pytest.raises(BadInput, match="from before parameters were kept"):
        snapshot.parameters_of(run)
    (run.path / snapshot.NAME).write_bytes(b"no archive")
    with pytest.raises(BadInput, match="File is not a zip file"):
        snapshot.parameters_of(run)


def test_a_snapshot_is_the_same_bytes_for_the_same_files_and_judges_the_same(stored, params):
    run = stored(NOW, GOOD)
    assert snapshot.take("one", params) == (run.path / snapshot.NAME).read_bytes()
    again = assess(run.evidence(), snapshot.parameters_of(run), run.judged_at)
    assert json.loads(json.dumps(again.decision)) == run.json("decision.json")["stages"]
