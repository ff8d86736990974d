"""The page of all runs: every target's latest decision, without network or script, whole or absent."""

import json
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from defusedxml import ElementTree
from readiness import overview
from readiness.history import FINDINGS
from readiness.reports import Reports
from readiness.stage import STAGES

from .conftest import NOW

NOTHING = pd.DataFrame(columns=list(FINDINGS)).astype(FINDINGS).to_parquet(index=False)


def publish(reports: Path, target: str, at: datetime, verdict: str = "undetermined", floor: float = 40.0) -> Path:
    """A run's folder as the page reads it."""
    folder = reports / target / f"{at:%Y-%m-%dT%H%M%SZ}"
    folder.mkdir(parents=True)
    of_stage = {"verdict": verdict, "floor": floor, "ceiling": floor + 20, "minimum": 60}
    of_stage |= {"with_waivers": {}, "categories": []}
    decision = {"target": target, "stages": dict.fromkeys(STAGES, of_stage)}
    (folder / "decision.json").write_text(json.dumps(decision), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"stage": "beta"}), encoding="utf-8")
    (folder / "findings.parquet").write_bytes(NOTHING)
    (folder / "badge.svg").write_text(f"<svg>{target} {at:%d}</svg>", encoding="utf-8")
    return folder


@pytest.fixture
def reports(tmp_path) -> Path:
    """Two targets; the runs of one go up, the other's last run failed; a third has a failed run alone."""
    place = tmp_path / "reports"
    for day in range(5):
        publish(place, "acme", NOW + timedelta(days=day), floor=40 + 5 * day)
    publish(place, "zeta", NOW, "no-go", 10)
    (place / "zeta" / "2026-03-09T090000Z.failed").mkdir()
    (place / "young" / "2026-03-01T090000Z.failed").mkdir(parents=True)
    (place / ".explore" / "acme").mkdir(parents=True)
    return place


def test_the_page_says_the_latest_decision_of_every_target_and_links_its_report(reports):
    page = Path(overview.write(reports))
    html = page.read_text(encoding="utf-8")
    assert page == reports / "index.html"
    assert html.count('class="target"') == 3
    assert 'href="acme/2026-03-06T090000Z/report.html"' in html
    assert "60.0–80.0" in html and "✗ No-go" in html
    assert "A later run failed: 2026-03-09T090000Z" in html and "A run failed: 2026-03-01T090000Z" in html
    assert "Proven score of 5 runs at beta: first 40.0, last 60.0" in html
    assert "<script" not in html and "http" not in html.replace("http-equiv", "")


def test_each_target_s_badge_is_that_of_its_newest_run(reports):
    overview.write(reports)
    assert (reports / "acme" / "badge.svg").read_text(encoding="utf-8") == "<svg>acme 06</svg>"
    assert not (reports / "young" / "badge.svg").exists()


def test_nothing_half_written_is_left_and_the_page_is_replaced(reports):
    overview.write(reports)
    publish(reports, "acme", NOW + timedelta(days=9), "go", 80)
    overview.write(reports)
    assert "80.0–100.0" in (reports / "index.html").read_text(encoding="utf-8")
    assert not list(reports.rglob("*.partial"))


def test_a_folder_that_holds_no_readable_run_is_passed_over(reports):
    (reports / "acme" / "2026-03-08T090000Z").mkdir()
    broken = publish(reports, "acme", NOW + timedelta(days=10))
    (broken / "decision.json").write_text("{", encoding="utf-8")
    strange = reports / "<b>bold" / "2026-03-02T090000Z"
    shutil.copytree(reports / "acme" / "2026-03-02T090000Z", strange)
    html = Path(overview.write(reports)).read_text(encoding="utf-8")
    assert "<b>bold" not in html and "&lt;b&gt;bold" in html
    assert 'href="acme/2026-03-06T090000Z/report.html"' in html


def test_a_later_run_that_is_torn_is_told_and_an_earlier_one_is_not(reports):
    for day, target in ((-1, "acme"), (10, "acme"), (3, "torn")):
        torn = publish(reports, target, NOW + timedelta(days=day))
        (torn / "decision.json").write_text("{", encoding="utf-8")
    html = Path(overview.write(reports)).read_text(encoding="utf-8")
    assert "A later run cannot be read, and what it said is not known: 2026-03-12T090000Z: " in html
    assert "A run cannot be read, and what it said is not known: 2026-03-05T090000Z: " in html
    assert html.count("cannot be read") == 2


def test_without_any_run_it_says_how_to_make_one(tmp_path):
    html = Path(overview.write(tmp_path / "none")).read_text(encoding="utf-8")
    assert "No run has been published here yet" in html


def test_a_sparkline_stays_inside_of_its_drawing(reports):
    for shelf in overview.targets(Reports.of(reports)):
        if not shelf.runs:
            continue
        spark = shelf.sparkline
        for pair in f"{spark['line']} {spark['band']}".split():
            across, down = map(float, pair.split(","))
            assert 0 <= across <= overview.WIDTH and 0 <= down <= overview.HEIGHT
    html = Path(overview.write(reports)).read_text(encoding="utf-8")
    start = html.index("<svg")
    assert ElementTree.fromstring(html[start : html.index("</svg>") + 6]).get("role") == "img"


def test_a_thousand_runs_take_two_seconds_at_most_once_they_are_indexed(tmp_path):
    for index in range(1_000):
        publish(tmp_path, f"target-{index % 10}", NOW + timedelta(hours=index))
    since = time.process_time()
    overview.write(tmp_path)
    assert time.process_time() - since < 10
    since = time.process_time()
    page = Path(overview.write(tmp_path))
    assert time.process_time() - since < 2
    assert page.stat().st_size < 2_500_000
    assert page.read_text(encoding="utf-8").count("/report.html") == 1_010


@pytest.fixture
def tab(reports) -> Iterator[Any]:
    """The page in a browser; `tab.heard` is what went wrong or was asked for."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    page = Path(overview.write(reports))
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        tab = chromium.new_page(viewport={"width": 380, "height": 800})
        tab.heard = []
        tab.on("console", lambda message: tab.heard.append(message.text))
        tab.on("request", lambda request: None if request.url == page.as_uri() else tab.heard.append(request.url))
        tab.goto(page.as_uri())
        yield tab
        chromium.close()


def test_a_browser_asks_for_nothing_else_and_axe_finds_nothing(tab):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 380
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        found = axe.run(tab).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 380
    assert tab.heard == []
