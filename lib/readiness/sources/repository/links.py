"""Links: whether what a document or an alert leads to is there."""

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from readiness.answers.obstacle import away
from readiness.artefacts import Unreadable
from readiness.artefacts.document import document
from readiness.errors import Unobservable
from readiness.sources.repository import Repository
from readiness.wire.checkout import Checkout
from readiness.wire.exchange import Recorded

if TYPE_CHECKING:
    from readiness.probes import Context

LEAST = 5
"""Words under a heading that a link leads to; fewer are no instructions."""
_PEOPLE = ("mailto:", "tel:", "sms:", "data:", "javascript:")
_GUARDED = (401, 403)
_VIEW = re.compile(r"/(?:-/)?(?:blob|tree|raw|src/branch)/(.+)")


@dataclass(frozen=True)
class Followed:
    """One link.

    Attributes:
        link: As it is written.
        there: What it leads to is there; None where that could not be found out.
        why: What is wrong, in one line.
        seen: What was looked at.
    """

    link: str
    there: bool | None
    why: str = ""
    seen: tuple[Recorded, ...] = ()


def followable(link: str) -> bool:
    """Whether a link leads to a page or file: not to a mailbox, a telephone or nothing."""
    return bool(link.strip()) and not link.lower().startswith(_PEOPLE)


async def follow(link: str, within: str, source: Repository, checkout: Checkout, context: "Context") -> Followed:
    """Follow a link of the file `within` the repository; one to where the repository is browsed stays in it."""
    try:
        if path := _view_of(link, source):
            return await _file(link, path, checkout)
        if urlsplit(link).scheme:
            return await _page(link, context)
        path = unquote(link.partition("#")[0].partition("?")[0])
        target = posixpath.join(posixpath.dirname(within), path) if path and not path.startswith("/") else path
        fragment = link.partition("#")[2]
        return await _file(link, f"{target.lstrip('/') or within}#{fragment}", checkout)
    except (Unobservable, OSError) as obstacle:
        return Followed(link, None, str(obstacle))
    except ValueError:
        return Followed(link, False, "is no address")


def _view_of(link: str, source: Repository) -> str:
    """Path and fragment of a file that a link shows where the repository is browsed; else empty."""
    if not source.browse or not link.startswith(source.browse + "/"):
        return ""
    match = _VIEW.fullmatch(link[len(source.browse) :].partition("?")[0])
    if not match:
        return ""
    branch = source.branch + "/"
    return (
        match[1].removeprefix(branch) if source.branch and match[1].startswith(branch) else match[1].partition("/")[2]
    )


async def _file(link: str, place: str, checkout: Checkout) -> Followed:
    path, _, fragment = place.partition("#")
    path = posixpath.normpath(unquote(path))
    if path not in checkout.files:
        there = any(name.startswith(path.rstrip("/") + "/") for name in checkout.files)
        return Followed(link, there and not fragment, "" if there and not fragment else f"{path} is not there")
    artefact = await checkout.read(path)
    if not fragment or not path.lower().endswith((".md", ".mdx", ".markdown")):
        return Followed(link, artefact.size > 0, "" if artefact.size else f"{path} is empty", (artefact,))
    try:
        read = document(artefact.content)
    except Unreadable as error:
        return Followed(link, None, f"{path} {error}", (artefact,))
    section = read.section(unquote(fragment))
    if unquote(fragment).lower() not in {one.lower() for one in read.anchors}:
        return Followed(link, False, f"{path} has no heading {fragment[:80]}", (artefact,))
    if section and (section.words < LEAST or section.placeholder):
        return Followed(link, False, f"nothing stands under {fragment[:80]} in {path}", (artefact,))
    return Followed(link, True, "", (artefact,))


async def _page(link: str, context: "Context") -> Followed:
    url = link.partition("#")[0]
    if limits := await context.client.off_limits(url):
        return Followed(link, None, f"{url[:200]} leads to {limits}, which is not asked")
    answer = await context.client.get(url, follow=3)
    if reason := away(answer):
        return Followed(link, None, reason, (answer,))
    # what asks for a sign-in is there, for those it is meant for
    there = answer.ok or answer.status in _GUARDED
    return Followed(link, there, "" if there else f"status {answer.status}", (answer,))
