"""The page: an executed notebook made into one HTML file that needs no network.

The stock templates load scripts from elsewhere and drop plotly's outputs without a word, so the template is our own.
plotly.js travels compressed and is inflated by the browser after the first paint; until then, without scripts, and in
print, each figure is drawn from its data in plain HTML. The content security policy admits just two scripts, by hash.
"""

import base64
import gzip
import hashlib
import re
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from readiness.errors import RunFailed
from readiness.figures import MIME, STAGE_TITLES
from readiness.report.data import embedded

SCRIPTS = ("figures.js", "filter.js", "what_if.js")
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+-;=?@^_`{|}~,./"
"""Of base 85: none that HTML gives a meaning to within a script."""
_STANDARD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"


def render(notebook: Path, out: Path) -> None:
    """Write an executed notebook as a self-contained HTML page.

    Args:
        notebook: The executed notebook.
        out: The HTML file to write.

    Raises:
        RunFailed: A figure of the notebook holds nothing to draw, or did not come into the page; nothing is written.
    """
    import nbformat
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor

    content = nbformat.read(notebook, as_version=4)
    drawings = _drawings(content, notebook.name)
    prose = MarkdownWithMath(renderer=IPythonRenderer(exclude_anchor_links=True)).render
    with as_file(files("readiness.report") / "templates") as templates:
        # not HTMLExporter, which parses the finished page and writes it anew, scripts and all
        exporter = TemplateExporter(
            template_name="page", file_extension=".html", extra_template_basedirs=[str(templates)]
        )
        exporter.register_preprocessor(CoalesceStreamsPreprocessor, enabled=True)  # a progress bar becomes one line
        exporter.environment.autoescape = True
        exporter.environment.filters |= {"data_block": lambda value: embedded(value)[0], "prose": prose}
        html, _ = exporter.from_notebook_node(content, resources={"page": _page(content, bool(drawings))})
    if (there := html.count('class="drawing"')) != len(drawings):
        raise RunFailed(f"{notebook.name}: expected {len(drawings)} figures in the page, got {there}")
    out.write_text(html, encoding="utf-8")


def _drawings(content: Any, name: str) -> list[Any]:
    """The notebook's figures; each has something to draw, and the table that is shown where it is not drawn."""
    found = []
    for number, cell in enumerate(content.cells, start=1):
        for output in cell.get("outputs", []):
            if drawing := output.get("data", {}).get(MIME):
                meta = drawing.get("layout", {}).get("meta", {})
                told = {"bars", "rows"} & set(meta) and "summary" in meta
                if not told or not any(_drawable(trace) for trace in drawing.get("data", [])):
                    raise RunFailed(f"{name}: the figure of cell {number} holds nothing to draw")
                found.append(drawing)
    return found


def _drawable(trace: Any) -> bool:
    """Whether a trace has a point; plotly writes arrays as lists, or packed as a mapping."""
    return any(trace.get(axis) for axis in ("x", "y", "z", "values"))


def _page(content: Any, has_figures: bool) -> dict[str, Any]:
    from plotly.offline import get_plotlyjs

    static = files("readiness.report") / "static"
    script = "\n".join((static / name).read_text(encoding="utf-8") for name in SCRIPTS)
    section = (static / "section.css").read_text(encoding="utf-8")
    plotly = get_plotlyjs()
    packed = gzip.compress(plotly.encode(), 9, mtime=0)
    given = content.metadata.get("papermill", {}).get("parameters", {})
    policy = (
        f"default-src 'none'; script-src {_hash(script)} {_hash(plotly)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return {
        "title": f"Production readiness: {Path(given.get('target', 'sample')).stem}",
        "policy": policy,
        "style": section + (static / "page.css").read_text(encoding="utf-8"),
        "section_style": f"<style>{section}</style>",  # the notebook's header carries it; here it stands in the head
        "script": script,
        "plotly": _lettered(packed),
        "plotly_bytes": len(packed),
        "letters": LETTERS,
        "has_figures": has_figures,
        "contents": _contents(content),
        "stages": STAGE_TITLES,
    }


def _contents(content: Any) -> dict[str, dict[str, str]]:
    """The page's sections, by the id of the cell that has the heading."""
    found = {}
    for cell in content.cells:
        heading = re.search(r"^## (.+)$", cell.source, re.M)
        if cell.cell_type == "markdown" and heading and "notebook" not in cell.metadata.get("tags", []):
            anchor = "-".join(re.findall(r"\w+", heading[1].lower()))
            found[cell.id] = {"title": heading[1], "anchor": anchor}
    return found


def _lettered(packed: bytes) -> str:
    """Bytes in base 85, filled up to whole groups of five letters."""
    padded = packed + b"\0" * (-len(packed) % 4)
    return base64.b85encode(padded).decode().translate(str.maketrans(_STANDARD, LETTERS))


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
