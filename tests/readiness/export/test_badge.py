"""The badge says its verdict in words, is legible, and what a name holds stays text."""

from defusedxml import ElementTree
from readiness.export.badge import FILLS, picture, text

from .conftest import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_verdict_is_said_in_words_for_eyes_and_ears(results):
    root = ElementTree.fromstring(text(results))
    assert root.get("role") == "img"
    title = root.find(f"{SVG}title")
    assert title is not None and title.get("id") == root.get("aria-labelledby")
    assert title.text == "Production readiness of one for beta: undetermined, score 50.0–100.0 of 100"
    assert [item.text for item in root.iter(f"{SVG}text")] == ["one", "beta: ? undetermined, 50.0–100.0"]


def test_every_verdict_has_a_colour_that_white_text_is_legible_on():
    assert set(FILLS) == {"go", "no-go", "undetermined"}
    for fill in FILLS.values():
        assert 1.05 / (luminance(fill) + 0.05) >= 7


def test_hostile_text_stays_text():
    words = HOSTILE.replace("\x1b", "").replace("\x00", "").replace("\ufffe", "")
    root = ElementTree.fromstring(picture(words, words, words, FILLS["go"]))
    assert {item.tag.removeprefix(SVG) for item in root.iter()} == {"svg", "title", "rect", "path", "g", "text"}
