"""The engine: a notebook is written when it has ended, up to the cell that failed."""

import warnings

import nbformat
import pytest
from papermill import execute_notebook
from papermill.exceptions import PapermillExecutionError
from readiness.engine import Sparing

LOOK = "import json; print(sum(len(cell.get('outputs', [])) for cell in json.load(open({path!r}))['cells']))"


def test_a_notebook_is_written_at_its_end_even_where_a_cell_fails(tmp_path):
    source, out = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    cells = ["print('seen')", LOOK.format(path=str(out)), "1 / 0", "print('never')"]
    nbformat.write(nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells))), source)
    with warnings.catch_warnings(), pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        warnings.simplefilter("ignore")
        execute_notebook(source, out, engine_name=Sparing.__name__, kernel_name="python3", progress_bar=False)
    outputs = {cell["source"]: cell.get("outputs", []) for cell in nbformat.read(out, as_version=4)["cells"]}
    first, looked, failed, never = (outputs[cell] for cell in cells)
    assert first[0]["text"] == "seen\n" and looked[0]["text"] == "0\n"
    assert failed[0]["ename"] == "ZeroDivisionError" and never == []
