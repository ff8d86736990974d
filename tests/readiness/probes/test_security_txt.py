"""The disclosure contact, against real servers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readiness.probes.security_txt import off_limits, read, security_txt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

FACTS = [fact.name for fact in security_txt.facts]
GOOD = "Contact: mailto:security@example.test\nExpires: 2026-09-01T09:00:00Z\n"
PATH = "/.well-known/security.txt"


def platform(file: Response, policy: Response | None = None) -> Starlette:
    async def published(request: Request) -> Response:
        return file

    async def rules(request: Request) -> Response:
        return policy or HTMLResponse("<h1>How to report</h1>")

    return Starlette(routes=[Route(PATH, published), Route("/policy/", rules)])


@pytest.fixture
def look(serve, authority, target_of, observe):
    """`await look(text or response, policy=…)` runs the probe; `{host}` in a text is the platform's own address."""

    async def run(file, policy=None):
        held = PlainTextResponse("") if isinstance(file, str) else file
        address = serve(platform(held, policy), **authority.leaf())
        if isinstance(file, str):
            held.body = file.replace("{host}", address).encode()
            held.headers["content-length"] = str(len(held.body))
        return await observe(security_txt, target_of(address, ca_file=authority.ca_file))

    return run


async def test_a_valid_file_with_a_policy_that_answers(look):
    seen = await look(GOOD + "Policy: {host}/policy/\n")
    assert seen.value("security_txt.valid") is True
    assert seen.value("security_txt.expires_days") == 183
    assert seen.value("security_txt.policy_answers") is True


async def test_a_policy_without_its_slash_is_followed_on_the_same_host(look):
    assert (await look(GOOD + "Policy: {host}/policy\n")).value("security_txt.policy_answers") is True


async def test_a_file_that_expired_says_since_when(look):
    seen = await look(GOOD.replace("2026-09-01", "2026-02-20"))
    assert seen.value("security_txt.valid") is True
    assert seen.value("security_txt.expires_days") == -10


async def test_no_policy_is_no_answering_policy(look):
    assert (await look(GOOD)).value("security_txt.policy_answers") is False


async def test_a_policy_that_is_not_there_does_not_answer(look):
    assert (await look(GOOD + "Policy: {host}/gone\n")).value("security_txt.policy_answers") is False
    elsewhere = await look(GOOD + "Policy: {host}/policy/\n", RedirectResponse("https://localhost:1/"))
    assert elsewhere.value("security_txt.policy_answers") is False


async def test_a_policy_that_cannot_be_asked_for_is_unknown(look):
    seen = await look(GOOD + "Policy: {host}/policy/\n", PlainTextResponse("later", 503))
    assert seen.value("security_txt.policy_answers") is None
    seen = await look(GOOD + "Policy: https://nowhere.invalid/policy\n")
    assert "does not resolve" in seen["security_txt.policy_answers"].reason


@pytest.mark.parametrize(
    "file",
    [
        PlainTextResponse("not found", 404),
        HTMLResponse("<h1>Welcome</h1>"),
        HTMLResponse(f"<pre>{GOOD}</pre>"),
        Response(GOOD, media_type="application/octet-stream"),
    ],
)
async def test_what_is_no_text_file_is_not_valid_and_the_rest_is_unknown(look, file):
    seen = await look(file)
    assert seen.value("security_txt.valid") is False
    assert {seen[fact].status for fact in FACTS[1:]} == {"unavailable"}


async def test_an_empty_file_is_not_valid(look):
    seen = await look("")
    assert seen.value("security_txt.valid") is False
    assert seen.value("security_txt.expires_days") is None


@pytest.mark.parametrize("status", [429, 500])
async def test_what_cannot_be_read_is_unknown(look, status):
    seen = await look(PlainTextResponse("later", status))
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}


async def test_an_unreachable_host_is_unknown(closed, target_of, observe):
    seen = await observe(security_txt, target_of(f"https://{closed}"))
    assert {seen[fact].reason for fact in FACTS} == {"connection refused"}


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "# ours\n\n" + GOOD + "X-Unknown: kept\n",
        "CONTACT: https://example.test/report\nexpires: 2026-09-01t09:00:00.123456789+02:00\n",
        "Contact: tel:+1-201-555-0123\nContact: mailto:a@example.test\nExpires: 2026-09-01T09:00:00-05:00",
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n- Contact: mailto:a@example.test\n"
        "Expires: 2026-09-01T09:00:00Z\n-----BEGIN PGP SIGNATURE-----\n\niQ=\n-----END PGP SIGNATURE-----\n",
    ],
)
def test_a_file_that_rfc_9116_allows_is_valid(text):
    assert read(text).problem == ""
    assert read(text).expires is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Expires: 2026-09-01T09:00:00Z", "no Contact"),
        ("Contact: mailto:a@example.test", "no Expires"),
        (GOOD + "Expires: 2027-09-01T09:00:00Z", "Expires appears more than once"),
        (GOOD.replace("Z", ""), "no Expires"),
        (GOOD.replace("2026-09-01", "2026-02-30"), "no Expires"),
        (GOOD.replace("mailto:", "http://"), "Contact is no https address or mail"),
        (GOOD.replace("mailto:", ""), "Contact is no https address or mail"),
        (GOOD + "Policy: http://example.test/policy", "Policy is no https address"),
        (GOOD + "and so on", "a line that is no field"),
        (GOOD + "Preferred-Languages: en\nPreferred-Languages: de", "more than once"),
    ],
)
def test_a_file_that_rfc_9116_forbids_is_not_valid(text, problem):
    assert problem in read(text).problem


@given(st.text() | st.text().map(lambda text: GOOD + text) | st.text().map(lambda text: f"Expires: {text}"))
def test_whatever_the_file_says_is_read_without_a_crash(text):
    said = read(text)
    assert said.expires is None or said.expires.tzinfo is UTC


async def test_a_policy_inside_of_our_own_network_is_not_asked_for(target_of):
    class Names:
        async def address(self, host):
            return {"api.example.test": "93.184.215.14", "inside.test": "10.0.0.7", "outside.test": "93.184.215.15"}[
                host
            ]

    class Context:
        target, client = target_of("https://api.example.test"), Names()

    assert "not on the public internet" in await off_limits(Context, "https://inside.test/")
    assert await off_limits(Context, "https://outside.test/") == ""


def test_the_expiry_is_in_utc():
    assert read(GOOD).expires == datetime(2026, 9, 1, 9, tzinfo=UTC)
