"""Video: whether the getting-started video is there for everybody, has a title and plays for some time."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.wire.exchange import Exchange

_ISO = re.compile(r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,7})(?:\.\d+)?S)?")
_PAGE = 3_000_000  # characters of a page that are searched
_CURRENT = Fact("video.current", "boolean", "The video shows the current release.", attestable=True)


@dataclass
class Told:
    """What a page tells of its video.

    Attributes:
        titles, durations: As they are written, the most trusted first.
        oembed: Address of its oEmbed description (oembed.com), empty where it names none.
    """

    titles: list[str] = field(default_factory=list)
    durations: list[str] = field(default_factory=list)
    oembed: str = ""


@probe(
    Fact("video.answers", "boolean", "The getting-started video is there for everybody."),
    Fact("video.titled", "boolean", "The video has a title."),
    Fact("video.seconds", "number", "How long the video plays.", "s"),
    _CURRENT,
    deadline=60,
)
async def video(context: Context) -> AsyncIterator[Observation]:
    """GET the video's page, and its oEmbed description where it names one."""
    async for told in context.told(_CURRENT):
        yield told
    try:
        page = await _page(context)
    except Unobservable as obstacle:
        for fact in ("video.answers", "video.titled", "video.seconds"):
            yield unavailable(fact, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)
        return
    there = page.ok and page.media_type in ("text/html", "application/xhtml+xml")
    yield observed("video.answers", there, page)
    if not there:
        for fact in ("video.titled", "video.seconds"):
            reason = f"status {page.status}, {page.media_type or 'no media type'} instead of a page with a video"
            yield unavailable(fact, reason, page)
        return
    told_of, seen = await _told(context, page)
    yield observed("video.titled", bool(told_of.titles), *seen)
    seconds = next((number for text in told_of.durations if (number := seconds_of(text)) is not None), None)
    if seconds is None:
        yield unavailable("video.seconds", "neither the page nor its oEmbed tells how long it plays", *seen)
    else:
        yield observed("video.seconds", seconds, *seen)


def read(text: str) -> Told:
    """What a page tells of its video: schema.org's VideoObject, Open Graph, microdata, oEmbed."""
    parser = _Metadata()
    parser.feed(text[:_PAGE])
    return parser.told


def seconds_of(text: str) -> float | None:
    """A duration as ISO 8601 writes it or in seconds, in seconds; None for anything else."""
    if re.fullmatch(r"\d{1,7}(?:\.\d{1,6})?", text):
        return float(text)
    match = _ISO.fullmatch(text)
    if not match or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


async def _page(context: Context) -> Exchange:
    if not context.target.video:
        raise Unobservable("the target file names no video", permission="video in the target file")
    page = await context.client.get(context.target.video, follow=3)
    if reason := away(page):
        raise Unobservable(reason, page)
    return page


async def _told(context: Context, page: Exchange) -> tuple[Told, list[Exchange]]:
    told = read(page.text)
    if not told.oembed or (told.titles and told.durations):
        return told, [page]
    url = urljoin(page.final_url or page.url, told.oembed)
    try:
        if await context.client.off_limits(url):
            return told, [page]
    except OSError:
        return told, [page]
    answer = await context.client.get(url, follow=3)
    if answer.ok:
        _take(answer.json(), told)
    return told, [page, answer]


def _take(value: Any, told: Told) -> None:
    """What JSON-LD or oEmbed says: a VideoObject anywhere in it, or `type: video`."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        if item.get("@type") == "VideoObject" or item.get("type") == "video":
            told.titles += [str(item[key]).strip() for key in ("name", "title") if str(item.get(key) or "").strip()]
            told.durations += [str(item["duration"])] if item.get("duration") is not None else []
        if isinstance(item.get("@graph"), list):
            _take(item["@graph"], told)


class _Metadata(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.told = Told()
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: (value or "").strip() for name, value in attrs}
        if tag == "script" and named.get("type") == "application/ld+json":
            self._script = []
        elif tag == "link" and named.get("type") == "application/json+oembed":
            self.told.oembed = self.told.oembed or named.get("href", "")
        elif tag == "meta" and named.get("content"):
            key = (named.get("property") or named.get("itemprop") or named.get("name") or "").lower()
            if key in ("og:title", "twitter:title", "name"):
                self.told.titles.append(named["content"])
            elif key in ("duration", "video:duration", "og:video:duration"):
                self.told.durations.append(named["content"])

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            with suppress(ValueError, RecursionError):  # what cannot be read tells nothing
                _take(json.loads("".join(self._script)), self.told)
            self._script = None
