import ast
import json
import shutil
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from readiness import probes
from readiness.evidence import Evidence, frame
from readiness.parameters import (
    ExploreParameters,
    LoadParameters,
    NotebookParameters,
    ProbeParameters,
    ReportParameters,
)
from readiness.report import render
from readiness.run import RunFolder
from readiness.survey import Survey

ROOT = Path(__file__).parent.parent
MODELS: dict[str, type[NotebookParameters]] = {
    "explore.ipynb": ExploreParameters,
    "load.ipynb": LoadParameters,
    "probe.ipynb": ProbeParameters,
    "report.ipynb": ReportParameters,
}
PLOTLY = "application/vnd.plotly.v1+json"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def notebook(name: str) -> Any:
    return json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))


def source(cell: Any) -> str:
    return "".join(cell["source"])


@pytest.mark.parametrize("name", MODELS)
def test_a_notebook_is_committed_without_outputs(name: str) -> None:
    for cell in notebook(name)["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None


@pytest.mark.parametrize("name", MODELS)
def test_a_notebook_has_named_cells_and_a_plain_kernel(name: str) -> None:
    content = notebook(name)
    names = [cell["id"] for cell in content["cells"]]
    assert len(names) == len(set(names))
    assert content["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize(("name", "model"), MODELS.items())
def test_the_one_parameters_cell_is_what_the_model_knows(name: str, model: type[NotebookParameters]) -> None:
    tagged = [cell for cell in notebook(name)["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    given = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source(tagged[0])).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert given == {key: field.default for key, field in model.model_fields.items()}


@pytest.mark.parametrize("name", MODELS)
def test_a_notebook_is_thin(name: str) -> None:
    for cell in notebook(name)["cells"]:
        tree = ast.parse(source(cell)) if cell["cell_type"] == "code" else ast.Module([], [])
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Try)]


def execute(name: str, folder: Path, **given: Any) -> Any:
    import papermill

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return papermill.execute_notebook(
            str(ROOT / "notebooks" / name),
            str(folder / name),
            {"folder": str(folder), **given},
            kernel_name="python3",
            progress_bar=False,
        )


def charts(executed: Any) -> int:
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    return sum(PLOTLY in output.get("data", {}) for output in outputs)


def test_the_report_runs_on_evidence_of_nothing_and_becomes_a_page(tmp_path: Path) -> None:
    rows = [
        Evidence("sample", fact, "unavailable", NOW, reason="connection refused") for fact in probes.facts().values()
    ]
    RunFolder(tmp_path).save_survey(Survey(frame(rows), [], {}, (), NOW))
    beside = {"params": str(ROOT / "params"), "reports": str(tmp_path / "reports")}
    executed = execute("report.ipynb", tmp_path, now=NOW.isoformat(), **beside)
    render(tmp_path / "report.ipynb", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert charts(executed) == page.count('class="drawing"') > 0
    assert page.count('<article class="requirement ') == 100
    assert "Undetermined" in page
    decision = RunFolder(tmp_path).json("decision.json")["stages"]["alpha"]
    assert decision["verdict"] == "undetermined" and decision["floor"] == 0


def test_a_notebook_refuses_a_parameter_it_does_not_know(tmp_path: Path) -> None:
    from papermill.exceptions import PapermillExecutionError

    with pytest.raises(PapermillExecutionError) as stopped:
        execute("report.ipynb", tmp_path, params=str(ROOT / "params"), stagee="alpha")
    assert stopped.value.ename == "BadInput"
    assert "stagee" in stopped.value.evalue and "\n" not in stopped.value.evalue


def test_the_probes_run_on_a_live_server_and_leave_a_frame(tmp_path: Path, serve: Callable[..., str]) -> None:
    address = serve(FastAPI(openapi_url=None))
    params = tmp_path / "params"
    shutil.copytree(ROOT / "params", params)
    keys = {"name": "empty", "title": "Empty", "production": address, "plain": address}
    quick = {"resolvers": ["127.0.0.1:1"], "pace": {"timeout": "2s", "spacing": "1s"}}
    (params / "targets" / "empty.yaml").write_text(json.dumps({**keys, **quick}), encoding="utf-8")
    executed = execute("probe.ipynb", tmp_path, target="empty", params=str(params))
    seen = RunFolder(tmp_path).evidence()
    assert set(seen["fact"]) == set(probes.facts())
    assert (seen["status"] == "observed").any()
    assert charts(executed) == 2
