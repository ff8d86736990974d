"""A run's folder: what is written is read back the same."""

import json

import pandas as pd
import pytest
from readiness.assessment import Parameters, assess
from readiness.errors import BadInput
from readiness.run import RunFolder, find
from readiness.survey import Survey

from .conftest import NOW


def test_frames_and_decision_are_read_back_as_they_were(params, evidence_of, tmp_path):
    evidence = evidence_of({"a.flag": True, "b.count": None})
    assessment = assess(evidence, Parameters.load("one", params), NOW)
    folder = RunFolder(tmp_path / "reports" / "one" / "now")
    exchanges = [{"digest": "d1", "text": "line\u2028separator\x85 and\r\nnew lines"}, {"digest": "d2"}]
    survey = Survey(evidence, exchanges, {"a": 0.25}, ("burst",), NOW, requests=7, accounts=2, left=("x@example.com",))
    folder.save_survey(survey)
    folder.save_assessment(assessment)
    again = RunFolder(folder.path)
    pd.testing.assert_frame_equal(again.evidence(), evidence)
    pd.testing.assert_frame_equal(again.frame("findings"), assessment.findings)
    pd.testing.assert_frame_equal(again.frame("scores"), assessment.scores)
    assert again.exchanges() == {record["digest"]: record for record in exchanges}
    assert again.json("decision.json") == {"target": "one", "stages": json.loads(json.dumps(assessment.decision))}
    assert again.json("survey.json") == survey.account
    # judged again from what was stored, the findings are the same
    again_judged = assess(again.evidence(), assessment.parameters, NOW)
    pd.testing.assert_frame_equal(again_judged.findings, assessment.findings)


def test_what_is_not_there_is_told_or_empty(tmp_path):
    folder = RunFolder(tmp_path)
    with pytest.raises(BadInput, match=r"expected evidence\.parquet there"):
        folder.evidence()
    assert folder.exchanges() == {}
    assert folder.json("decision.json") is None


@pytest.mark.parametrize("name", ["one/2026-03-02T070000Z.failed", "one/2026-03-02T070000Z.failed/", "{}"])
def test_a_run_that_failed_is_not_found_though_it_was_decided(tmp_path, name):
    kept = RunFolder(tmp_path / "one" / "2026-03-02T070000Z.failed")
    kept.save_json("decision.json", {"target": "one", "stages": {"alpha": {"verdict": "go"}}})
    with pytest.raises(BadInput, match="expected a published run, got one that failed"):
        find(tmp_path, name.format(kept.path))
