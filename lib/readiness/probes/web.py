"""Web: what people meet in a browser: waiting, errors, their dashboard, registering, cookies and the privacy policy."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from readiness.answers.description import read
from readiness.answers.obstacle import away
from readiness.answers.problems import Problem, problems, tells, unknown
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.walkthrough import Waited, complete, open_slowly, provoke, put_away, send_twice, text_of, violations
from readiness.web import Web
from readiness.wire.browser import Browser, Tab, Window, open_browser
from readiness.wire.view import View

NOWHERE = "/readiness-nowhere"
"""A page that does not exist: what is shown there is shown for anything."""

POLICY_WORDS = 100
"""Words of the shortest privacy policy: Regulation (EU) 2016/679, article 13, asks for a dozen statements."""

ERRORS_S = 40.0
"""Seconds for all documented errors; those not seen by then widen the share."""

TABS = 6
"""Tabs that work at the same time; more than that wait for the processor, and seem slow for it."""

MADE_UP = {"email": "nobody@example.com", "password": "Rd7-held-back-and-never-sent", "token": "readiness"}
"""What is filled in where the form never reaches the platform."""

WAITING = ("web.busy_pages", "web.idle_pages", "web.submits", "web.double_submits")
SECTIONS = ("web.sections", "web.sections_reached_pct", "web.console_errors", "web.serious_violations")
REGISTRATION = ("web.registration_completes", "web.script_errors")
ERRORS = ("web.error_codes", "web.error_texts_pct")
CONSENT = ("web.privacy_policy", "web.cookies_before_consent")


@dataclass(frozen=True)
class Opened:
    """A section of the dashboard that was opened.

    Attributes:
        reached: It is there, and is what it should be.
        errors: Errors of its scripts and on its console.
        violations: Serious and critical findings on its accessibility.
        waited: How it waited for its data, or why that could not be seen.
        view: The record.
    """

    reached: bool
    errors: int
    violations: int
    waited: Waited | Unobservable
    view: View


@probe(
    Fact("web.busy_pages", "number", "Pages that show within 300 ms that they wait.", "pages"),
    Fact("web.idle_pages", "number", "Pages that show nothing while they wait.", "pages"),
    Fact("web.submits", "number", "Forms that were sent by a double click.", "forms"),
    Fact("web.double_submits", "number", "Requests that a second click sent again.", "requests"),
    Fact("web.sections", "number", "Sections of the dashboard that were opened.", "sections"),
    Fact("web.sections_reached_pct", "number", "Declared sections of the dashboard that are there.", "%"),
    Fact("web.console_errors", "number", "Errors of scripts and on the console of the dashboard's sections.", "errors"),
    Fact("web.serious_violations", "number", "Serious findings on the accessibility of the dashboard.", "findings"),
    Fact("web.registration_completes", "boolean", "A person can register in a browser."),
    Fact("web.script_errors", "number", "Errors of scripts while registering in a browser.", "errors"),
    Fact("web.error_codes", "number", "Documented error codes that the web app was answered with.", "codes"),
    Fact("web.error_texts_pct", "number", "Documented error codes for which the web app shows a text.", "%"),
    Fact("web.privacy_policy", "boolean", "The privacy policy is at its address, with its content."),
    Fact("web.cookies_before_consent", "number", "Cookies set unasked that are not declared essential.", "cookies"),
    deadline=90,
)
async def web(context: Context) -> AsyncIterator[Observation]:
    """Lead a browser through the declared pages; what forms send is held back, but for one registration and sign-in."""
    declared = context.target.web
    try:
        if declared is None:
            raise Unobservable("the target file describes no web app (web)")
        async with open_browser(context.client, declared.address, declared.hosts) as browser:
            checks = _Checks(context, browser, declared)
            # the one that takes longest begins first
            groups = [checks.errors(), checks.waiting_and_sections(), checks.registration(), checks.consent()]
            tasks = [asyncio.ensure_future(group) for group in groups]
            try:
                for task in asyncio.as_completed(tasks):
                    for observation in await task:
                        yield observation
            finally:
                for one in tasks:
                    one.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    except Unobservable as obstacle:
        for fact in (*WAITING, *SECTIONS, *REGISTRATION, *ERRORS, *CONSENT):
            yield _unavailable(fact, obstacle)


class _Checks:
    def __init__(self, context: Context, browser: Browser, declared: Web) -> None:
        self.context, self.browser, self.declared = context, browser, declared
        self.tabs = asyncio.Semaphore(TABS)

    # --- waiting, and the dashboard ---------------------------------------------------------------------------------

    async def waiting_and_sections(self) -> list[Observation]:
        """Every page while it waits; the sections of the dashboard serve for both."""
        pages, opened = await asyncio.gather(self._pages(), self._sections())
        sections = opened if isinstance(opened, Unobservable) else [one.waited for one in opened]
        waited = [*pages, *(sections if isinstance(sections, list) else [sections] * len(self.declared.sections))]
        return [*_waiting(waited), *_sections(opened, len(self.declared.sections))]

    async def _pages(self) -> list[Waited | Unobservable]:
        async with self.browser.window() as window:
            return list(await asyncio.gather(*(self._page(window, name) for name in self.declared.pages)))

    async def _page(self, window: Window, name: str) -> Waited | Unobservable:
        page = self.declared.pages[name]

        async def look() -> Waited:
            tab = await window.tab()
            if page.submit:
                return await send_twice(tab, page, MADE_UP, self.declared.refuse)
            return await open_slowly(tab, page.path.replace("{token}", MADE_UP["token"]))

        async with self.tabs:
            try:
                return await _again(await look(), look)
            except Unobservable as obstacle:
                return obstacle

    async def _sections(self) -> list[Opened] | Unobservable:
        try:
            page = self.declared.pages.get("sign_in")
            if page is None or not self.declared.sections:
                raise Unobservable("the target file describes no sections or no sign-in of the web app (web)")
            person = await self.context.accounts.person("ana")
            async with self.browser.window() as window:
                tab = await window.tab()
                signed_in = await complete(
                    tab, page, self._credentials(person.email, person.password), self.declared.refuse
                )
                if not signed_in.done:
                    raise Unobservable("signing in to the web app does not work", signed_in.view)
                await put_away(tab, self.declared.refuse)
                return await self._open_all(window, tab)
        except Unobservable as obstacle:
            return obstacle

    async def _open_all(self, window: Window, signed_in: Tab) -> list[Opened]:
        paths = list(self.declared.sections.values())
        beside = await window.tab(signed_in)
        await beside.open(paths[0].rpartition("/")[0] + NOWHERE)
        elsewhere = urlsplit(beside.page.url).path.endswith(NOWHERE)
        nothing = await text_of(beside) if elsewhere else None  # led elsewhere: what is shown there is no error page
        return list(await asyncio.gather(*(self._open(window, signed_in, path, nothing) for path in paths)))

    async def _open(self, window: Window, signed_in: Tab, path: str, nothing: str | None) -> Opened:
        async def look() -> Waited:
            return await open_slowly(await window.tab(signed_in), path)

        async with self.tabs:
            tab = await window.tab(signed_in)
            waited: Waited | Unobservable
            try:
                waited = await _again(await open_slowly(tab, path), look)
            except Unobservable as obstacle:
                if obstacle.exchanges and obstacle.exchanges[-1].failure:
                    raise
                waited = obstacle
            text, found = await text_of(tab), await violations(tab)
            there = urlsplit(tab.page.url).path.rstrip("/") == urlsplit(path).path.rstrip("/")
            missing = isinstance(waited, Unobservable) and "status" in waited.reason
            reached = there and not missing and bool(text.strip()) and not _alike(text, nothing)
            errors = [*tab.errors, *tab.console]
            seen = ["it is there" if reached else f"it is not there: {' '.join(text.split())[:120]}", *errors, *found]
            view = tab.view("sign in first, and look at the section, its console and its accessibility", *seen)
            return Opened(reached, len(errors), len(found), waited, view)

    # --- registering ------------------------------------------------------------------------------------------------

    async def registration(self) -> list[Observation]:
        """Register a person of our own in a browser."""
        accounts, page = self.context.accounts, self.declared.pages.get("sign_up")
        try:
            if page is None:
                raise Unobservable("the target file describes no sign-up in the web app (web.pages.sign_up)")
            await accounts.permitted()
            person = accounts.stranger()
            accounts.expect(person)
            async with self.tabs, self.browser.window() as window:
                tab = await window.tab()
                result = await complete(
                    tab, page, self._credentials(person.email, person.password), self.declared.refuse
                )
                if result.done:
                    accounts.moved(person, person.email)  # it is there for sure
                return [
                    observed("web.registration_completes", result.done, result.view),
                    observed("web.script_errors", len(tab.errors), result.view),
                ]
        except Unobservable as obstacle:
            return [_unavailable(fact, obstacle) for fact in REGISTRATION]

    # --- errors -----------------------------------------------------------------------------------------------------

    async def errors(self) -> list[Observation]:
        """Answer a form with each documented error in the platform's place, and read what the page says."""
        try:
            page = self.declared.pages.get("sign_in") or next(
                (p for p in self.declared.pages.values() if p.submit), None
            )
            if page is None:
                raise Unobservable("the target file describes no form of the web app (web.pages)")
            async with self.tabs, self.browser.window() as window:
                documented = await self._documented()
                tab = await window.tab()

                async def shown(problem: Problem) -> str:
                    with contextlib.suppress(Unobservable):
                        if text := await provoke(tab, page, problem, MADE_UP, self.declared.refuse):
                            return text
                    # the same text as before, or none, or a form that wants to rest: a fresh page tells which
                    await tab.open("/")
                    return await provoke(tab, page, problem, MADE_UP, self.declared.refuse)

                clock = asyncio.get_running_loop().time
                fallback, ends, texts = await shown(unknown(documented[0])), clock() + ERRORS_S, dict[str, str]()
                for problem in documented:
                    if clock() < ends:
                        texts[problem.code] = await shown(problem)
                told = sum(tells(texts[one.code], one, fallback) for one in documented if one.code in texts)
                seen = [f"{code}: {' '.join(text.split()) or 'nothing'}" for code, text in texts.items()]
                view = tab.view("send the form and answer it with each documented error in the platform's place", *seen)
                low, high = (100 * part / len(documented) for part in (told, told + len(documented) - len(texts)))
                return [
                    observed("web.error_codes", len(texts), view),
                    observed("web.error_texts_pct", round(low, 2), view, low=round(low, 2), high=round(high, 2)),
                ]
        except Unobservable as obstacle:
            return [_unavailable(fact, obstacle) for fact in ERRORS]

    async def _documented(self) -> Sequence[Problem]:
        route = self.context.target.routes.openapi
        if route is None:
            raise Unobservable("the target file names no OpenAPI document, which the error codes are documented in")
        answer = await self.context.client.get(self.context.url(route))
        description = read(answer.body) if answer.ok else None
        if description is None:
            raise Unobservable(away(answer) or "there is no OpenAPI document at the declared route", answer)
        found = problems(description)
        if not found:
            raise Unobservable("the OpenAPI document shows no answer that carries an error code", answer)
        return found

    # --- cookies and the privacy policy -----------------------------------------------------------------------------

    async def consent(self) -> list[Observation]:
        """Open public pages as somebody who has agreed to nothing, the privacy policy among them."""
        async with self.tabs, self.browser.window() as window:
            tab = await window.tab()
            policy = await settled("web.privacy_policy", self._policy(tab))
            return [policy, await settled("web.cookies_before_consent", self._cookies(window, tab))]

    async def _policy(self, tab: Tab) -> Observation:
        path = self.declared.privacy
        if path is None:
            raise Unobservable("the target file names no privacy policy (web.privacy)")
        others = []
        for place in ("/", NOWHERE):
            await tab.open(place)
            others.append(await text_of(tab))
        status = await tab.open(path)
        text = await text_of(tab)
        words = len(re.findall(r"\w{2,}", text))
        view = tab.view("read it", f"status {status}, {words} words")
        if status == 429 or status >= 500:
            raise Unobservable(f"the privacy policy is answered with status {status}", view)
        there = status < 300 and words >= POLICY_WORDS and not any(_alike(text, other) for other in others)
        return observed("web.privacy_policy", there, view)

    async def _cookies(self, window: Window, tab: Tab) -> Observation:
        sign_up = self.declared.pages.get("sign_up")
        for path in ("/", sign_up.path if sign_up else "/"):
            status = await tab.open(path)
            if status == 429 or status >= 500:
                raise Unobservable(f"{path} is answered with status {status}", tab.view("open it", f"status {status}"))
        await asyncio.sleep(0.3)  # what a script sets, it sets once it runs
        names = sorted({str(cookie.get("name")) for cookie in await window.context.cookies()})
        unasked = [name for name in names if name not in self.declared.essential_cookies]
        view = tab.view(
            "answer nothing that is asked, and look at the cookies", f"cookies: {', '.join(names) or 'none'}"
        )
        if window.blocked and not unasked:
            hosts = ", ".join(list(window.blocked)[:5])
            raise Unobservable(f"pages also ask {hosts} for something, which may set cookies (web.hosts)", view)
        return observed("web.cookies_before_consent", len(unasked), view)

    @staticmethod
    def _credentials(email: str, password: str) -> dict[str, str]:
        return {"email": email, "password": password, "token": MADE_UP["token"]}


