"""An API of a vendor: verified, bounded, patient within reason, and refused with the scope that is missing."""

from datetime import UTC, datetime

import pytest
from readiness.errors import Unobservable
from readiness.wire import api as module
from readiness.wire.api import Api, Reading, linked
from readiness.wire.exchange import Exchange
from readiness.wire.transport import trust_in
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "credential-of-a-vendor"


@pytest.fixture
def vendor(serve):
    """`vendor(answer, …)`: an `Api` on a server that gives these answers in turn, the last for ever."""
    asked = []

    def start(*answers, **tls):
        left = list(answers)

        async def app(scope, receive, send):
            asked.append(scope)
            answer = left.pop(0) if len(left) > 1 else left[0]
            await answer(scope, receive, send)

        made = Api(
            "acme",
            serve(app, **tls) + "/v1",
            {"Authorization": f"Bearer {SECRET}"},
            trust=trust_in(None),
            now=lambda: NOW,
            secrets=[SECRET],
        )
        made.asked = asked
        return made

    return start


async def test_an_answer_is_read_and_recorded_without_the_credential(vendor):
    async with vendor(JSONResponse({"items": [1], "echo": SECRET})) as api:
        reading = await api.get("/things", {"of": ["a", "b"], "whole": True})
    assert reading.need("items", 0) == 1
    assert api.asked[0]["query_string"] == b"of=a&of=b&whole=true"
    assert dict(api.asked[0]["headers"])[b"authorization"] == b"Bearer credential-of-a-vendor"
    assert SECRET not in str(reading.exchange.record())
    assert "curl" in reading.exchange.record()["repeat"]


async def test_a_private_answer_is_read_and_its_body_is_not_kept(vendor):
    async with vendor(JSONResponse({"dsn": "https://key@host.example/1"})) as api:
        reading = await api.get("/keys", private=True)
    assert reading.need("dsn").startswith("https://key@")
    assert "key@host" not in str(reading.exchange.record())


@pytest.mark.parametrize(
    ("status", "reason", "permission"),
    [
        (401, "status 401: the credential is refused", "sources.acme: a credential that is valid"),
        (403, "status 403: not allowed", "sources.acme: things:read"),
        (404, "status 404: not there, or not for this credential to see", "sources.acme: things:read"),
        (500, "with status 500", ""),
        (302, "with status 302", ""),
    ],
)
async def test_a_refusal_is_final_and_names_the_scope(vendor, status, reason, permission):
    async with vendor(JSONResponse({"message": "no"}, status)) as api:
        with pytest.raises(Unobservable) as refused:
            await api.get("/things", scope="things:read")
    assert reason in refused.value.reason
    assert refused.value.permission == permission
    assert len(api.asked) == 1


async def test_a_status_that_is_an_answer_is_one(vendor):
    async with vendor(PlainTextResponse("", 404)) as api:
        assert (await api.get("/rules", absent=[404])).exchange.status == 404


async def test_it_comes_back_when_it_was_told_to(vendor):
    late = JSONResponse({}, 429, {"Retry-After": "0"})
    async with vendor(late, late, JSONResponse({"ok": 1})) as api:
        assert (await api.get("/things")).value == {"ok": 1}
    assert len(api.asked) == 3


@pytest.mark.parametrize(("wait", "times"), [("0", 3), ("3600", 1), ("Wed, 21 Oct 2026 07:28:00 GMT", 1)])
async def test_it_does_not_wait_for_ever(vendor, wait, times):
    async with vendor(JSONResponse({}, 429, {"Retry-After": wait})) as api:
        with pytest.raises(Unobservable, match="429: rate limited"):
            await api.get("/things")
    assert len(api.asked) == times


async def test_what_is_no_json_is_no_answer(vendor):
    async with vendor(PlainTextResponse("<html>login</html>")) as api:
        with pytest.raises(Unobservable, match="something that is no JSON"):
            await api.get("/things")


async def test_a_redirect_is_not_followed(vendor):
    async with vendor(RedirectResponse("https://elsewhere.example/")) as api:
        with pytest.raises(Unobservable, match="status 307"):
            await api.get("/things")


async def test_a_next_page_elsewhere_is_not_sent_the_credential(vendor):
    next_page = JSONResponse([1], headers={"Link": '<https://elsewhere.example/things?page=2>; rel="next"'})
    async with vendor(next_page) as api:
        with pytest.raises(Unobservable, match="points at another host"):
            [page async for page in api.pages("/things", {}, linked)]
    assert len(api.asked) == 1


async def test_pages_are_read_to_the_last_and_a_listing_without_end_is_none(vendor, monkeypatch):
    def follow(number):
        return lambda reading: {"page": reading.value["page"] + 1} if reading.value["page"] < number else None

    pages = [JSONResponse({"page": number}) for number in (1, 2, 3)]
    async with vendor(*pages) as api:
        assert [page.value["page"] async for page in api.pages("/things", {"page": 1}, follow(3))] == [1, 2, 3]
    monkeypatch.setattr(module, "PAGES", 2)
    async with vendor(*pages) as api:
        with pytest.raises(Unobservable, match="more than 2 pages"):
            [page async for page in api.pages("/things", {"page": 1}, follow(9))]


async def test_plain_http_to_another_machine_is_refused_before_anything_is_sent():
    api = Api("acme", "http://api.acme.example", {"X": SECRET}, trust=trust_in(None), now=lambda: NOW)
    with pytest.raises(Unobservable, match="only sent over https"):
        async with api:
            pass


async def test_a_certificate_that_does_not_verify_is_sent_nothing(vendor, certificate):
    async with vendor(JSONResponse({}), ssl_certfile=str(certificate), ssl_keyfile=str(certificate)) as api:
        with pytest.raises(Unobservable, match="certificate"):
            await api.get("/things")
    assert api.asked == []


async def test_one_run_asks_only_so_often(vendor, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    async with vendor(JSONResponse({})) as api:
        await api.get("/a")
        await api.get("/b")
        with pytest.raises(Unobservable, match="bound of 2 requests"):
            await api.get("/c")
    assert len(api.asked) == 2


def test_the_next_page_is_the_one_that_the_link_header_names():
    def reading(link):
        exchange = module.Exchange(
            method="GET", url="https://api.example/x", headers=(("link", link),), observed_at=NOW
        )
        return module.Reading([], exchange)

    assert linked(reading('<https://api.example/x?c=0>; rel="previous", </x?c=2>; rel="next"')) == (
        "https://api.example/x?c=2"
    )
    assert linked(reading('<https://api.example/x?c=2>; rel="next"; results="false"; cursor="2"')) is None


def test_a_list_is_one_of_objects(now):
    exchange = Exchange(method="GET", url="https://vendor.example/a", status=200, observed_at=now)
    assert Reading({"of": [{"a": 1}]}, exchange).items("of") == [{"a": 1}]
    for value in ({"of": {"a": 1}}, {"of": ["a"]}, {"of": None}, {}):
        with pytest.raises(Unobservable, match="holds no"):
            Reading(value, exchange).items("of")
