"""A document: a Markdown text as front matter, sections with what stands under them, code and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from readiness.artefacts import Unreadable, moment, text_of, yaml_of

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(?=\S)")
_CLOSING = re.compile(r"(?:^|\s)#+$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})\s*$")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{1,2000}\)")
_TARGET = re.compile(r"\]\([ \t]*<?([^()\s<>]{1,2000})>?(?:[ \t]+[\"'][^()\n]{0,300})?[ \t]*\)")
_BARE = re.compile(r"<(https?://[^<>\s]{1,2000})>|(?<![(\[<\"'=])\b(https?://[^\s()<>\]\"'`|]{1,2000})")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]{1,200}\]:\s*<?(\S{1,2000}?)>?(?:\s|$)", re.M)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_ANCHOR = re.compile(r"(?:<a\s[^<>]{0,200}?(?:id|name)=[\"']([^\"']{1,200})[\"'])|\{#([\w-]{1,200})\}")
_INLINE = re.compile(r"`[^`\n]{1,500}`")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
PLACEHOLDER = re.compile(
    r"\[(?:insert|your|date|name|company|organi[sz]ation|owner|title|role|e-?mail|phone|team|version|number|product|tbd|tbc|"
    r"todo|xx+|yyyy|\.\.\.|…)\b[^\]\n]{0,60}\](?![(\[])|<(?:insert|your|date|name|company|owner|todo|tbd)[\w -]{0,40}>"
    r"|\b(?-i:TODO|TBD|TBC|FIXME|XXX+)\b|\blorem ipsum\b|\{\{[^{}\n]{0,80}\}\}|\bYYYY-MM-DD\b|_{4,}"
    r"|\[\s?(?:…|\.\.\.)\s?\]"
    r"|\bcoming soon\b|\bto be (?:written|done|defined|completed|added)\b",
    re.I,
)
"""What a text that was never filled in holds."""


TITLE = 300
"""Characters of a heading that are kept."""
HEADINGS = 5_000
"""Headings of the longest document that is read."""


@dataclass(frozen=True)
class Code:
    """A fenced block of code."""

    language: str
    text: str


@dataclass(frozen=True)
class Section:
    """A heading and all that stands under it, deeper sections included; `text` is without code and comments."""

    title: str
    level: int
    text: str
    codes: tuple[Code, ...]
    leaf: bool

    @property
    def words(self) -> int:
        """Words under the heading, placeholders and the titles of deeper sections left out."""
        plain = "\n".join(line for line in self.text.splitlines() if not _HEADING.match(line))
        return words(plain)

    @property
    def placeholder(self) -> str:
        """The first placeholder in it; empty where there is none."""
        return placeholder(f"{self.title}\n{self.text}")


@dataclass(frozen=True)
class Document:
    """A Markdown text.

    Attributes:
        meta: Its front matter; empty where it has none.
        text: The text without front matter, code and comments.
        sections: Every heading, in order.
        codes: Its blocks of code.
        raw: The text with code.
    """

    meta: dict[str, Any]
    text: str
    sections: tuple[Section, ...]
    codes: tuple[Code, ...]
    raw: str = field(repr=False, default="")

    @property
    def words(self) -> int:
        """Words outside of code and placeholders."""
        return words(self.text)

    @property
    def placeholder(self) -> str:
        """The first placeholder in the text or the front matter; empty where there is none."""
        return placeholder(self.text) or placeholder("\n".join(map(str, self.meta.values())))

    @property
    def topical(self) -> list[Section]:
        """The sections that speak of a part: a title that heads the whole text speaks of none."""
        tops = [one for one in self.sections if one.level == 1]
        return [one for one in self.sections if len(self.sections) == 1 or len(tops) != 1 or one is not tops[0]]

    @cached_property
    def links(self) -> list[str]:
        """Where its links and images lead, in order, each once."""
        found = _TARGET.findall(self.text)
        found += [(first or second).rstrip(".,;:!?*") for first, second in _BARE.findall(_TARGET.sub("] ", self.text))]
        found += _REFERENCE.findall(self.text)
        return list(dict.fromkeys(found))

    @cached_property
    def anchors(self) -> set[str]:
        """The fragments that lead into it: its headings as GitHub names them, and those it names itself."""
        found: set[str] = {first or second for first, second in _ANCHOR.findall(self.raw)}
        for section in self.sections:
            slug = base = slug_of(section.title)
            count = 0
            while slug in found:
                count += 1
                slug = f"{base}-{count}"
            found.add(slug)
        return found

    def section(self, anchor: str) -> Section | None:
        """The section that a fragment leads to, by its heading."""
        return next((one for one in self.sections if slug_of(one.title) == anchor.lower()), None)

    def day(self, *names: str) -> date | None:
        """The first of these keys of the front matter that holds a date, or a line `Name: 2026-01-31` of the text."""
        for name in names:
            value = self.meta.get(name)
            if isinstance(value, datetime):
                return value.date()
            if isinstance(value, date):
                return value
            if at := moment(value):
                return at.date()
        for name in names:
            words = name.replace("_", "[ _-]")
            pattern = rf"^[ \t*_>|-]{{0,20}}{words}[ \t*_|]{{0,9}}[:|][ \t*_]{{0,20}}(\d{{4}}-\d\d-\d\d)\b"
            if (match := re.search(pattern, self.text, re.I | re.M)) and (at := moment(match[1])):
                return at.astimezone(UTC).date()
        return None


def document(content: bytes) -> Document:
    """Read a Markdown text.

    Raises:
        Unreadable: Its front matter is not valid YAML, or it has too many headings.
    """
    meta, body = _front(text_of(content).replace("\r\n", "\n"))
    lines = list(_lines(_COMMENT.sub("", body)))
    sections = tuple(_sections(lines))
    prose = "\n".join(line for kind, line in lines if kind == "")
    return Document(meta, prose, sections, tuple(_codes(lines)), body)


def words(text: str) -> int:
    """Words of a text; placeholders, addresses and marks of Markdown are none."""
    plain = _BARE.sub(" ", _LINK.sub(lambda match: f" {match[1]} ", PLACEHOLDER.sub(" ", text)))
    return len(_WORD.findall(plain))


def placeholder(text: str) -> str:
    """The first placeholder in a text; empty where there is none. What stands as code is meant to be replaced."""
    match = PLACEHOLDER.search(_INLINE.sub(" ", text))
    return match[0] if match else ""


def slug_of(title: str) -> str:
    """The fragment by which GitHub leads to a heading."""
    plain = _LINK.sub(lambda match: match[1], title)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def _front(text: str) -> tuple[dict[str, Any], str]:
    match = re.match(r"---\n(.*?\n)?(?:---|\.\.\.)\s*(?:\n|\Z)", text, re.S)
    if not match:
        return {}, text
    try:
        told = yaml_of((match[1] or "").encode())
    except Unreadable as error:
        raise Unreadable(f"has front matter that {error}") from None
    meta = told[0] if told and isinstance(told[0], dict) else {}
    return {str(name).lower().replace("-", "_").replace(" ", "_"): value for name, value in meta.items()}, text[
        match.end() :
    ]


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Every line with its kind: `fence language` where code begins, `code`, `end`, or empty for prose."""
    fence, before = "", ""
    pending: list[str] = []
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not match[2]:
                fence = ""
                yield "end", ""
            else:
                yield "code", line
            continue
        if match:
            yield from (("", one) for one in pending)
            pending, fence = [], match[1]
            yield f"fence {match[2].lower()}", ""
            continue
        under = _UNDERLINE.match(line)
        if under and pending and pending[-1].strip() and not pending[-1].lstrip().startswith(("#", "|", "-", "*", ">")):
            before = pending.pop()
            yield from (("", one) for one in pending)
            pending = []
            yield "", f"{'#' if under[1][0] == '=' else '##'} {before.strip()}"
            continue
        yield from (("", one) for one in pending)
        pending = [line]
    yield from (("", one) for one in pending)


