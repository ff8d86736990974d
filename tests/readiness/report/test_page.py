import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from readiness.errors import RunFailed
from readiness.report import Report, render

from .conftest import DAYS, NAME, OPEN, exchange

Build = Callable[..., Report]
FIGURES = 5
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background"}


@pytest.fixture(scope="module")
def page(report_of: Build, notebook_of: Callable[[Report], Path]) -> Path:
    """A page on a platform whose every answer is hostile."""
    recorded = exchange(url="https://api.example.test/?q=" + HOSTILE, body=HOSTILE.encode(), headers=(("x", HOSTILE),))
    notebook = notebook_of(report_of({OPEN.name: False, NAME.name: HOSTILE, DAYS.name: 60}, recorded=recorded))
    out = notebook.with_suffix(".html")
    render(notebook, out)
    return out


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_every_figure_of_the_notebook_is_in_the_page(page: Path) -> None:
    classes = [given.get("class") for _, given in Elements(page.read_text(encoding="utf-8")).seen]
    assert classes.count("plot") == classes.count("drawing") == FIGURES
    assert classes.count("static") == FIGURES


def test_nothing_is_loaded_from_anywhere(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    for tag, given in Elements(html).seen:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert not LOADING & set(given), (tag, given)
        assert given.get("href", "#").startswith("#"), given
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.S))
    assert "url(" not in style and "@import" not in style


def test_the_page_is_small(page: Path) -> None:
    assert page.stat().st_size < 2_500_000


def test_the_page_says_the_verdict_and_leaves_the_code_out(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert "No-go" in html and "Heading of the page" in html
    assert "secret_of_the_code" not in html and "For the notebook alone" not in html
    assert html.count("<h1") == 1


def test_only_our_own_scripts_are_in_the_page(page: Path) -> None:
    scripts = [given for tag, given in Elements(page.read_text(encoding="utf-8")).seen if tag == "script"]
    types = [given.get("type") for given in scripts]
    assert types.count(None) == 1
    assert set(types) == {None, "application/json", "application/gzip"}
    policy = next(given for tag, given in Elements(page.read_text(encoding="utf-8")).seen if "http-equiv" in given)
    assert "unsafe-eval" not in str(policy["content"])
    assert "script-src 'sha256-" in str(policy["content"])


def test_the_same_notebook_gives_the_same_page(page: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    render(page.with_suffix(".ipynb"), again)
    assert again.read_bytes() == page.read_bytes()


def test_an_error_in_a_cell_is_one_escaped_line(tmp_path: Path) -> None:
    import nbformat

    output = nbformat.v4.new_output("error", ename="BadInput", evalue=HOSTILE, traceback=["secret"])
    stream = nbformat.v4.new_output("stream", name="stdout", text=HOSTILE)
    cell = nbformat.v4.new_code_cell("", outputs=[output, stream])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "failed.ipynb")
    render(tmp_path / "failed.ipynb", tmp_path / "failed.html")
    html = (tmp_path / "failed.html").read_text(encoding="utf-8")
    assert "BadInput: &lt;/script&gt;" in html
    assert "<img" not in html and "alert(1)</script>" not in html


def test_a_figure_with_nothing_to_draw_is_an_error_and_leaves_no_page(tmp_path: Path) -> None:
    import nbformat

    for drawing in (
        {"data": [], "layout": {"meta": {"summary": "s", "rows": []}}},
        {"data": [{"y": [1]}], "layout": {}},
    ):
        output = nbformat.v4.new_output("display_data", {"application/vnd.plotly.v1+json": drawing})
        cell = nbformat.v4.new_code_cell("", outputs=[output])
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "empty.ipynb")
        with pytest.raises(RunFailed, match="the figure of cell 1 holds nothing to draw"):
            render(tmp_path / "empty.ipynb", tmp_path / "empty.html")
        assert not (tmp_path / "empty.html").exists()


def test_every_link_leads_to_something_on_the_page(page: Path) -> None:
    seen = Elements(page.read_text(encoding="utf-8")).seen
    ids = {given["id"] for _, given in seen if given.get("id")}
    assert {str(given["href"])[1:] for _, given in seen if "href" in given} <= ids


def test_the_data_inside_has_the_digest_that_it_says(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    found = re.search(r'id="readiness-data" data-sha256="(\w+)">(.*?)</script>', html, re.S)
    assert found and hashlib.sha256(found[2].encode()).hexdigest() == found[1]
    inside = json.loads(found[2])
    assert inside["requirements"]["security.origin"]["stages"]["alpha"] == ["unmet", 0.0, 0.0]
    evidence = inside["evidence"]
    place = evidence["fact"].index(NAME.name)
    assert evidence["value"][place] == HOSTILE
    assert evidence["status"]["values"][evidence["status"]["places"][place]] == "observed"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic", *quiet]
        )
        yield chromium
        chromium.close()


