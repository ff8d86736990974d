"""The HTML alternative: what every client shows, small, with what is foreign in it as text, and looked at."""

import email
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from readiness import probes
from readiness.assessment import Parameters, assess
from readiness.evidence import Evidence, frame
from readiness.export import Results
from readiness.mail import page, plain
from readiness.mail.content import Bar, Content
from readiness.mail.failure import Failure
from readiness.mail.message import message
from readiness.run import RunFolder
from readiness.snapshot import NAME, take

from .conftest import HOSTILE

PARAMS = Path(__file__).parents[3] / "params"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = "https://reports.example.com/" + "a-long-folder/" * 8 + "reports"
ALLOWED = {
    *("html", "head", "meta", "title", "body", "table", "tr", "td", "th", "p", "h1", "h2", "ul", "li"),
    *("a", "strong", "span", "br"),
}


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def stored(place: Path, known: bool) -> RunFolder:
    """A run of the sample target in which everything is as bad as it gets: observed wrong, or not known, at length."""
    words = HOSTILE * 20
    rows = []
    for fact in probes.facts().values():
        wrong = {"boolean": False, "number": 1e15, "text": words}[fact.type]
        told = {"value": wrong, "status": "observed"} if known else {"value": None, "status": "unavailable"}
        lacks = {} if known else {"reason": words, "permission": words}
        rows.append(Evidence(target="sample", fact=fact, source=words, observed_at=AT, **told, **lacks))
    run = RunFolder(place / "sample" / f"{AT:%Y-%m-%dT%H%M%SZ}")
    evidence = frame(rows)
    evidence.to_parquet(run.path / "evidence.parquet", index=False)
    run.save_assessment(assess(evidence, Parameters.load("sample", PARAMS), AT))
    run.save_json("survey.json", {"left": [words] * 30})
    run.save_json("manifest.json", {"judged_at": AT.isoformat(), "stage": "ga", "readiness": words})
    (run.path / NAME).write_bytes(take("sample", PARAMS))
    return run


@pytest.fixture(scope="module", params=[True, False], ids=["unmet", "unknown"])
def worst(request: Any, tmp_path_factory: Any) -> Content:
    run = stored(tmp_path_factory.mktemp("reports"), request.param)
    parameters = Parameters.load("sample", PARAMS)
    results = Results.of(run, parameters.catalogue, PARAMS)
    return Content.of(
        run, results, parameters, PARAMS, address=ADDRESS, news=[HOSTILE * 9] * 20, said=[HOSTILE * 9] * 9
    )


def test_the_worst_case_is_under_100_kb_as_it_is_sent(worst: Content) -> None:
    html = page.of_run(worst, attached=True)
    raw = message("x", sender="a@example.com", to="b@example.com", subject=worst.subject, plain="", page=html, at=AT)
    told = email.message_from_bytes(raw)
    (part,) = [part for part in told.walk() if part.get_content_type() == "text/html"]
    assert max(len(html.encode()), len(str(part.get_payload()))) < 100_000
    assert len(plain.of_run(worst, attached=True).encode()) < 50_000


def test_it_is_tables_and_inline_styles_alone_and_foreign_text_is_text(worst: Content) -> None:
    for attached in (True, False):
        seen = Elements(page.of_run(worst, attached)).seen
        assert {tag for tag, _ in seen} <= ALLOWED
        for tag, given in seen:
            assert not {"src", "background", "srcset", "class", "id"} & set(given), (tag, given)
            assert not [name for name in given if name.startswith("on")]
            assert given.get("href", ADDRESS).startswith(ADDRESS)
            assert "url(" not in (given.get("style") or "") and "expression" not in (given.get("style") or "")


def test_every_line_of_the_text_is_readable(worst: Content) -> None:
    text = plain.of_run(worst, attached=True)
    assert all(line.isprintable() for line in text.splitlines())
    assert all(len(line) <= plain.COLUMNS for line in text.splitlines() if not line.startswith("https://"))
    assert "GA: " in text and "and " in text and " more, in the report" in text


def test_the_subject_is_one_line_and_says_the_verdict(worst: Content) -> None:
    assert worst.subject.isprintable()
    assert worst.subject.startswith("sample changed: ga ")
    assert worst.verdicts[0].word.upper() in worst.subject


@pytest.mark.parametrize(
    ("floor", "ceiling", "required", "pieces", "verdict"),
    [
        (
            5,
            8,
            6,
            [(50, "proven", False), (10, "open", True), (20, "open", False), (20, "lacking", False)],
            "undetermined",
        ),
        (0, 0, 5, [(50, "lacking", True), (50, "lacking", False)], "no-go"),
        (10, 10, 0, [(100, "proven", False)], "go"),
        (5, 5, 5, [(50, "proven", True), (50, "lacking", False)], "go"),
        (0, 10, 10, [(100, "open", True)], "undetermined"),
    ],
)
def test_a_bar_shows_what_is_proven_open_and_required(
    floor: float, ceiling: float, required: float, pieces: list[Any], verdict: str
) -> None:
    bar = Bar("Security", floor, ceiling, required, 10)
    assert (bar.pieces, bar.verdict) == (pieces, verdict)
    assert sum(width for width, _, _ in bar.pieces) == 100


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_narrow_window_nothing_is_cut_off_and_axe_finds_nothing(
    browser: Any, worst: Content, tmp_path: Path, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    failure = Failure.of("one", HOSTILE, kind="daily", due=AT, failure=HOSTILE * 9, kept=tmp_path, address=ADDRESS)
    context = browser.new_context(viewport={"width": 360, "height": 800}, color_scheme=scheme)
    try:
        for name, html in (("run", page.of_run(worst, True)), ("failed", page.of_failure(failure))):
            file = tmp_path / f"{name}.html"
            file.write_text(html, encoding="utf-8")
            tab = context.new_page()
            heard: list[str] = []
            tab.on("dialog", lambda dialog, heard=heard: (heard.append(dialog.message), dialog.dismiss()))
            tab.on(
                "request",
                lambda request, own=file, heard=heard: request.url == own.as_uri() or heard.append(request.url),
            )
            tab.goto(file.as_uri())
            assert tab.evaluate("document.documentElement.scrollWidth") <= 360
            # a mail is no whole page; and of a dark canvas axe takes nothing for known
            off = ["region", "landmark-one-main", *(["color-contrast"] if scheme == "dark" else [])]
            found = axe.Axe().run(tab, options={"rules": {rule: {"enabled": False} for rule in off}})
            assert not found.response["violations"], found.generate_report()
            assert heard == []
            # the bars are seen, and text is that of the reader's own colours
            colours = tab.evaluate(
                "[getComputedStyle(document.body).color, getComputedStyle(document.querySelector('p')).color]"
            )
            assert set(colours) == {"rgb(255, 255, 255)" if scheme == "dark" else "rgb(0, 0, 0)"}
            tab.close()
    finally:
        context.close()
