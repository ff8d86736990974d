"""Reprint: the report of a stored run rendered again, from its frames and as of its own time. The run is only read."""

import json
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from readiness import snapshot
from readiness.catalog import Catalogue
from readiness.errors import BadInput
from readiness.parameters import ReportParameters
from readiness.pipeline import execute
from readiness.probes import facts
from readiness.run import RunFolder

_MADE_AGAIN = ("probe.ipynb", "report.ipynb", "report.html", "findings.parquet", "scores.parquet", "decision.json")


def reprint(run: RunFolder, out: Path, *, params: Path, earlier: str | None = None) -> str | None:
    """Write the report of a run again.

    Args:
        run: The run's folder.
        out: The HTML file to write; it may not be inside of a run's folder, which is kept as it was.
        params: The `params/` folder; a run that kept what it was judged by is judged by that.

        earlier: Where earlier runs are, a folder or `s3://bucket/prefix`; None: beside the run.

    Returns:
        What a reader has to know: that the run kept no parameters and the catalogue is another now; else None.

    Raises:
        BadInput: The folder is not one of a run, or `out` is in it.
        RunFailed: The notebook stopped.
    """
    manifest = run.json("manifest.json")
    if manifest is None or run.json("decision.json") is None:
        raise BadInput(f"{run.path}: expected manifest.json and decision.json there; is it the folder of a run?")
    if (out.resolve().parent / "decision.json").is_file() or run.path.resolve() in out.resolve().parents:
        raise BadInput(f"{out}: expected a place outside of the run, which is kept as it was")
    from readiness.report import render

    with TemporaryDirectory(prefix="readiness-") as place:
        again = RunFolder(Path(place, "run"))
        for path in run.path.iterdir():
            if path.is_file() and path.name not in _MADE_AGAIN:
                shutil.copy2(path, again.path)
        target, folder, caveat = _parameters(run, manifest, params, Path(place, "params"))
        given = _given(run, manifest) | {"target": target, "params": str(folder), "folder": str(again.path)}
        given |= {"reports": earlier or str(run.path.resolve().parent.parent)}
        execute(params.resolve().parent / "notebooks" / "report.ipynb", again, given, ReportParameters)
        partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
        try:
            render(again.path / "report.ipynb", partial)
            partial.replace(out)
        finally:
            partial.unlink(missing_ok=True)
    return caveat


def _parameters(run: RunFolder, manifest: dict[str, Any], params: Path, place: Path) -> tuple[str, Path, str | None]:
    """Target and folder of what the run was judged by; of a run that kept none, what there is today, and a caveat."""
    if (run.path / snapshot.NAME).is_file():
        target = snapshot.unpack(run, place)
        if (params / "baseline").is_dir():
            shutil.copytree(params / "baseline", place / "baseline")
        return target, place, None
    before, now = manifest.get("catalogue"), Catalogue.load(params / "catalog", facts()).digest
    caveat = None if before == now else f"the catalogue is another now ({now}) than that of the run ({before})"
    return str(manifest["target"]), params.resolve(), caveat


def _given(run: RunFolder, manifest: dict[str, Any]) -> dict[str, Any]:
    """Stage and moment that the run's own report was made with, or what comes nearest in its folder."""
    path = run.path / "report.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    given = notebook.get("metadata", {}).get("papermill", {}).get("parameters", {})
    return {
        "stage": given.get("stage", manifest.get("stage", "alpha")),
        "now": given.get("now") or run.judged_at.isoformat(),
    }
