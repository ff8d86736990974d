"""Badge: the decision as a small picture, for a README or a wall. The verdict is words; colour only repeats it."""

from html import escape

from readiness.export.escape import line
from readiness.export.results import Results
from readiness.listing import VERDICT_MARKS, interval

NAME = "badge.svg"
FILLS = {"go": "#00573f", "no-go": "#9a2d09", "undetermined": "#6b4800"}
"""Each has at least 7:1 against the white text (WCAG 2.2, 1.4.6)."""
_NARROW, _WIDE = frozenset(" .,:;!'|()ijltfr"), frozenset("mwMW")


def text(results: Results) -> str:
    """Target, stage, verdict and score, 20 pixels high."""
    decision = results.decision[results.stage]
    score = interval(decision["floor"], decision["ceiling"])
    verdict = decision["verdict"]
    left, right = line(results.target, 63), f"{results.stage}: {VERDICT_MARKS[verdict]} {verdict}, {score}"
    said = f"Production readiness of {left} for {results.stage}: {verdict}, score {score} of 100"
    return picture(left, right, said, FILLS[verdict])


def picture(left: str, right: str, said: str, fill: str) -> str:
    """Two fields side by side.

    Args:
        left, right: What they say, in one line.
        said: The same in words, for those who do not see it.
        fill: Colour of the right one, dark enough for white text.
    """
    first, second = (round(_width(words)) + 12 for words in (left, right))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{first + second}" height="20" role="img" '
        f'aria-labelledby="title">\n'
        f'<title id="title">{escape(said)}</title>\n'
        f'<rect width="{first + second}" height="20" rx="3" fill="#3a3d42"/>\n'
        f'<path d="M{first} 0h{second - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-{second - 3}z" fill="{fill}"/>\n'
        '<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" aria-hidden="true">\n'
        f'<text x="6" y="14" textLength="{first - 12}">{escape(left)}</text>\n'
        f'<text x="{first + 6}" y="14" textLength="{second - 12}">{escape(right)}</text>\n'
        "</g>\n</svg>\n"
    )


def _width(words: str) -> float:
    """Pixels of a text at 11 pixels in the fonts named, about; textLength holds every font to it."""
    return sum(4.4 if letter in _NARROW else 10.2 if letter in _WIDE else 6.9 for letter in words)
