"""The browser: a Chromium that reaches the platform alone, whose requests are counted and whose doings are recorded.

Playwright and Chromium are optional: they are looked for when a browser is opened, and not before.
"""

import asyncio
import base64
import contextlib
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from readiness.errors import Unobservable
from readiness.wire.client import Client
from readiness.wire.exchange import is_address
from readiness.wire.view import View

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Page, Playwright, Route

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
START_S = 20.0
"""Seconds that the browser may take to start."""
PATIENCE_S = 10.0
"""Seconds that one step may take at least: a browser on a busy machine is slower than the platform it looks at."""

_LONGEST = 300
"""Characters of a line of the console."""
_MOST = 50
"""Lines of the console that are kept of one tab."""
_DATA = ("fetch", "xhr", "eventsource")
_WATCH = (Path(__file__).parent / "watch.js").read_text(encoding="utf-8")

Taker = Callable[["Route"], Awaitable[None]]
"""Answers a request in place of the platform, or passes it on later."""


class Tab:
    """One page open in a browser.

    Attributes:
        page: Playwright's page.
        taker: Takes the page's requests for data: what it fetches, and the forms it sends; None lets them through.
        asked: Requests for data so far, `METHOD path` each.
        failed: Requests for data that did not come through, and why.
        errors: Errors that no script caught.
        console: Errors on the console, those of other hosts' absence left out.
    """

    def __init__(self, browser: "Browser", page: "Page", blocked: dict[str, None]) -> None:
        self.browser, self.page, self.blocked = browser, page, blocked
        self.taker: Taker | None = None
        self.opened = False
        self.asked: list[str] = []
        self.failed: list[str] = []
        self.errors: list[str] = []
        self.console: list[str] = []
        page.set_default_timeout(browser.patience * 1000)
        page.on("pageerror", lambda error: self._keep(self.errors, str(error)))
        page.on("console", self._heard)
        page.on("dialog", lambda dialog: dialog.dismiss())

    async def open(self, path: str) -> int:
        """Open a page of the web app and return the status of its document.

        Raises:
            Unobservable: No answer came.
        """
        self.opened = False
        with self.obstacles(f"opening {path}"):
            response = await self.page.goto(self.browser.origin + path, wait_until="load")
        self.opened = True
        return response.status if response else 200

    @contextlib.contextmanager
    def obstacles(self, doing: str) -> Any:
        """Turn what Playwright raises within the block into Unobservable."""
        from playwright.async_api import Error

        try:
            yield
        except Error as error:
            reason = self.failed[-1] if self.failed else str(error).strip().splitlines()[0][:_LONGEST]
            raise Unobservable(f"{doing} in the browser: {reason}", self.view(doing, failure=reason)) from None

    def view(self, action: str, *seen: str, failure: str = "") -> View:
        """Record what was done and seen on this page."""
        client = self.browser.client
        view = View(
            url=self.page.url if self.page.url != "about:blank" else self.browser.origin,
            action=action,
            seen=seen,
            asked=tuple(self.asked),
            blocked=tuple(self.blocked),
            browser=self.browser.version,
            secrets=client.secrets,
            failure=failure,
            observed_at=client.time(),
        )
        client.records.append(view)
        return view

    async def route(self, route: "Route") -> None:
        """Decide on one request of this page."""
        request = route.request
        data = request.resource_type in _DATA or (self.opened and request.is_navigation_request())
        if data:
            self.asked.append(f"{request.method} {urlsplit(request.url).path}")
        if data and self.taker:
            await self.taker(route)
        else:
            await self.forward(route)

    async def forward(self, route: "Route") -> None:
        """Let a request through to the platform, counted and in its turn."""
        client, request = self.browser.client, route.request
        # the limits that the target declares hold for its API, whichever host an app reaches it by
        refused = await client.admit(request.method, client.target.production + urlsplit(request.url).path)
        if refused:
            self.failed.append(refused)
            await route.abort()
        elif secret := await client.credentials(request.url):
            await route.continue_(
                headers={**request.headers, **{name.lower(): value for name, value in secret.items()}}
            )
        else:
            await route.continue_()

    def _heard(self, message: Any) -> None:
        host = urlsplit(message.location.get("url", "")).hostname
        if message.type == "error" and host not in self.blocked:
            self._keep(self.console, message.text)

    @staticmethod
    def _keep(lines: list[str], text: str) -> None:
        if len(lines) < _MOST:
            lines.append(" ".join(text.split())[:_LONGEST])


class Window:
    """A browser without a past: its tabs share cookies with each other and with nobody else.

    Attributes:
        context: Playwright's context.
        blocked: Hosts that pages wanted to reach and that are none of the platform's.
    """

    def __init__(self, browser: "Browser", context: "BrowserContext") -> None:
        self.browser, self.context = browser, context
        self.blocked: dict[str, None] = {}
        self._tabs: dict[Any, Tab] = {}
        self._opening = asyncio.Lock()

    async def tab(self, opener: Tab | None = None) -> Tab:
        """A new tab; with an opener it has the same session storage, as a link opened in a new tab has."""
        if opener is None:
            page = await self.context.new_page()
        else:
            async with self._opening, opener.page.expect_popup() as opened:  # two at once are told the same page
                await opener.page.evaluate("void window.open('about:blank')")
            page = await opened.value
        self._tabs[page] = tab = Tab(self.browser, page, self.blocked)
        return tab

    async def route(self, route: "Route") -> None:
        """Decide on one request of any tab."""
        from playwright.async_api import Error

        host = urlsplit(route.request.url).hostname or ""
        with contextlib.suppress(Error):  # the page may be gone by now
            tab = self._tabs.get(route.request.frame.page)
            if host not in self.browser.hosts:
                self.blocked[host[:100]] = None
                await route.abort("blockedbyclient")
            elif tab:
                await tab.route(route)
            else:
                await route.abort()


