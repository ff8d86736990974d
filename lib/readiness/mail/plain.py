"""The plain text of a mail, in lines of 72 columns at most; an address is not broken."""

import textwrap
from collections.abc import Iterator, Sequence

from readiness.listing import VERDICT_MARKS
from readiness.mail.content import Bar, Content
from readiness.mail.failure import Failure
from readiness.mail.parts import Part

COLUMNS = 72
_BAR = 30


def of_run(content: Content, attached: bool) -> str:
    """The text of a run; see `page.of_run`."""
    return "\n".join(_run(content, attached)) + "\n"


def of_failure(failure: Failure) -> str:
    """The text of a run that failed."""
    return "\n".join(_failure(failure)) + "\n"


def _run(content: Content, attached: bool) -> Iterator[str]:
    for words in content.caveats:
        yield from _wrapped(words, "! ")
    if content.caveats:
        yield ""
    if content.news:
        yield from ("Changed since it was last told:", *_each(content.news, "* "), "")
    yield from _wrapped(f"Production readiness of {content.title}")
    yield ""
    for each in content.verdicts:
        yield f"{each.mark} {each.stage}: {each.word}, {each.score} of 100, {each.minimum} needed"
        if each.waived:
            yield f"  with waivers: {each.waived}"
        yield from _wrapped(each.outlook, "  ")
    if content.link:
        yield from ("", "Report:", content.link)
    if attached:
        yield from ("", "The report is attached.")
    for part in content.parts[:2]:
        yield from _part(part)
    yield from _heading(f"Categories at {content.stage}")
    yield "# proven, ? not known yet, | required"
    for bar in content.bars:
        yield from ("", *_wrapped(f"{VERDICT_MARKS[bar.verdict]} {bar.title}: {bar.words}"), f"  [{_drawn(bar)}]")
    yield from ("", *_wrapped(f"{content.counts}."))
    for part in content.parts[2:]:
        yield from _part(part)
    yield from ("", "-" * COLUMNS)
    yield from _wrapped(
        "A score is an interval: its floor counts only what was proven, its ceiling also what is not known. "
        f"{content.observed}"
    )


def _failure(failure: Failure) -> Iterator[str]:
    yield from _wrapped(f"The {failure.kind} run of {failure.title} due at {failure.due} failed.")
    yield "It says nothing of the platform."
    yield from _each(failure.said)
    yield from _heading("Why")
    yield from _each(failure.reasons)
    yield from _heading("What there is of it")
    if failure.files:
        yield failure.link or failure.place
        yield from (f"  {name}  {size}" for name, size in failure.files)
    else:
        yield "Nothing: it ended before anything was kept."
    yield from ("", "-" * COLUMNS)
    yield from _wrapped(f"The next run tries again at its time. {failure.last}")


def _part(part: Part) -> Iterator[str]:
    yield from _heading(part.title)
    for item in part.items:
        yield from _wrapped(item.words, f"{item.mark or '*'} ")
    if part.more:
        yield f"and {part.more} more, in the report"
    if part.note:
        yield from _wrapped(part.note)


def _heading(words: str) -> Iterator[str]:
    yield ""
    yield from _wrapped(words)
    yield "-" * min(COLUMNS, len(words))


def _drawn(bar: Bar) -> str:
    """The bar in characters: each is a share of what the category weighs."""
    told = ""
    for place in range(_BAR):
        points = (place + 0.5) * bar.weight / _BAR
        told += "#" if points < bar.floor else "?" if points < bar.ceiling else "."
    at = min(_BAR, round(bar.required / bar.weight * _BAR))
    return f"{told[:at]}|{told[at:]}"


def _each(words: Sequence[str], first: str = "") -> Iterator[str]:
    for one in words:
        yield from _wrapped(one, first)


def _wrapped(words: str, first: str = "") -> list[str]:
    return textwrap.wrap(
        words,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=not words.startswith(("http://", "https://")),
        break_on_hyphens=False,
    ) or [first.rstrip()]
