"""Staging beside production, both real servers."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readiness.probes.staging import signing_keys, staging
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

FACTS = [fact.name for fact in staging.facts]
JWKS = {"routes": {"jwks": "/jwks"}}


def number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes(32, "big")).decode().rstrip("=")


def key(value: int, kid: str = "1") -> dict[str, str]:
    return {"kty": "RSA", "kid": kid, "e": "AQAB", "n": number(value)}


def platform(release: str = "", keys: object = None, health: Response | None = None) -> Starlette:
    async def answer(request: Request) -> Response:
        return health or JSONResponse({"status": "ok"} | ({"release": release} if release else {}))

    async def published(request: Request) -> Response:
        return JSONResponse(keys)

    return Starlette(routes=[Route("/health", answer), Route("/jwks", published)])


@pytest.fixture
def look(serve, target_of, observe):
    """`await look(production app, staging app or address)` runs the probe."""

    async def run(production, other, **keys):
        address = other if isinstance(other, str) else serve(other)
        return await observe(staging, target_of(serve(production), staging=address, **{**JWKS, **keys}))

    return run


async def test_a_staging_of_its_own(look):
    seen = await look(platform("a1", {"keys": [key(1)]}), platform("b2", {"keys": [key(2)]}))
    assert seen.value("staging.answers") is True
    assert seen.value("staging.same_deployment") is False
    assert seen.value("staging.shares_signing_keys") is False


async def test_production_under_another_name_is_the_same_deployment(look):
    app = platform("a1", {"keys": [key(1)]})
    seen = await look(app, app)
    assert seen.value("staging.same_deployment") is True
    assert seen.value("staging.shares_signing_keys") is True


async def test_the_same_address_written_twice_is_the_same_deployment(serve, target_of, observe):
    address = serve(platform())
    assert (await observe(staging, target_of(address, staging=address))).value("staging.same_deployment") is True


async def test_the_same_certificate_and_release_are_the_same_deployment(serve, authority, target_of, observe):
    leaf = authority.leaf()
    pair = [serve(platform("a1"), **leaf) for _ in range(2)]
    seen = await observe(staging, target_of(pair[0], staging=pair[1], ca_file=authority.ca_file))
    assert seen.value("staging.same_deployment") is True


async def test_another_certificate_is_another_deployment(serve, authority, target_of, observe):
    pair = [serve(platform("a1"), **authority.leaf()) for _ in range(2)]
    seen = await observe(staging, target_of(pair[0], staging=pair[1], ca_file=authority.ca_file))
    assert seen.value("staging.same_deployment") is False


async def test_one_address_without_a_release_tells_nothing(look):
    assert (await look(platform(), platform())).value("staging.same_deployment") is None


async def test_a_key_under_another_id_is_still_shared(look):
    keys = {"keys": [key(1, "production")]}, {"keys": [key(9), key(1, "staging")]}
    assert (await look(platform(keys=keys[0]), platform(keys=keys[1]))).value("staging.shares_signing_keys") is True


@pytest.mark.parametrize("keys", [{"keys": []}, {}, [], None, {"keys": "all"}, {"keys": [{"kid": "1"}]}])
async def test_no_key_on_one_side_proves_nothing(look, keys):
    seen = await look(platform(keys={"keys": [key(1)]}), platform(keys=keys))
    assert seen["staging.shares_signing_keys"].reason == "staging publishes no signing key"


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_a_staging_with_another_status_does_not_answer(look, status):
    seen = await look(platform(), platform(health=PlainTextResponse("no", status)))
    assert seen.value("staging.answers") is False


async def test_a_closed_port_beside_a_live_production_does_not_answer(look, closed):
    seen = await look(platform(), f"http://{closed}")
    assert seen.value("staging.answers") is False
    assert seen.value("staging.same_deployment") is None


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_a_staging_that_is_not_open_to_us_is_unknown(look, status):
    seen = await look(platform(), platform(health=PlainTextResponse("no", status)))
    assert seen.value("staging.answers") is None
    assert str(status) in seen["staging.answers"].reason


async def test_a_sign_in_page_elsewhere_is_not_staging(look, serve):
    sign_in = serve(platform()).replace("127.0.0.1", "localhost")
    seen = await look(platform(), platform(health=RedirectResponse(f"{sign_in}/health")))
    assert seen["staging.answers"].reason == "staging sends its visitors to localhost"


async def test_a_staging_that_sends_its_visitors_to_production_does_not_answer(serve, target_of, observe):
    production = serve(platform()).replace("127.0.0.1", "localhost")
    other = serve(platform(health=RedirectResponse(f"{production}/health")))
    assert (await observe(staging, target_of(production, staging=other))).value("staging.answers") is False


async def test_a_page_that_answers_everything_with_200_is_not_staging(look):
    async def parked(request: Request) -> Response:
        return HTMLResponse("<h1>Soon</h1>")

    seen = await look(platform(), Starlette(routes=[Route("/{path:path}", parked)]))
    assert seen.value("staging.answers") is False


async def test_a_staging_that_is_not_declared_is_unknown(serve, target_of, observe):
    seen = await observe(staging, target_of(serve(platform())))
    assert {seen[fact].reason for fact in FACTS} == {"the target file names no staging"}


async def test_nothing_is_said_when_neither_side_can_be_reached(closed, target_of, observe):
    seen = await observe(staging, target_of(f"http://{closed}", staging=f"https://{closed}", **JWKS))
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}


def test_padding_and_leading_zeros_do_not_hide_a_shared_key():
    plain, padded = key(5), {**key(5), "n": base64.urlsafe_b64encode((5).to_bytes(3, "big")).decode() + "=="}
    assert signing_keys({"keys": [plain]}) == signing_keys({"keys": [padded]})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["keys", "n", "x", "kty"]), inner),
    max_leaves=8,
)


@given(json_values)
def test_whatever_is_published_as_keys_is_read_without_a_crash(document):
    assert isinstance(signing_keys(document), set)
    assert isinstance(signing_keys({"keys": [document]}), set)
