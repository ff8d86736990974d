"""report.ipynb on a run with earlier ones, load tests, waivers and hostile answers, as a reader's browser sees it."""

import json
import random
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from readiness import probes, snapshot
from readiness.assessment import Parameters, assess
from readiness.evidence import Evidence, frame
from readiness.parameters import ReportParameters
from readiness.pipeline import execute
from readiness.report import render
from readiness.run import RunFolder

from .test_load_test import recorded
from .test_page import browser, drawn_page  # noqa: F401 a fixture

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
ORDER = (
    "What changed",
    "What stands against a go",
    "Shortest path",
    "Points against what is required",
    "Every requirement",
    "Load test",
    "Trend",
    "About to expire",
    "What is missing",
    "Scope",
    "Recorded exchanges",
    "This run",
)
FIGURES = (
    "what moved it",
    "person-days",
    "points of each category",
    "requirements of each dimension by status",
    "Latency by share of requests",
    "Score for Alpha, run by run",
    "Alpha: ",
    "Requirements of Alpha, run by run",
)
WAIVERS = f"""waivers:
  - requirement: security.cors
    reason: "{HOSTILE}"
    approved_by: "{HOSTILE}"
    approved_on: 2026-01-01
    expires_on: 2026-03-20
"""


def evidence(at: datetime, week: int) -> pd.DataFrame:
    """Weeks on, more of it holds; two facts change each way, and what cannot be told says so in hostile words."""
    dice = random.Random(11)
    rows = []
    for fact in probes.facts().values():
        chance = dice.random()
        if chance < 0.2:
            rows.append(Evidence("sample", fact, "unavailable", at, reason=HOSTILE, permission="sources.postgres"))
            continue
        held = chance > 0.75 - 0.1 * week
        value: Any = {"boolean": held, "number": 3.0 if held else 0.0, "text": HOSTILE}[fact.type]
        rows.append(Evidence("sample", fact, "observed", at, value=value, source=f"GET /{HOSTILE}"))
    return frame(rows)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the fifth run of a target, a week after the fourth."""
    place = tmp_path_factory.mktemp("whole")
    params, reports = place / "params", place / "reports"
    shutil.copytree(ROOT / "params", params)
    (params / "waivers").mkdir(exist_ok=True)
    (params / "waivers" / "sample.yaml").write_text(WAIVERS, encoding="utf-8")
    parameters = Parameters.load("sample", params)
    for week in range(5):
        at = NOW + (week - 4) * WEEK
        run = RunFolder(reports / "sample" / at.strftime("%Y-%m-%dT%H%M%SZ"))
        seen = evidence(at, week)
        seen.to_parquet(run.path / "evidence.parquet", index=False)
        told = {"judged_at": at.isoformat(), "started_at": at.isoformat(), "dimensions": "all", "stage": "alpha"}
        made = {"python": "3.11", "versions": {}, "target": "sample"}
        run.save_json("manifest.json", told | made | {"catalogue": "another" if not week else "this"})
        (run.path / snapshot.NAME).write_bytes(snapshot.take("sample", params))
        if week < 4:
            run.save_assessment(assess(seen, parameters, at))
    curve = {"share": [0.5, 0.9, 0.99], "ms": [5.0, 9.0, 12.0], "low": [4.0, 8.0, 11.0], "high": [6.0, 10.0, 14.0]}
    loads = reports / "sample" / "loads"
    slo = {"held": True, "why": HOSTILE, "p99_ms": 500.0}
    keys = {"journey": HOSTILE, "address": HOSTILE, "rate": 100.0, "curve": curve, "slo": slo}
    recorded(loads, NOW - timedelta(days=1), target="sample", **keys)
    given = {"target": "sample", "params": str(params), "reports": str(reports), "folder": str(run.path)}
    execute(
        ROOT / "notebooks" / "report.ipynb",
        run,
        given | {"loads": str(loads), "now": NOW.isoformat()},
        ReportParameters,
    )
    render(run.path / "report.ipynb", run.path / "report.html")
    return run.path / "report.html"


@pytest.fixture(scope="module")
def tab(browser: Any, page: Path) -> Iterator[Any]:  # noqa: F811
    """The page, drawn."""
    yield from drawn_page(browser, page)


def test_sections_and_figures_are_all_there_in_their_order(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert tuple(re.findall(r"<h2[^>]*>(.*?)</h2>", html)) == ORDER
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", html)
    assert len(captions) == len(FIGURES)
    assert [words in caption for words, caption in zip(FIGURES, captions, strict=True)] == [True] * len(FIGURES)
    assert page.stat().st_size < 2_500_000


def test_what_the_target_says_is_text_wherever_it_stands(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert "<img" not in html and "alert(1)</script>" not in html
    for heading in ("Load test", "About to expire", "Scope", "What stands against a go", "Every requirement"):
        section = html[html.index(f">{heading}</h2>") :]
        assert "&lt;/script&gt;" in section[: section.find("<h2", 10)], heading


def test_a_browser_paints_every_figure_and_asks_for_nothing(tab: Any) -> None:
    shapes = ".cartesianlayer :is(.trace, .hm, .heatmaplayer image)"
    painted = tab.evaluate(
        "shapes => [...document.querySelectorAll('.drawn .plot')].filter(p => p.querySelector(shapes)).length", shapes
    )
    assert painted == len(FIGURES)
    assert tab.heard == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 380)])
def test_axe_finds_nothing(tab: Any, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme)
    # all that is folded, but of the many requirements' own details those of a few alone: they are alike
    tab.evaluate("document.querySelectorAll('details:not(.requirement details)').forEach(fold => { fold.open = true })")
    tab.evaluate("[...document.querySelectorAll('.requirement details')].slice(0, 9).forEach(f => { f.open = true })")
    found = axe.run(tab).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_shows_what_is_whatever_is_imagined(tab: Any, tmp_path: Path) -> None:
    floors = "[...document.querySelectorAll('table.points .floor')].map(cell => cell.textContent)"
    was = tab.evaluate(floors)
    tab.locator("[data-path]").check()
    imagined = tab.evaluate(floors)
    assert imagined != was
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.evaluate(floors) == was
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate(floors) == imagined
    tab.locator(".what-if button").click()
    tab.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheets = (tmp_path / "page.pdf").read_bytes()
    boxes = set(re.findall(rb"/MediaBox ?\[([^\]]*)\]", sheets))
    assert boxes and all([round(float(side)) for side in box.split()] == [0, 0, 595, 842] for box in boxes)


def test_the_run_is_judged_as_its_frames_say(page: Path) -> None:
    inside = re.search(r'id="readiness-data"[^>]*>(.*?)</script>', page.read_text(encoding="utf-8"), re.S)
    assert inside
    findings = pd.read_parquet(page.parent / "findings.parquet")
    told = json.loads(inside[1])["requirements"]
    for row in findings.itertuples():
        assert told[row.requirement]["stages"][row.stage] == [row.status, row.floor, row.ceiling]
