"""SARIF 2.1.0: its fields are those of the standard, and each result is at its line of the catalogue."""

import json

from readiness.export.sarif import text


def test_each_result_points_at_the_line_of_the_catalogue_and_at_its_rule(results, params):
    log = json.loads(text(results))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == 10
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        lines = (params.parent / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
        assert "name: sound" in lines[place["region"]["startLine"] - 1]
    fingerprints = {result["partialFingerprints"]["requirement/v1"] for result in run["results"]}
    assert len(fingerprints) == 10


def test_unknown_is_open_without_a_level_and_what_is_waived_is_suppressed(results):
    found = json.loads(text(results))["runs"][0]["results"]
    assert {(item["kind"], item["level"]) for item in found} == {("open", "none")}
    suppressed = [item["ruleId"] for item in found if "suppressions" in item]
    assert suppressed == ["infrastructure.sound"]


def test_unmet_is_an_error_partial_a_warning_and_met_is_left_out(results_of):
    def kinds(flag, count):
        found = json.loads(text(results_of(flag, count)))["runs"][0]["results"]
        return {(item["kind"], item["level"]) for item in found}

    assert kinds(False, 1) == {("fail", "error")}
    assert kinds(True, 1) == {("fail", "warning")}
    assert kinds(True, 9) == set()
