"""Parameters of the notebooks: what is not known is refused before anything runs."""

import math
from datetime import UTC, datetime

import pytest
from readiness.errors import BadInput
from readiness.parameters import (
    ExploreParameters,
    FrameParameters,
    NotebookParameters,
    ProbeParameters,
    ReportParameters,
    find_params,
)


def test_a_namespace_holds_parameters_and_things_of_jupyter():
    namespace = {
        "target": "one",
        "dimension": ["api"],
        "_i1": "…",
        "__name__": "x",
        "In": [""],
        "Out": {},
        "math": math,
    }
    given = ProbeParameters.of(namespace)
    assert (given.target, given.dimension) == ("one", ["api"])


@pytest.mark.parametrize(
    ("model", "namespace", "told"),
    [
        (NotebookParameters, {"tagret": "one"}, "parameter tagret: unknown key; did you mean 'target'?"),
        (NotebookParameters, {"target": ""}, "parameter target: String should have at least 1 character"),
        (NotebookParameters, {"target": None}, "parameter target: Input should be a valid string"),
        (ProbeParameters, {"dimension": "api"}, "parameter dimension: Input should be a valid list"),
        (ProbeParameters, {"dimension": ["apy"]}, "dimension 'apy': did you mean 'api'?"),
        (ReportParameters, {"stage": "gamma"}, "parameter stage: Input should be 'alpha', 'beta' or 'ga'"),
        (ReportParameters, {"dimension": []}, "parameter dimension: unknown key"),
        (ExploreParameters, {"folder": ""}, "parameter folder: unknown key"),
        (ExploreParameters, {"budget": -1}, "parameter budget: Input should be greater than or equal to 0"),
    ],
)
def test_what_a_notebook_does_not_know_is_refused(model, namespace, told):
    with pytest.raises(BadInput) as caught:
        model.of(namespace)
    assert str(caught.value).startswith(told)


def test_a_value_that_is_refused_is_not_repeated():
    with pytest.raises(BadInput) as caught:
        NotebookParameters.check({"password": "hunter2", "target": ["hunter2"]})
    assert "hunter2" not in str(caught.value)


def test_the_time_of_judging_is_read_with_its_zone():
    moment = ReportParameters.check({"now": "2026-03-02T10:00:00+01:00"}).moment
    assert (moment, moment.tzinfo) == (datetime(2026, 3, 2, 9, tzinfo=UTC), UTC)
    assert ReportParameters.check({}).moment.tzinfo is UTC


@pytest.mark.parametrize("now", ["2026-03-02T10:00:00", "2026-03-02", "yesterday"])
def test_a_time_without_zone_or_meaning_is_refused(now):
    with pytest.raises(BadInput, match="parameter now: expected a time"):
        _ = ReportParameters.check({"now": now}).moment


def test_params_are_found_beside_or_above(tmp_path, monkeypatch):
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "gates.yaml").touch()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert find_params() == NotebookParameters.check({}).params_folder == tmp_path / "params"
    assert FrameParameters.check({}).run_folder("one") == tmp_path / "reports" / ".explore" / "one"
    assert FrameParameters.check({"folder": "/runs/x"}).run_folder("one").as_posix() == "/runs/x"
    assert NotebookParameters.check({"params": "elsewhere"}).params_folder.as_posix() == "elsewhere"
    assert ExploreParameters.check({}).reports_folder == tmp_path / "reports"
    assert ExploreParameters.check({"reports": "/runs"}).reports_folder.as_posix() == "/runs"


def test_a_place_without_params_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"no folder params/ with a gates\.yaml in or above"):
        find_params(tmp_path)
