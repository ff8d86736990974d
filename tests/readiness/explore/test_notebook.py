"""explore.ipynb, executed as papermill does: on published runs, and where there is none yet."""

import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from .conftest import PARAMS

NOTEBOOK = PARAMS.parent / "notebooks" / "explore.ipynb"
PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
FETCHED = re.compile(r"""\bsrc\s*=\s*["']?https?:|<link\b|@import|url\(\s*["']?https?:|\bimport\b[^;<{]*["']https?:""")
"""What would make a browser ask somebody else."""


def executed(tmp_path: Path, **given: Any) -> dict[str, dict[str, Any]]:
    """Cell → what its outputs show, by media type; several of one type together."""
    import papermill

    where = {"params": str(PARAMS), "reports": str(tmp_path / "reports")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notebook = papermill.execute_notebook(
            str(NOTEBOOK), str(tmp_path / "out.ipynb"), where | given, kernel_name="python3", progress_bar=False
        )
    shown: dict[str, dict[str, Any]] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output["output_type"] in ("display_data", "execute_result"), output  # no error, nothing on stderr
            for kind, data in output["data"].items():
                before = shown.setdefault(cell["id"], {}).get(kind, "")
                shown[cell["id"]][kind] = before + data if kind == "text/html" else data
    return shown


@pytest.fixture
def published(publish, load_record) -> Path:
    """Three runs and a load test on record."""
    publish(0, {"cors.hostile_origins_allowed": 0.0})
    publish(7)
    load_record("2026-03-02T080000Z", 9.0)
    return publish(14, {"health.latency_ms": 300.0})


def test_on_the_latest_run_every_cell_shows_something_without_a_front_end(published: Path, tmp_path: Path) -> None:
    shown = executed(tmp_path)
    figures = {name for name, data in shown.items() if PLOTLY in data}
    assert figures == {
        *("intervals", "bars", "statuses", "what-if-bars", "gantt", "waterfall", "trend", "requirement-runs"),
        *("forecast", "percentiles", "heat", "errors"),
    }
    told = {name: data["text/html"] for name, data in shown.items() if "text/html" in data}
    assert all(told.values())
    assert "there is nothing to draw." in told["levels"]  # the load test on record searched for none
    assert "judged 2026-03-16 09:01:00 UTC" in told["chosen"]
    assert "health.latency_ms is 300 ms, expected at most 100" in told["playground"]
    assert all(run in told["playground"] for run in ("2026-03-02T090000Z", "2026-03-16T090000Z"))
    assert "imagined done" in told["what-if"] and "health.latency_ms" in told["evidence"]
    assert all(WIDGET in data for name, data in shown.items() if name != "desk")


def test_nothing_in_it_is_fetched_or_foreign_markup(published: Path, tmp_path: Path) -> None:
    for name, data in executed(tmp_path, run=published.name, stage="ga").items():
        html = data.get("text/html", "")
        assert not FETCHED.search(html), (name, FETCHED.search(html))
        assert "<img src=x" not in html, name


def test_where_there_is_no_run_it_says_what_to_do_and_ends_well(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    shown = executed(tmp_path)
    assert "There is no run to explore yet: run `make report`" in shown["chosen"]["text/html"]
    others = {name: data.get("text/html") for name, data in shown.items() if name not in ("chosen", "desk")}
    assert set(others.values()) == {""}
