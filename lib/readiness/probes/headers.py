"""Headers: what the platform's answers tell a browser to forbid."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from readiness.answers.obstacle import unjudgeable
from readiness.answers.policy import nonces, parse, restricts_framing, weaknesses
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import lost
from readiness.wire.exchange import Exchange

_SAFE_REFERRERS = {
    "no-referrer",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
}
_REFERRERS = _SAFE_REFERRERS | {"unsafe-url", "no-referrer-when-downgrade"}
_TELLING = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "x-runtime-version")
_VERSION = re.compile(r"(?:^|[\s/(])v?\d+(?:\.\d+)*(?![\w.])")

_ON_PAGE = (
    "headers.csp_enforced",
    "headers.csp_weaknesses",
    "headers.csp_weaknesses_strict",
    "headers.nosniff",
    "headers.framing_denied",
    "headers.referrer_policy",
    "headers.permissions_policy",
    "headers.version_disclosed",
)


@probe(
    Fact("headers.csp_enforced", "boolean", "Pages carry a Content-Security-Policy that browsers enforce."),
    Fact("headers.csp_weaknesses", "number", "Ways in which the page's policy still lets scripts in.", "weaknesses"),
    Fact(
        "headers.csp_weaknesses_strict",
        "number",
        "Ways in which the page's policy falls short of a strict one: also framing, eval and repeated nonces.",
        "weaknesses",
    ),
    Fact("headers.nosniff", "boolean", "Browsers are told not to guess what kind of file an answer is."),
    Fact("headers.framing_denied", "boolean", "Other websites cannot show the platform's pages in a frame."),
    Fact("headers.referrer_policy", "boolean", "Full addresses of pages are not told to other websites."),
    Fact("headers.permissions_policy", "boolean", "Pages say which of the browser's features they may use."),
    Fact("headers.version_disclosed", "boolean", "Answers tell which version of a server or framework runs."),
)
async def headers(context: Context) -> AsyncIterator[Observation]:
    """GET the declared page and an address where nothing is; the page once more where its policy has a nonce."""
    page = await context.client.get(context.url(context.target.routes.page), follow=3)
    error = await lost(context)
    if reason := _not_a_page(page) or _elsewhere(page, context):
        for name in _ON_PAGE:
            yield unavailable(name, reason, page)
        if any(discloses_version(answer) for answer in (page, error)):
            yield observed("headers.version_disclosed", True, page, error)
        return

    policies = parse(page.all("content-security-policy"))
    yield observed("headers.csp_enforced", bool(policies), page)
    if policies:
        weak = weaknesses(policies)
        yield observed("headers.csp_weaknesses", len(weak), page)
        async for observation in _strict(context, page):
            yield observation
    else:
        for name in ("headers.csp_weaknesses", "headers.csp_weaknesses_strict"):
            yield unavailable(name, "the page carries no enforced policy", page)

    if not nosniff(page):
        yield observed("headers.nosniff", False, page)
    elif reason := unjudgeable(error):
        yield unavailable("headers.nosniff", f"the error page: {reason}", page, error)
    else:
        yield observed("headers.nosniff", nosniff(error), page, error)
    yield observed("headers.framing_denied", denies_framing(page), page)
    yield observed("headers.referrer_policy", keeps_referrer(page), page)
    yield observed("headers.permissions_policy", bool((page.header("permissions-policy") or "").strip(" ,")), page)
    yield observed("headers.version_disclosed", any(map(discloses_version, (page, error))), page, error)


async def _strict(context: Context, page: Exchange) -> AsyncIterator[Observation]:
    policies = parse(page.all("content-security-policy"))
    weak, used = weaknesses(policies, strict=True), nonces(policies)
    if not used:
        yield observed("headers.csp_weaknesses_strict", len(weak), page)
        return
    again = await context.client.get(page.url, follow=3, fresh=True)
    if reason := _not_a_page(again):
        yield unavailable("headers.csp_weaknesses_strict", f"the second load: {reason}", page, again)
    else:
        repeated = used & nonces(parse(again.all("content-security-policy")))
        yield observed("headers.csp_weaknesses_strict", len(weak) + bool(repeated), page, again)


def _not_a_page(page: Exchange) -> str:
    """Why an answer does not stand for the platform's pages: servers often leave headers off their failures."""
    if reason := unjudgeable(page):
        return reason
    return "" if page.ok or page.status in (401, 403) else f"status {page.status} instead of a page"


def _elsewhere(page: Exchange, context: Context) -> str:
    own = context.target.hosts | {urlsplit(context.target.origin or "").hostname}
    host = urlsplit(page.final_url).hostname
    return "" if host in own else f"the page redirects to {host}, which is not the platform's"


def nosniff(answer: Exchange) -> bool:
    """`X-Content-Type-Options: nosniff`; of several values the first counts (Fetch standard)."""
    return (answer.header("x-content-type-options") or "").split(",")[0].strip().lower() == "nosniff"


def denies_framing(answer: Exchange) -> bool:
    """`frame-ancestors` names who may frame the page, or, only where there is none, X-Frame-Options does (CSP3 7.7.1).

    `ALLOW-FROM` does not count: browsers ignore it.
    """
    policies = parse(answer.all("content-security-policy"))
    if any("frame-ancestors" in policy for policy in policies):
        return any(restricts_framing(policy) for policy in policies)
    values = {value.strip().upper() for value in (answer.header("x-frame-options") or "").split(",")}
    return values <= {"DENY", "SAMEORIGIN"}


def keeps_referrer(answer: Exchange) -> bool:
    """The last policy that a browser knows (Referrer Policy, 8.1) does not tell full addresses to other sites."""
    values = [value.strip().lower() for value in (answer.header("referrer-policy") or "").split(",")]
    known = [value for value in values if value in _REFERRERS]
    return bool(known) and known[-1] in _SAFE_REFERRERS


def discloses_version(answer: Exchange) -> bool:
    """A header that names software carries a version number."""
    return any(_VERSION.search(value) for name in _TELLING for value in answer.all(name))
