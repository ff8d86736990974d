"""The page scores itself again by the same rules as `what_if`, whatever is imagined."""

import random
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from readiness import probes
from readiness.assessment import Assessment, Parameters, assess
from readiness.catalog import DIMENSIONS
from readiness.evidence import Evidence, frame
from readiness.report.data import data, embedded
from readiness.stage import STAGES
from readiness.what_if import what_if

from .test_page import browser  # noqa: F401 a fixture

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SIDES = ("floor", "ceiling")
HOLDING = ("is", "at_least", "at_most")


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    """The whole catalogue on evidence of every kind."""
    dice = random.Random(7)
    parameters = Parameters.load("sample", ROOT / "params")
    criteria = parameters.catalogue.criteria
    bounds = {row.fact: row.threshold for row in criteria[criteria["operator"].isin(HOLDING)].itertuples()}
    rows = []
    for fact in probes.facts().values():
        if dice.random() < 0.3:
            rows.append(Evidence("sample", fact, "unavailable", NOW, reason="no answer"))
            continue
        if fact.name in bounds:
            value: Any = bounds[fact.name]  # what holds, mostly: else every verdict is a no-go
        else:
            value = {"boolean": True, "number": 1.0, "text": "x"}[fact.type]
        if dice.random() < 0.02:
            value = {"boolean": False, "number": -1.0, "text": "other"}[fact.type]
        rows.append(Evidence("sample", fact, "observed", NOW - timedelta(minutes=1), value=value, source="GET /"))
    return assess(frame(rows), parameters, NOW)


def imagined(seed: int, names: list[str]) -> tuple[list[str], dict[str, dict[str, float]]]:
    dice = random.Random(seed)
    done = dice.sample(names, dice.choice([0, 1, 10, 60, len(names)]))
    weights = {
        stage: {name: float(dice.randint(0, 40)) for name in dice.sample(DIMENSIONS, dice.randint(1, 4))}
        for stage in dice.sample(STAGES, dice.randint(0, 3))
    }
    return done, weights


def test_the_script_and_the_library_say_the_same(assessment: Assessment, browser: Any) -> None:  # noqa: F811
    script = (files("readiness.report") / "static" / "what_if.js").read_text(encoding="utf-8")
    tab = browser.new_page()
    inside = data(assessment, "alpha")
    names = list(assessment.parameters.catalogue.requirements)
    tab.add_script_tag(content=script)
    told = "({inside, done, weights}) => whatIf(inside, new Set(done), weights)"
    verdicts = set()
    for seed in range(40):
        done, weights = imagined(seed, names)
        would = tab.evaluate(told, {"inside": inside, "done": done, "weights": weights})
        expected = what_if(
            assessment.findings,
            assessment.parameters.gates,
            assessment.parameters.catalogue,
            categories=weights,
            done=done,
        ).decision
        for stage in STAGES:
            verdicts.add(expected[stage]["verdict"])
            assert would[stage]["verdict"] == expected[stage]["verdict"], (seed, stage)
            assert [would[stage][side] for side in SIDES] == pytest.approx([expected[stage][side] for side in SIDES])
            for item in expected[stage]["categories"]:
                there = would[stage]["categories"][item["dimension"]]
                for key in (*SIDES, "weight", "required"):
                    assert there[key] == pytest.approx(item[key], abs=1e-6), (seed, stage, item["dimension"], key)
    assert verdicts == {"go", "no-go", "undetermined"}
    tab.close()


def test_columns_of_evidence_can_be_read_back(assessment: Assessment) -> None:
    told = data(assessment, "beta")["evidence"]
    evidence = assessment.evidence
    assert told["fact"] == evidence["fact"].to_list()
    for name in ("status", "source", "reason"):
        values = [told[name]["values"][place] if place >= 0 else None for place in told[name]["places"]]
        assert values == [None if pd.isna(one) else one for one in evidence[name]]
    numbers = [pytest.approx(one) if isinstance(one, float) else one for one in told["value"]]
    assert numbers[:50] == [
        next((one for one in (row.boolean, row.number, row.text) if pd.notna(one)), None)
        for row in evidence.head(50).itertuples()
    ]


def test_nothing_in_the_data_can_end_the_element_it_stands_in() -> None:
    text, digest = embedded({"a": "</script><!-- & "})
    assert not {"<", ">", "&"} & set(text)
    assert len(digest) == 64
