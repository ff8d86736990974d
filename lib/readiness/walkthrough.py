"""Walkthroughs: what a person does on a page of the web app, and what is to be seen while and after doing it."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from readiness.answers.problems import Problem
from readiness.answers.waiting import shows_busy
from readiness.errors import Unobservable
from readiness.web import Page
from readiness.wire.browser import Tab
from readiness.wire.view import View

if TYPE_CHECKING:
    from playwright.async_api import Locator, Route

LATENCY_S = 1.5
"""Seconds that are added to every answer to see what a page shows meanwhile."""

QUIET_S = 0.2
"""Seconds without a request for data after which a page is taken to have come to rest."""

IDLE_S = 2.0
"""Seconds within which a page that was opened asks for what it shows."""

MOMENT_S = 3.0
"""Seconds that a page may take to draw what it has been answered; long, for the machine may be busy."""

_READ = ("GET", "HEAD")
_LINES = "document.body ? document.body.innerText.slice(0, 50000) : ''"
_ASKED = """({...window.__seen, asked: performance.getEntriesByType("resource")
  .filter((entry) => ["fetch", "xmlhttprequest"].includes(entry.initiatorType)).map((entry) => entry.startTime)})"""


@dataclass(frozen=True)
class Waited:
    """How a page behaved while it waited.

    Attributes:
        busy: It showed in time that it worked on something.
        sent: How often a double click sent the same request; 0 for a page that was merely opened.
        view: The record.
    """

    busy: bool
    sent: int
    view: View


@dataclass(frozen=True)
class Completed:
    """How a form was answered.

    Attributes:
        done: What shows that it worked did appear.
        statuses: Statuses of the answers to what it sent, in order.
        view: The record.
    """

    done: bool
    statuses: tuple[int, ...]
    view: View


async def enter(tab: Tab, page: Page, values: Mapping[str, str], refuse: str = "") -> "Locator":
    """Open a page with a form, fill it in, and return its button.

    Raises:
        Unobservable: The page or a part of it is not there.
    """
    taker, tab.taker = tab.taker, None
    status = await tab.open(_filled(page.path, values))
    tab.taker = taker
    if status >= 400:
        raise Unobservable(f"{page.path} is answered with status {status}", tab.view("look at it", f"status {status}"))
    with tab.obstacles("filling in the form"):
        await put_away(tab, refuse)
        await fill(tab, page, values)
        return tab.page.get_by_role("button", name=page.submit, exact=True).first


async def fill(tab: Tab, page: Page, values: Mapping[str, str]) -> None:
    """Fill in the fields of a form that is open."""
    for name, template in page.fields.items():
        labelled = tab.page.get_by_label(name, exact=True)
        await labelled.or_(tab.page.locator(f"[name={json.dumps(name)}]")).first.fill(_filled(template, values))


async def put_away(tab: Tab, refuse: str) -> None:
    """Refuse cookies, where that is asked for."""
    if refuse:
        button = tab.page.get_by_role("button", name=refuse, exact=True).first
        if await button.is_visible():
            await button.click()


async def send_twice(tab: Tab, page: Page, values: Mapping[str, str], refuse: str = "") -> Waited:
    """Click twice on a form's button; what the form sends is held back and never reaches the platform.

    Raises:
        Unobservable: The page is not as described, or the click sent nothing.
    """
    held: list[str] = []
    first, release = asyncio.Event(), asyncio.Event()

    async def hold(route: "Route") -> None:
        request = route.request
        if request.method in _READ and not request.is_navigation_request():
            await asyncio.sleep(LATENCY_S)
            await tab.forward(route)
            return
        held.append(f"{request.method} {urlsplit(request.url).path}")
        first.set()
        await release.wait()
        await route.abort()

    button = await enter(tab, page, values, refuse)
    tab.taker = hold
    action = f"fill in the form and click twice on {page.submit!r}, each answer taking {LATENCY_S:g} s longer"
    try:
        with tab.obstacles(f"clicking on {page.submit!r}"):
            earlier = await tab.page.evaluate("window.__seen.clicks.length")
            await button.dblclick()
            try:
                await asyncio.wait_for(first.wait(), LATENCY_S + tab.browser.patience)
            except TimeoutError:
                raise Unobservable(
                    f"{page.path} sends nothing when {page.submit!r} is clicked", tab.view(action)
                ) from None
            await asyncio.sleep(0.5)  # whatever a second click sends has been sent by now
            seen = await tab.page.evaluate("window.__seen")
    finally:
        release.set()
    clicks = seen["clicks"][earlier:]
    busy = bool(clicks) and shows_busy(seen["marks"], clicks[0])
    sent = max(Counter(held).values())
    words = "it showed that it works" if busy else "it showed nothing within 300 ms"
    return Waited(busy, sent, tab.view(action, words, f"requests sent: {sent}"))


async def open_slowly(tab: Tab, path: str) -> Waited:
    """Open a page while each answer to it takes longer; what would change something is never let through.

    Raises:
        Unobservable: It is not there, or asks for nothing once it is open.
    """
    since = asyncio.get_running_loop().time
    under_way, quiet = 0, since()

    async def slow(route: "Route") -> None:
        nonlocal under_way, quiet
        under_way += 1
        try:
            await asyncio.sleep(LATENCY_S)
            await (tab.forward(route) if route.request.method in _READ else route.abort())
            response = await route.request.response()
            if response:
                await response.finished()
        finally:
            under_way -= 1
            quiet = since()

    tab.taker = slow
    action = f"wait for its data, each answer taking {LATENCY_S:g} s longer"
    status = await tab.open(path)
    quiet = since()
    ends = quiet + tab.browser.patience
    while since() < ends and (under_way or since() - quiet < (QUIET_S if tab.asked else IDLE_S)):
        await asyncio.sleep(0.05)
    tab.taker = None
    with tab.obstacles("waiting for its data"):
        seen, ends = await tab.page.evaluate(_ASKED), since() + MOMENT_S
        # signs that still stand may be about to go: the data has come, and the page draws it next
        while seen["asked"] and seen["marks"] and seen["marks"][-1][1] and since() < ends:
            if shows_busy(seen["marks"], min(seen["asked"])):
                break
            await asyncio.sleep(0.1)
            seen = await tab.page.evaluate(_ASKED)
    if status >= 400 or not seen["asked"]:
        what = f"is answered with status {status}" if status >= 400 else "asks for nothing once it is open"
        raise Unobservable(f"{path} {what}", tab.view(action, what))
    busy = shows_busy(seen["marks"], min(seen["asked"]))
    words = "it showed that it works" if busy else "it showed nothing within 300 ms"
    return Waited(busy, 0, tab.view(action, words))


async def complete(tab: Tab, page: Page, values: Mapping[str, str], refuse: str = "") -> Completed:
    """Fill in a form, send it, and see whether what shows that it worked appears.

    Raises:
        Unobservable: The page is not as described, or the platform was not there to answer.
    """
    statuses: list[int] = []

    def answered(response: object) -> None:
        request = response.request  # type: ignore[attr-defined]
        if request.resource_type in ("fetch", "xhr", "document") and request.method not in _READ:
            statuses.append(response.status)  # type: ignore[attr-defined]

    button = await enter(tab, page, values, refuse)
    tab.page.on("response", answered)
    action = f"fill in the form and click on {page.submit!r}"
    clock = asyncio.get_running_loop().time
    with tab.obstacles(action):
        await button.click()
        done, ends = False, clock() + 2 * tab.browser.patience
        while not done and clock() < ends:
            await asyncio.sleep(0.05)
            done = await _shows(tab, page.done)
            if statuses or tab.errors:  # the page has what it waited for, and needs a moment at most
                ends = min(ends, clock() + MOMENT_S)
        await asyncio.sleep(QUIET_S)  # an error of its scripts may come last
    seen = [
        f"answered with {', '.join(map(str, statuses)) or 'nothing'}",
        *(f"script error: {one}" for one in tab.errors),
    ]
    view = tab.view(action, f"{page.done!r} {'appeared' if done else 'did not appear'}", *seen)
    if not done and (not statuses or statuses[-1] == 429 or statuses[-1] >= 500):
        raise Unobservable(f"{page.path}: the platform {seen[0]}", view)
    return Completed(done, tuple(statuses), view)


async def provoke(tab: Tab, page: Page, problem: Problem, values: Mapping[str, str], refuse: str = "") -> str:
    """Send a form and have it answered with a problem that the platform did not send; return what appears.

    Returns:
        The lines that the page did not show before; empty where nothing appeared.

    Raises:
        Unobservable: The page is not as described, or the click sent nothing.
    """
    answered = asyncio.Event()

    async def answer(route: "Route") -> None:
        if route.request.method in _READ and not route.request.is_navigation_request():
            await tab.forward(route)
            return
        allowed = {"Access-Control-Allow-Origin": tab.browser.origin, "Access-Control-Allow-Credentials": "true"}
        await route.fulfill(
            status=problem.status, content_type=problem.media_type, headers=allowed, body=json.dumps(problem.body)
        )
        answered.set()

    with tab.obstacles(f"showing the error {problem.code}"):
        button = tab.page.get_by_role("button", name=page.submit, exact=True).first
        if await button.is_visible() and await button.is_enabled():
            await fill(tab, page, values)
        else:
            button = await enter(tab, page, values, refuse)
        tab.taker = answer
        before = set((await tab.page.evaluate(_LINES)).splitlines())
        await button.click()
        try:
            await asyncio.wait_for(answered.wait(), tab.browser.patience)
        except TimeoutError:
            raise Unobservable(
                f"{page.path} sends nothing when {page.submit!r} is clicked", tab.view("send the form")
            ) from None
        clock = asyncio.get_running_loop().time
        texts, ends = [""], clock() + MOMENT_S
        while clock() < ends and not (texts[-1] and texts[-3:] == [texts[-1]] * 3):  # until it stays as it is
            await asyncio.sleep(0.05)
            lines = (await tab.page.evaluate(_LINES)).splitlines()
            texts.append("\n".join(line for line in lines if line.strip() and line not in before))
        tab.taker = None
    return texts[-1]


async def text_of(tab: Tab) -> str:
    """The text that the page shows where its content is."""
    with tab.obstacles("reading the page"):
        text = await tab.page.evaluate(
            "(document.querySelector('main, [role=main]') ?? document.body)?.innerText ?? ''"
        )
    return str(text)[:50_000]


async def violations(tab: Tab) -> list[str]:
    """What axe finds on the page that is serious or critical, a line each."""
    try:
        from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
    except ImportError:
        raise Unobservable("axe-playwright-python is not installed (the extra `browser`)") from None
    with tab.obstacles("checking accessibility"):
        results = await Axe().run(tab.page)
    found = [one for one in results.response["violations"] if one.get("impact") in ("serious", "critical")]
    return [f"{one['id']} ({one['impact']}): {one['help']}, {len(one['nodes'])} times" for one in found]


async def _shows(tab: Tab, done: str) -> bool:
    if done.startswith("/"):
        return urlsplit(tab.page.url).path.rstrip("/") == done.rstrip("/")
    return await tab.page.get_by_text(done).first.is_visible()


def _filled(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], template)
