"""Plain HTTP and HSTS, against pairs of real servers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readiness.probes.https import LONGEST_AGE_S, hsts, https, refusal
from readiness.wire.exchange import Exchange
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

LOGIN = {"login": {"route": "/signin", "body": {"email": "{email}"}}}
METHODS = ["GET", "POST", "HEAD"]
LONG = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def always(get: Response, post: Response | None = None) -> Starlette:
    async def answer(request: Request) -> Response:
        return post if post and request.method == "POST" else get

    return Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)])


def redirecting(place: str, status: int = 308, post: Response | None = None) -> Starlette:
    async def answer(request: Request) -> Response:
        if post and request.method == "POST":
            return post
        return RedirectResponse(place.replace("{path}", request.url.path), status)

    return Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)])


@pytest.fixture
def secure(serve, authority):
    return serve(always(PlainTextResponse("hello", headers=LONG)), **authority.leaf())


@pytest.fixture
def look(serve, authority, target_of, observe, secure):
    """`await look(plain app or address, production=…)` runs the probe."""

    async def run(plain, production=secure, **keys):
        address = plain if isinstance(plain, str) else serve(plain)
        keys = {"plain": address, "ca_file": authority.ca_file, "pace": {"timeout": "2s"}, **LOGIN, **keys}
        return await observe(https, target_of(production, **keys))

    return run


async def test_a_platform_that_sends_everyone_to_https_for_ever(look, secure):
    seen = await look(redirecting(f"{secure}{{path}}"))
    assert seen.value("https.plain_refused") is True
    assert seen.value("https.plain_post_accepted") is False
    assert seen.value("https.hsts_max_age_s") == 31536000
    assert seen.value("https.hsts_subdomains") is True


async def test_a_closed_port_refuses_plain_http(look, closed):
    seen = await look(f"http://{closed}")
    assert seen.value("https.plain_refused") is True
    assert seen.value("https.plain_post_accepted") is False


async def test_a_temporary_redirect_does_not_refuse(look, secure):
    assert (await look(redirecting(f"{secure}{{path}}", 302))).value("https.plain_refused") is False


@pytest.mark.parametrize(
    ("status", "place", "refused"),
    [
        (301, "https://api.example.test/", True),
        (308, "HTTPS://API.example.test:443/deep", True),
        (302, "https://api.example.test/", False),
        (307, "https://api.example.test/", False),
        (200, "https://api.example.test/", False),
        (403, None, False),
        (301, None, False),
        (301, "https://other.example/", False),
        (301, "https://api.example.test:8443/", False),
        (301, "http://api.example.test/again", False),
        (301, "https://api.example.test@other.example/", False),
        (301, "https://other.example\\@api.example.test/", False),
        (301, "https://api.example.test:99999/", False),
        (301, "https://[/", False),
        (301, "/elsewhere", False),
        (301, "//api.example.test/", False),
        (503, None, None),
        (429, None, None),
    ],
)
def test_plain_http_is_refused_by_one_lasting_hop_to_https_on_the_same_host(status, place, refused):
    headers = (("location", place),) if place else ()
    answer = Exchange(
        method="GET", url="http://api.example.test/", status=status, headers=headers, observed_at=datetime.now(UTC)
    )
    assert refusal(answer, "https://api.example.test") is refused


async def test_a_deep_path_that_is_served_does_not_refuse(look, secure):
    async def answer(request: Request) -> Response:
        return RedirectResponse(secure, 301) if request.url.path == "/" else PlainTextResponse("hello")

    seen = await look(Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)]))
    assert seen.value("https.plain_refused") is False


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"access_token": "x"}),
        JSONResponse({"code": "bad_credentials"}, 401),
        JSONResponse({"detail": []}, 422),
        JSONResponse({"detail": "no"}, 400),
    ],
)
async def test_a_sign_in_that_reads_credentials_over_plain_http_is_accepted(look, secure, answer):
    seen = await look(redirecting(f"{secure}{{path}}", post=answer))
    assert seen.value("https.plain_refused") is True
    assert seen.value("https.plain_post_accepted") is True


@pytest.mark.parametrize("status", [400, 405, 426])
async def test_a_post_that_is_turned_away_is_not_accepted(look, secure, status):
    seen = await look(redirecting(secure, post=PlainTextResponse("the plain HTTP request was refused", status)))
    assert seen.value("https.plain_post_accepted") is False


@pytest.mark.parametrize("status", [429, 503])
async def test_what_cannot_be_judged_is_unknown(look, status):
    seen = await look(always(PlainTextResponse("later", status)))
    assert seen.value("https.plain_refused") is None
    assert seen.value("https.plain_post_accepted") is None
    assert str(status) in seen["https.plain_refused"].reason


async def test_a_post_to_a_made_up_path_that_is_not_there_proves_nothing(look, secure):
    seen = await look(redirecting(secure, post=PlainTextResponse("not found", 404)), login=None)
    assert seen.value("https.plain_post_accepted") is None


async def test_a_plain_redirect_of_the_api_itself_is_followed(look, secure):
    async def answer(request: Request) -> Response:
        if not request.url.path.endswith("/"):
            return RedirectResponse(f"{request.url.path}/", 307)
        return JSONResponse({"code": "bad"}, 401)

    seen = await look(Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)]))
    assert seen.value("https.plain_post_accepted") is True


async def test_a_host_that_is_down_has_refused_nothing(closed, target_of, observe):
    seen = await observe(https, target_of(f"https://{closed}", plain=f"http://{closed}", **LOGIN))
    assert {(seen[fact.name].status, bool(seen[fact.name].reason)) for fact in https.facts} == {("unavailable", True)}


async def test_a_page_without_the_header_has_no_hsts(look, serve, authority, closed):
    bare = serve(always(PlainTextResponse("hello")), **authority.leaf())
    seen = await look(f"http://{closed}", bare)
    assert seen.value("https.hsts_max_age_s") == 0
    assert seen.value("https.hsts_subdomains") is False


async def test_an_error_page_without_the_header_is_not_the_last_word(look, serve, authority, closed):
    async def health(request: Request) -> Response:
        return PlainTextResponse("ok", headers=LONG)

    address = serve(Starlette(routes=[Route("/health", health)]), **authority.leaf())
    assert (await look(f"http://{closed}", address)).value("https.hsts_max_age_s") == 31536000


async def test_an_error_page_with_the_header_counts(look, serve, authority, closed):
    address = serve(always(PlainTextResponse("no", 404, LONG)), **authority.leaf())
    assert (await look(f"http://{closed}", address)).value("https.hsts_subdomains") is True


async def test_a_server_error_says_nothing_of_hsts(look, serve, authority, closed):
    address = serve(always(PlainTextResponse("no", 503)), **authority.leaf())
    assert (await look(f"http://{closed}", address))["https.hsts_max_age_s"].reason == "status 503"


async def test_production_over_plain_http_refuses_nothing_and_its_hsts_is_ignored(serve, target_of, observe):
    seen = await observe(https, target_of(serve(always(JSONResponse({}, headers=LONG))), **LOGIN))
    assert seen.value("https.plain_refused") is False
    assert seen.value("https.plain_post_accepted") is True
    assert seen.value("https.hsts_max_age_s") == 0
    assert seen.value("https.hsts_subdomains") is False


async def test_a_plain_port_that_hangs_is_unknown(look, listen):
    port = listen(lambda connection: connection.recv(1_000) and connection.recv(1))
    seen = await look(f"http://127.0.0.1:{port}", pace={"timeout": "0.3s"})
    assert seen["https.plain_refused"].status == "unavailable"
    assert seen["https.plain_post_accepted"].status == "unavailable"


@pytest.mark.parametrize(
    ("values", "policy"),
    [
        (["max-age=300"], (300, False)),
        (['MAX-AGE="300" ; IncludeSubDomains;'], (300, True)),
        (["max-age=300", "max-age=600; includeSubDomains"], (300, False)),
        (["max-age=0; includeSubDomains"], (0, False)),
        (["includeSubDomains"], (0, False)),
        (["max-age=300; max-age=600"], (0, False)),
        (["max-age=-1"], (0, False)),
        (["max-age=1e9"], (0, False)),
        (["max-age=" + "9" * 5000], (LONGEST_AGE_S, False)),
        ([], (0, False)),
    ],
)
def test_hsts_is_read_as_rfc_6797_says(values, policy):
    assert hsts(values) == policy


@given(st.lists(st.text(), max_size=3))
def test_whatever_the_header_says_is_read_without_a_crash(values):
    seconds, _ = hsts(values)
    assert 0 <= seconds <= LONGEST_AGE_S
