"""The page: an executed notebook made into one HTML file that needs no network.

The stock templates load scripts from elsewhere and drop plotly's outputs without a word, so the template is our own.
plotly.js travels compressed and is inflated by the browser after the first paint; until then, without scripts, and in
print, each figure is drawn from its data in plain HTML. The content security policy admits just two scripts, by hash.
"""

import base64
import gzip
import hashlib
import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from readiness.figures import MIME


def render(notebook: Path, out: Path) -> None:
    """Write an executed notebook as a self-contained HTML page.

    Args:
        notebook: The executed notebook.
        out: The HTML file to write.
    """
    import nbformat
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor

    content = nbformat.read(notebook, as_version=4)
    prose = MarkdownWithMath(renderer=IPythonRenderer(exclude_anchor_links=True)).render
    with as_file(files("readiness.report") / "templates") as templates:
        # not HTMLExporter, which parses the finished page and writes it anew, scripts and all
        exporter = TemplateExporter(
            template_name="page", file_extension=".html", extra_template_basedirs=[str(templates)]
        )
        exporter.register_preprocessor(CoalesceStreamsPreprocessor, enabled=True)  # a progress bar becomes one line
        exporter.environment.autoescape = True
        exporter.environment.filters |= {"data_block": data_block, "prose": prose}
        html, _ = exporter.from_notebook_node(content, resources={"page": _page(content)})
    out.write_text(html, encoding="utf-8")


def _page(content: Any) -> dict[str, Any]:
    from plotly.offline import get_plotlyjs

    static = files("readiness.report") / "static"
    script = (static / "page.js").read_text(encoding="utf-8")
    section = (static / "section.css").read_text(encoding="utf-8")
    plotly = get_plotlyjs()
    outputs = [output for cell in content.cells for output in cell.get("outputs", [])]
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
        "plotly": base64.b64encode(gzip.compress(plotly.encode(), 9, mtime=0)).decode(),
        "has_figures": any(MIME in output.get("data", {}) for output in outputs),
    }


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def data_block(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
