"""The stranger: what probes ask in the name of somebody who does not exist, alike in every probe to be asked once."""

from datetime import datetime
from urllib.parse import urljoin, urlsplit

from readiness.body import FORM, JSON, Body
from readiness.evidence import digest_of
from readiness.probes import Context
from readiness.target import Limit, Login
from readiness.wire.exchange import Exchange

HARMLESS = "example.com"
"""Domain of made-up addresses: reserved (RFC 2606), yet address validators accept it, unlike `.invalid`."""


NOTHING = "00000000-0000-4000-8000-000000000000"
"""An id of nothing, for the placeholders of a path."""


def mark(now: datetime) -> str:
    """A word nobody uses, the same throughout a run: ten hexadecimal digits derived from its time."""
    return digest_of(now.isoformat())[:10]


def fill(declared: Login | Limit, now: datetime) -> Body:
    """The declared body or form with `{email}` and `{password}` replaced by those of the stranger."""
    email, password = f"nobody-{mark(now)}@{HARMLESS}", f"Not-a-Password-{mark(now)}"
    members, media = (declared.body, JSON) if declared.form is None else (declared.form, FORM)
    if members is None:
        return Body()
    given = {name: value.replace("{email}", email).replace("{password}", password) for name, value in members.items()}
    return Body.of(given, media)


def misfits(login: Login) -> tuple[Body, Body]:
    """Bodies that are no credentials: one without members, and one of another media type than the sign-in takes."""
    return (Body("{}", JSON), Body("{}", FORM)) if login.form is None else (Body("", FORM), Body("{}", JSON))


def nowhere(context: Context, side: str = "") -> str:
    """An address where nothing is, on `side` (the address of staging) or on production."""
    return f"{side or context.target.production}/nowhere-{mark(context.now)}"


async def lost(context: Context, side: str = "") -> Exchange:
    """The answer to GET of an address where nothing is, redirects followed as for what it is compared with."""
    return await context.client.get(nowhere(context, side), follow=3)


async def sign_in(context: Context) -> Exchange | None:
    """The answer to a sign-in with the stranger's credentials; None where the target declares no sign-in."""
    login = context.target.login
    return await post(context, login.route, fill(login, context.now)) if login else None


async def ask(context: Context, method: str, path: str) -> Exchange:
    """The answer to any operation: without a body and without credentials, so that it changes nothing."""
    return await context.client.request(method, context.url(path))


async def post(context: Context, route: str, body: Body) -> Exchange:
    """POST to production; a redirect that keeps the method (307 or 308, a missing slash) is followed once."""
    url = context.url(route)
    answer = await context.client.request("POST", url, content=body.content, headers=body.headers)
    location = answer.header("location")
    if answer.status in (307, 308) and location:
        place = urljoin(url, location)
        if urlsplit(place).netloc == urlsplit(url).netloc and place != url:
            return await context.client.request("POST", place, content=body.content, headers=body.headers)
    return answer


def catch_all(answer: Exchange, missing: Exchange) -> bool:
    """Whether an answer of 2xx is the page that the platform shows for addresses where nothing is."""
    if not (answer.ok and missing.ok) or answer.media_type != missing.media_type:
        return False
    return answer.media_type == "text/html" or _without_path(answer) == _without_path(missing)


def _without_path(answer: Exchange) -> str:
    # a page for everything often repeats what was asked for
    path = urlsplit(answer.url).path
    return answer.text.replace(path, "") if len(path) > 1 else answer.text