async def _again(first: Waited, look: Callable[[], Awaitable[Waited]]) -> Waited:
    """Look once more where a page showed nothing in time: our own machine may have been busy with something else."""
    return first if first.busy else await look()


def _waiting(waited: Sequence[Waited | Unobservable]) -> list[Observation]:
    seen = [one for one in waited if isinstance(one, Waited)]
    unseen = [one for one in waited if isinstance(one, Unobservable)]
    if not seen:
        obstacle = (
            unseen[0] if unseen else Unobservable("the target file describes no pages of the web app (web.pages)")
        )
        return [_unavailable(fact, obstacle) for fact in WAITING]
    views = [one.view for one in seen]
    busy, idle = sum(one.busy for one in seen), sum(not one.busy for one in seen)
    forms = [one for one in seen if one.sent]
    found = [
        # a page that could not be looked at may be either, so it widens both
        observed("web.busy_pages", busy, *views, low=busy, high=busy + len(unseen)),
        observed(
            "web.idle_pages",
            idle,
            *[one.view for one in seen if not one.busy] or views,
            low=idle,
            high=idle + len(unseen),
        ),
        observed(
            "web.submits",
            len(forms),
            *([one.view for one in forms] or views),
            low=len(forms),
            high=len(forms) + len(unseen),
        ),
    ]
    if not forms:
        return [*found, unavailable("web.double_submits", "no form was sent", *views)]
    again = [one for one in forms if one.sent > 1]
    views = [one.view for one in again or forms]
    return [*found, observed("web.double_submits", sum(one.sent - 1 for one in forms), *views)]


def _sections(opened: list[Opened] | Unobservable, declared: int) -> list[Observation]:
    if isinstance(opened, Unobservable):
        return [_unavailable(fact, opened) for fact in SECTIONS]
    views = [one.view for one in opened]
    lost = [one.view for one in opened if not one.reached] or views
    erring = [one.view for one in opened if one.errors] or views
    violating = [one.view for one in opened if one.violations] or views
    return [
        observed("web.sections", len(opened), *views),
        observed("web.sections_reached_pct", round(100 * sum(one.reached for one in opened) / declared, 2), *lost),
        observed("web.console_errors", sum(one.errors for one in opened), *erring),
        observed("web.serious_violations", sum(one.violations for one in opened), *violating),
    ]


def _alike(text: str, other: str | None) -> bool:
    """Whether two pages show the same, but for the path that was asked for."""
    return other is not None and " ".join(text.split()) == " ".join(other.split())


def _unavailable(fact: str, obstacle: Unobservable) -> Observation:
    return unavailable(fact, obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)
