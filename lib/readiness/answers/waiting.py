"""Waiting: whether a page shows that it works on something while it waits for an answer."""

from collections.abc import Sequence

SOON_MS = 300
"""Milliseconds within which a page has to show that it works; a wait of more than about 0.4 s reads as a failure."""

Snapshots = Sequence[tuple[float, Sequence[str]]]
"""Times in ms, ascending, each with the signs of being busy that the page showed from then on."""


def shows_busy(snapshots: Snapshots, asked: float, soon: float = SOON_MS) -> bool:
    """Whether a page that asked for something showed it soon enough.

    Args:
        snapshots: What the page showed.
        asked: When it asked, in ms on the same clock.
        soon: Milliseconds it may take.

    Returns:
        True if some sign (WAI-ARIA 1.2 `aria-busy`, `progressbar`, `status`; a disabled submit) was there within
        `soon` that had not been there before or went away afterwards. A sign that is always there shows nothing.
    """
    before = _at(snapshots, asked)
    after = set(snapshots[-1][1]) if snapshots else set()
    shown = set(before)
    for time, signs in snapshots:
        if asked <= time <= asked + soon:
            shown |= set(signs)
    return bool(shown - (before & after))


def _at(snapshots: Snapshots, moment: float) -> set[str]:
    earlier = [signs for time, signs in snapshots if time < moment]
    return set(earlier[-1]) if earlier else set()
