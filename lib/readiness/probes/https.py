"""HTTPS: whether anything is served over plain HTTP, and whether browsers are told to stay with HTTPS."""

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import SplitResult, urljoin, urlsplit

from readiness.answers.obstacle import REFUSED, obstacle
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.wire.exchange import Exchange, host_and_port

DEEP_PATH = "/readiness/deep/path"
LONGEST_AGE_S = 10**12
"""Where a max-age is cut: it comes from the target and may have any number of digits."""

_PERMANENT = (301, 308)
# a sign-in that finds fault with the credentials has read them
_PROCESSED = (400, 401, 409, 413, 415, 422)


@probe(
    Fact("https.plain_refused", "boolean", "Plain HTTP is closed, or sends every address to HTTPS on the same host."),
    Fact("https.hsts_max_age_s", "number", "Time for which browsers are told to use HTTPS only.", unit="s"),
    Fact("https.hsts_subdomains", "boolean", "Browsers are told to use HTTPS for all subdomains as well."),
    Fact("https.plain_post_accepted", "boolean", "A POST over plain HTTP is carried out instead of refused."),
)
async def https(context: Context) -> AsyncIterator[Observation]:
    """Ask over plain HTTP for `/` and a deep path, post to the sign-in, and read HSTS from the page."""
    target, client = context.target, context.client
    encrypted = target.production.startswith("https:")
    base = target.plain_address if encrypted or target.plain else target.production

    page = await client.get(context.url(target.routes.page))
    alive = page.status is not None
    plain = await asyncio.gather(client.get(f"{base}/"), client.get(base + DEEP_PATH))
    # a host that is down has every port closed, which is no merit of its plain HTTP
    verdicts = [refusal(answer, target.production) if alive or answer.failure != REFUSED else None for answer in plain]
    wrong = [answer for answer, verdict in zip(plain, verdicts, strict=True) if verdict is False]
    unclear = [answer for answer, verdict in zip(plain, verdicts, strict=True) if verdict is None]
    if wrong:
        yield observed("https.plain_refused", False, *wrong)
    elif unclear:
        yield unavailable("https.plain_refused", f"plain HTTP: {obstacle(unclear[0])}", *unclear)
    else:
        yield observed("https.plain_refused", True, *plain, page)

    async for observation in _post(context, base, page):
        yield observation
    async for observation in _hsts(context):
        yield observation


async def _post(context: Context, base: str, page: Exchange) -> AsyncIterator[Observation]:
    fact, login = "https.plain_post_accepted", context.target.login
    posted = [await context.client.request("POST", base + (login.route if login else DEEP_PATH), json={})]
    place = _place(posted[0])
    if place and place.scheme == "http" and place.hostname == urlsplit(base).hostname:
        # the API itself adds a slash, say: what it does there is what a client would meet
        posted.append(await context.client.request("POST", place.geturl(), json={}))
    last = posted[-1]
    if last.failure == REFUSED and page.status is not None:
        yield observed(fact, False, *posted, page)
    elif reason := obstacle(last):
        yield unavailable(fact, f"plain HTTP: {reason}", *posted)
    elif last.status in (404, 405) and not login:
        yield unavailable(fact, "the target file names no login, and a made-up path tells nothing", *posted)
    else:
        yield observed(fact, last.ok or (last.status in _PROCESSED and last.json() is not None), *posted)


async def _hsts(context: Context) -> AsyncIterator[Observation]:
    target, facts = context.target, ("https.hsts_max_age_s", "https.hsts_subdomains")
    if not target.production.startswith("https:"):
        answer = await context.client.get(context.url(target.routes.page))
        # sent over plain HTTP the header has to be ignored (RFC 6797, 8.1), whatever it says
        for fact, nothing in zip(facts, (0, False), strict=True):
            if answer.failure:
                yield unavailable(fact, answer.failure, answer)
            else:
                yield observed(fact, nothing, answer)
        return
    answers: list[Exchange] = []
    # some servers send the header on success alone, so an error page without it is not the last word
    for route, follow in ((target.routes.page, 0), (target.routes.page, 3), (target.routes.health, 0)):
        if route == target.routes.page and follow and not _place(answers[-1]):
            continue
        answer = await context.client.get(context.url(route), follow=follow)
        if follow and host_and_port(answer.final_url) != host_and_port(target.production):
            continue  # another host's header says nothing of this one
        answers.append(answer)
        if not obstacle(answer) and (answer.ok or answer.all("strict-transport-security")):
            break
    shown = [answer for answer in answers if not obstacle(answer)]
    if not shown:
        for fact in facts:
            yield unavailable(fact, obstacle(answers[0]), *answers)
        return
    max_age_s, subdomains = hsts(shown[-1].all("strict-transport-security"))
    yield observed(facts[0], max_age_s, *shown)
    yield observed(facts[1], subdomains, *shown)


def refusal(answer: Exchange, production: str) -> bool | None:
    """Whether plain HTTP was refused: closed, or sent on for ever, in one hop, to production's own HTTPS.

    Returns:
        None when the answer shows neither.
    """
    if answer.failure == REFUSED:
        return True
    if obstacle(answer):
        return None
    place = _place(answer)
    if answer.status not in _PERMANENT or place is None or place.scheme != "https":
        return False
    return host_and_port(place.geturl()) == host_and_port(production)


def _place(answer: Exchange) -> SplitResult | None:
    """Where a redirect leads; None when it is none, or leads nowhere that every client reads alike."""
    location = answer.header("location")
    if answer.status not in (301, 302, 303, 307, 308) or not location or re.search(r"[\\\x00-\x20\x7f]", location):
        return None
    try:
        place = urlsplit(urljoin(answer.url, location))
        _ = place.port
    except ValueError:
        return None
    return place if place.hostname and place.scheme in ("http", "https") else None


def hsts(values: list[str]) -> tuple[float, bool]:
    """Read Strict-Transport-Security (RFC 6797, 6.1 and 8.1).

    Args:
        values: The header's values in order; the first alone counts.

    Returns:
        Seconds, 0 where there is no valid policy, and whether subdomains are included.
    """
    if not values:
        return 0, False
    directives: dict[str, str] = {}
    for part in values[0].split(";"):
        name, _, value = part.strip().partition("=")
        name = name.strip().lower()
        if name in directives:
            return 0, False
        if name:
            directives[name] = value.strip()
    age = re.fullmatch(r'([0-9]+)|"([0-9]+)"', directives.get("max-age", ""))
    if not age:
        return 0, False
    digits = age[1] or age[2]
    seconds = LONGEST_AGE_S if len(digits.lstrip("0")) > 12 else int(digits[-30:])
    return seconds, seconds > 0 and "includesubdomains" in directives