class Browser:
    """A running Chromium.

    Attributes:
        origin: Where the web app is.
        hosts: The only hosts that are reached.
        version: Name and version.
        patience: Seconds that one step may take.
    """

    def __init__(self, client: Client, chromium: "Chromium", origin: str, hosts: frozenset[str]) -> None:
        self.client, self.origin, self.hosts = client, origin, hosts
        self.version = f"Chromium {chromium.version}"
        self.patience = max(client.target.pace.timeout.total_seconds(), PATIENCE_S)
        self._chromium = chromium

    @contextlib.asynccontextmanager
    async def window(self) -> AsyncIterator[Window]:
        """A window of its own while the block lasts."""
        # wide and high, so that nothing that is fixed to an edge covers what is to be clicked
        context = await self._chromium.new_context(
            viewport={"width": 1280, "height": 1600},
            service_workers="block",
            accept_downloads=False,
            locale="en-GB",
            reduced_motion="reduce",  # drawing what moves takes a third of a page's time, and nobody watches
        )
        try:
            window = Window(self, context)
            await context.add_init_script(_WATCH)
            await context.route("**/*", window.route)
            yield window
        finally:
            with contextlib.suppress(Exception):
                await context.close()


@contextlib.asynccontextmanager
async def open_browser(client: Client, origin: str, hosts: Iterable[str] = ()) -> AsyncIterator[Browser]:
    """Run Chromium while the block lasts.

    Args:
        client: The run's client: its resolvers, its trust, its count of requests.
        origin: Where the web app is.
        hosts: Hosts to reach besides the origin's and production's.

    Raises:
        Unobservable: Playwright or Chromium is missing, or the origin cannot be reached safely.
    """
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        raise Unobservable("Playwright is not installed (the extra `browser`)") from None
    addresses = [origin, client.target.production, *(f"https://{host}" for host in hosts)]
    rules, pins = [], []
    for url in dict.fromkeys(addresses):
        try:
            rules.append(await _rule(client, url))
            pins += await _pin(client, url)
        except Unobservable:
            if url == origin:
                raise
    rules += ["MAP * ~NOTFOUND"]  # also for what goes past Playwright: preconnections, sockets, redirects
    arguments = [f"--host-resolver-rules={', '.join(dict.fromkeys(rules))}"]
    arguments += [f"--ignore-certificate-errors-spki-list={','.join(pins)}"] if pins else []
    async with contextlib.AsyncExitStack() as stack:
        try:
            playwright = await stack.enter_async_context(async_playwright())
            chromium = await playwright.chromium.launch(
                executable_path=_executable(playwright),
                args=arguments,
                # as root Chromium refuses to start with one
                chromium_sandbox=os.geteuid() != 0,
                handle_sigint=False,
                handle_sigterm=False,
                timeout=START_S * 1000,
            )
        except Error as error:
            raise Unobservable(f"Chromium does not start: {str(error).strip().splitlines()[0][:_LONGEST]}") from None
        stack.push_async_callback(_close, chromium)
        own = frozenset(str(urlsplit(url).hostname) for url in addresses)
        yield Browser(client, chromium, origin, own)


async def _close(chromium: "Chromium") -> None:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(5):
            await chromium.close()


def _executable(playwright: "Playwright") -> str:
    named = os.environ.get("READINESS_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None) or playwright.chromium.executable_path
    if not Path(found).is_file():
        what = (
            f"{named} (READINESS_CHROMIUM) is not there"
            if named
            else "none on the PATH, and READINESS_CHROMIUM not set"
        )
        raise Unobservable(f"Chromium is not installed: {what}")
    return str(found)


async def _rule(client: Client, url: str) -> str:
    """The resolver rule by which Chromium goes where the run's own requests go."""
    host = str(urlsplit(url).hostname)
    if is_address(host):
        return f"EXCLUDE {host}"
    try:
        address = await client.address(host)
    except OSError as error:
        raise Unobservable(str(error)) from None
    return f"MAP {host} {f'[{address}]' if ':' in address else address}"


async def _pin(client: Client, url: str) -> list[str]:
    """The digest of the host's public key, where Chromium must be told that it is to be trusted.

    Chromium cannot be given a certificate authority. So the client verifies the certificate with the target's own
    authority first, and the one key that it has seen is all that Chromium accepts besides what it trusts by itself.
    """
    if not url.startswith("https:") or client.target.ca_file is None:
        return []
    shaken = await client.handshake(url)
    if not shaken.ok:
        raise Unobservable(f"{urlsplit(url).netloc}: {shaken.failure}", shaken)
    key = x509.load_der_x509_certificate(shaken.certificate).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return [base64.b64encode(hashlib.sha256(der).digest()).decode()]