def _sections(lines: list[tuple[str, str]]) -> Iterator[Section]:
    """Every heading with what stands under it, until the next one of its level or above."""
    heads = [
        (index, len(match[1]), _CLOSING.sub("", line[match.end() :].strip()).strip()[:TITLE])
        for index, (kind, line) in enumerate(lines)
        if not kind and (match := _HEADING.match(line))
    ]
    if len(heads) > HEADINGS:
        raise Unreadable(f"has more than {HEADINGS} headings")
    ends, open = [len(lines)] * len(heads), list[int]()
    for place, (index, level, _) in enumerate(heads):
        while open and heads[open[-1]][1] >= level:
            ends[open.pop()] = index
        open.append(place)
    for place, (index, level, title) in enumerate(heads):
        within = lines[index + 1 : ends[place]]
        leaf = place + 1 == len(heads) or heads[place + 1][1] <= level
        text = "\n".join(line for kind, line in within if not kind)
        yield Section(title, level, text, tuple(_codes(within)), leaf)


def _codes(lines: list[tuple[str, str]]) -> Iterator[Code]:
    language, text = "", None  # type: str, list[str] | None
    for kind, line in lines:
        if kind.startswith("fence"):
            language, text = kind.partition(" ")[2], []
        elif kind == "code" and text is not None:
            text.append(line)
        elif kind == "end" and text is not None:
            yield Code(language, "\n".join(text))
            text = None