def drawn_page(browser: Any, page: Path) -> Iterator[Any]:
    """A page in a browser, its figures drawn; `heard` of it is what went wrong or was asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.heard = []
    tab.on("console", lambda message: tab.heard.append(message.text))
    tab.on("pageerror", lambda error: tab.heard.append(str(error)))
    tab.on("dialog", lambda dialog: (tab.heard.append(dialog.message), dialog.dismiss()))
    tab.on("request", lambda request: None if request.url == page.as_uri() else tab.heard.append(request.url))
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-figures=drawn]", timeout=60_000)
    yield tab
    context.close()


@pytest.fixture(scope="module")
def drawn(browser: Any, page: Path) -> Iterator[Any]:
    """The page, drawn."""
    yield from drawn_page(browser, page)


@pytest.fixture
def opened(drawn: Any) -> Iterator[Any]:
    """The drawn page as a reader first sees it."""
    yield drawn
    drawn.emulate_media(media="screen", color_scheme="light")
    drawn.set_viewport_size({"width": 1280, "height": 900})
    drawn.evaluate("const f = document.querySelector('form.filter'); f.reset(); f.dispatchEvent(new Event('input'))")


def test_a_browser_draws_every_figure_and_hears_nothing_else(opened: Any) -> None:
    drawn = opened.evaluate(
        "[...document.querySelectorAll('.plot')].filter(p => p.querySelector('.bars .point')).length"
    )
    assert drawn == FIGURES
    assert opened.heard == []


def test_requirements_can_be_filtered(opened: Any) -> None:
    visible = "[...document.querySelectorAll('.requirement')].filter(r => r.offsetParent).map(r => r.id)"
    assert len(opened.evaluate(visible)) == 12
    opened.select_option("select[name=status]", "unmet")
    assert opened.evaluate(visible) == ["req-security.origin", "req-security.product"]
    opened.fill("input[name=text]", "origin")
    assert opened.evaluate(visible) == ["req-security.origin"]


def test_requirements_can_be_filtered_by_stage_and_by_their_status_there(opened: Any) -> None:
    shown = "[...document.querySelectorAll('.requirement')].filter(r => !r.hidden).map(r => r.id)"
    opened.select_option("select[name=stage]", "alpha")
    assert len(opened.evaluate(shown)) == 11 and "req-security.product" not in opened.evaluate(shown)
    opened.select_option("select[name=stage]", "beta")
    opened.select_option("select[name=status]", "unmet")
    assert opened.evaluate(shown) == ["req-security.origin", "req-security.product"]
    assert opened.locator("form.filter output").inner_text() == "2 of 12 requirements"


def test_a_link_opens_what_it_leads_to_even_where_it_is_filtered_away(opened: Any) -> None:
    opened.select_option("select[name=status]", "unmet")
    target = opened.locator("[id='req-data.thing']")
    assert not target.is_visible()
    opened.evaluate("location.hash = '#req-data.thing'")
    target.wait_for(state="visible")
    assert opened.locator("select[name=status]").input_value() == ""


def test_what_would_be_is_told_when_something_is_imagined_done_and_gone_again(opened: Any) -> None:
    panel = opened.locator(".what-if")
    assert panel.is_hidden()
    opened.locator("[data-path]").check()
    assert panel.locator("[data-stage=alpha] .verdict-word").inner_text() == "✓ Go"
    assert panel.locator(".imagined").inner_text() == "1 requirement done, 1 person-days"
    assert opened.locator("[data-done='security.origin']").is_checked()
    assert opened.locator("table.points[data-stage=alpha] [data-dimension=security] .floor").inner_text() == "100.0"
    panel.locator("button").click()
    assert panel.is_hidden() and not opened.locator("[data-path]").is_checked()
    assert opened.locator("table.points[data-stage=alpha] [data-dimension=security] .floor").inner_text() == "50.0"


def test_a_weight_that_is_moved_scores_again(opened: Any) -> None:
    slider = opened.locator("table.points[data-stage=alpha] [data-dimension=data] input")
    slider.fill("25")
    line = opened.locator("table.points[data-stage=alpha] [data-dimension=data]")
    assert line.locator(".weight span").inner_text() == "20"  # 25 beside 100
    assert opened.locator(".what-if .imagined").inner_text() == "1 weight moved"
    assert opened.locator(".what-if [data-stage=alpha] .figures").inner_text() == "40.0–60.0, was 50.0"
    opened.locator(".what-if button").click()
    assert slider.input_value() == "0"


def test_the_page_says_that_its_data_is_what_was_written(opened: Any) -> None:
    assert opened.locator(".verified").inner_text() == ": as it was written"


@pytest.mark.parametrize("width", [1280, 380])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened: Any, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    opened.set_viewport_size({"width": width, "height": 900})
    opened.emulate_media(color_scheme=scheme)
    opened.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    found = axe.run(opened).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_paper_shows_bars_without_scripts_and_no_controls(opened: Any) -> None:
    opened.emulate_media(media="print")
    assert opened.locator(".plot").first.is_hidden()
    assert opened.locator(".static .track").first.is_visible()
    assert opened.locator("form.filter").is_hidden()


def test_a_dark_page_gets_light_ink(opened: Any) -> None:
    from playwright.sync_api import expect

    legend = opened.locator(".plot .legendtext").first
    expect(legend).to_have_css("fill", "rgb(28, 29, 31)")
    opened.emulate_media(color_scheme="dark")
    expect(legend).to_have_css("fill", "rgb(230, 230, 227)")


def test_a_phone_shows_it_all_without_scrolling_sideways(opened: Any) -> None:
    opened.set_viewport_size({"width": 380, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 380
    assert opened.locator(".static .track").first.is_visible()


def test_everything_is_readable_without_scripts(browser: Any, page: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(page.as_uri())
    assert tab.locator(".requirement").count() == 12
    assert tab.locator(".static:visible").count() == FIGURES
    assert tab.locator("form.filter").is_hidden()
    context.close()
