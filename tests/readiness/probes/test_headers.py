"""Headers: each one there, missing, weak, and on error pages too."""

import itertools

import pytest
from readiness.probes.headers import headers
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

STRICT = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
GOOD = {
    "Content-Security-Policy": STRICT,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin",
    "Permissions-Policy": "camera=()",
    "Server": "edge",
}


def platform(page, status=200, error=None, error_status=404):
    async def endpoint(request):
        return HTMLResponse("<h1>Hello</h1>", status, headers=page() if callable(page) else page)

    async def other(request):
        return HTMLResponse(
            "no", error_status, headers={"X-Content-Type-Options": "nosniff"} if error is None else error
        )

    return Starlette(routes=[Route("/", endpoint), Route("/{path:path}", other)])


@pytest.fixture
def look(serve, target_of, observe):
    async def run(*args, **keys):
        return await observe(headers, target_of(serve(platform(*args, **keys))))

    return run


async def test_a_page_with_everything_passes_everything(look):
    seen = await look(GOOD)
    assert seen.value("headers.csp_weaknesses") == 0
    assert seen.value("headers.csp_weaknesses_strict") == 0
    for name in ("csp_enforced", "nosniff", "framing_denied", "referrer_policy", "permissions_policy"):
        assert seen.value(f"headers.{name}") is True, name
    assert seen.value("headers.version_disclosed") is False


async def test_a_bare_page_passes_nothing(look):
    seen = await look({})
    for name in ("csp_enforced", "nosniff", "framing_denied", "referrer_policy", "permissions_policy"):
        assert seen.value(f"headers.{name}") is False, name
    for name in ("csp_weaknesses", "csp_weaknesses_strict"):
        assert seen[f"headers.{name}"].status == "unavailable"


async def test_a_policy_that_only_reports_is_not_enforced(look):
    seen = await look({"Content-Security-Policy-Report-Only": STRICT})
    assert seen.value("headers.csp_enforced") is False


@pytest.mark.parametrize(
    ("name", "header", "value"),
    [
        ("nosniff", "X-Content-Type-Options", "sniff"),
        ("framing_denied", "Content-Security-Policy", "frame-ancestors *"),
        ("framing_denied", "Content-Security-Policy", "frame-ancestors https:"),
        ("referrer_policy", "Referrer-Policy", "unsafe-url"),
        ("referrer_policy", "Referrer-Policy", "no-referrer, unsafe-url"),
        ("referrer_policy", "Referrer-Policy", "nonsense"),
        ("permissions_policy", "Permissions-Policy", ","),
    ],
)
async def test_a_header_that_forbids_nothing_does_not_count(look, name, header, value):
    seen = await look({**GOOD, header: value})
    assert seen.value(f"headers.{name}") is False


@pytest.mark.parametrize(("value", "denied"), [("DENY", True), ("sameorigin", True), ("ALLOW-FROM https://a.b", False)])
async def test_frame_options_count_where_no_policy_speaks_of_frames(look, value, denied):
    assert (await look({"X-Frame-Options": value})).value("headers.framing_denied") is denied


async def test_frame_options_do_not_count_beside_frame_ancestors(look):
    seen = await look({"X-Frame-Options": "DENY", "Content-Security-Policy": "frame-ancestors *"})
    assert seen.value("headers.framing_denied") is False


async def test_an_error_page_without_nosniff_is_seen(look):
    assert (await look(GOOD, error={})).value("headers.nosniff") is False


@pytest.mark.parametrize(
    "header", [{"Server": "nginx/1.25.3"}, {"X-Powered-By": "PHP/8.2"}, {"X-AspNet-Version": "4.0.30319"}]
)
async def test_a_version_is_seen_wherever_it_is_told(look, header):
    assert (await look({**GOOD, **header})).value("headers.version_disclosed") is True
    assert (await look(GOOD, error=header)).value("headers.version_disclosed") is True


@pytest.mark.parametrize("name", ["cloudflare", "gws", "nginx", "Express", "ECS (dcb/7F83)"])
async def test_a_name_without_a_version_is_no_disclosure(look, name):
    assert (await look({**GOOD, "Server": name})).value("headers.version_disclosed") is False


@pytest.mark.parametrize(("fresh", "extra"), [(True, 0), (False, 1)])
async def test_a_nonce_that_repeats_is_a_weakness(look, fresh, extra):
    count = itertools.count()

    def page():
        nonce = f"abc{next(count) if fresh else 0}"
        return {"Content-Security-Policy": f"{STRICT}; script-src 'nonce-{nonce}'".replace("script-src 'self'; ", "")}

    assert (await look(page)).value("headers.csp_weaknesses_strict") == extra


@pytest.mark.parametrize("status", [404, 500, 429])
async def test_what_is_not_a_page_says_nothing_of_pages(look, status):
    seen = await look({}, status)
    assert seen["headers.csp_enforced"].status == "unavailable"
    assert seen["headers.nosniff"].status == "unavailable"


async def test_another_hosts_page_is_not_judged(serve, target_of, observe):
    other = serve(platform(GOOD)).replace("127.0.0.1", "localhost")

    async def away(request):
        return RedirectResponse(other + "/")

    seen = await observe(headers, target_of(serve(Starlette(routes=[Route("/", away)]))))
    assert "localhost" in seen["headers.csp_enforced"].reason


async def test_a_hanging_page_is_unknown(serve, target_of, observe):
    import asyncio

    async def hang(request):
        await asyncio.sleep(5)
        return PlainTextResponse("late")

    target = target_of(serve(Starlette(routes=[Route("/", hang)])), pace={"timeout": "0.3s"})
    seen = await observe(headers, target)
    assert "0.3 s" in seen["headers.nosniff"].reason
