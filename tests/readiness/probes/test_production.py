"""Three health answers, against real servers."""

import pytest
from readiness.probes.production import production
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

FACTS = [fact.name for fact in production.facts]
QUICK = {"pace": {"timeout": "3s", "spacing": "0.01s"}}


def platform(*answers: Response, elsewhere: Response | None = None) -> Starlette:
    """Health gives these answers in turn (the last one for ever), any other path `elsewhere` or 404."""
    turns = list(answers)

    async def health(request: Request) -> Response:
        return turns.pop(0) if len(turns) > 1 else turns[0]

    async def other(request: Request) -> Response:
        return elsewhere or PlainTextResponse("not found", 404)

    return Starlette(routes=[Route("/health", health), Route("/{path:path}", other)])


async def test_three_answers_over_verified_tls(serve, authority, target_of, observe):
    address = serve(platform(JSONResponse({"status": "ok"})), **authority.leaf())
    seen = await observe(production, target_of(address, ca_file=authority.ca_file, **QUICK))
    assert seen.value("production.healthy_answers") == 3
    assert 0 < seen.value("production.slowest_ms") < 3000
    assert seen.value("production.verified") is True


async def test_a_certificate_that_is_not_trusted_is_not_verified_and_costs_nothing_else(
    serve, authority, new_authority, target_of, observe
):
    address = serve(platform(JSONResponse({"status": "ok"})), **new_authority().leaf())
    seen = await observe(production, target_of(address, ca_file=authority.ca_file, **QUICK))
    assert seen.value("production.healthy_answers") == 3
    assert seen.value("production.verified") is False


async def test_plain_http_is_not_verified(serve, target_of, observe):
    seen = await observe(production, target_of(serve(platform(JSONResponse({}))), **QUICK))
    assert seen.value("production.healthy_answers") == 3
    assert seen.value("production.verified") is False


@pytest.mark.parametrize("status", [404, 500, 503, 204])
async def test_another_status_is_no_healthy_answer(serve, target_of, observe, status):
    seen = await observe(production, target_of(serve(platform(Response(status_code=status))), **QUICK))
    assert seen.value("production.healthy_answers") == 0


async def test_one_bad_answer_of_three_is_counted(serve, target_of, observe):
    app = platform(PlainTextResponse("no", 503), PlainTextResponse("ok"))
    assert (await observe(production, target_of(serve(app), **QUICK))).value("production.healthy_answers") == 2


async def test_a_page_that_answers_everything_with_200_is_no_health_answer(serve, target_of, observe):
    parked = HTMLResponse("<h1>This domain is for sale</h1>")
    seen = await observe(production, target_of(serve(platform(parked, elsewhere=parked)), **QUICK))
    assert seen.value("production.healthy_answers") == 0


async def test_a_health_answer_beside_a_soft_404_counts(serve, target_of, observe):
    app = platform(JSONResponse({"status": "ok"}), elsewhere=HTMLResponse("<h1>Oops</h1>"))
    assert (await observe(production, target_of(serve(app), **QUICK))).value("production.healthy_answers") == 3


async def test_a_missing_slash_is_followed(serve, target_of, observe):
    app = Starlette(routes=[Route("/health/", lambda request: PlainTextResponse("ok"))])
    assert (await observe(production, target_of(serve(app), **QUICK))).value("production.healthy_answers") == 3


async def test_a_redirect_to_another_host_is_not_healthy_unless_encrypted(serve, target_of, observe):
    other = serve(platform(PlainTextResponse("ok"))).replace("127.0.0.1", "localhost")
    app = platform(RedirectResponse(f"{other}/health"))
    assert (await observe(production, target_of(serve(app), **QUICK))).value("production.healthy_answers") == 0


async def test_a_slow_answer_is_not_healthy(serve, target_of, observe, monkeypatch):
    monkeypatch.setattr("readiness.probes.production.PATIENCE_MS", 0)
    seen = await observe(production, target_of(serve(platform(PlainTextResponse("ok"))), **QUICK))
    assert seen.value("production.healthy_answers") == 0


async def test_a_rate_limited_check_is_unknown(serve, target_of, observe):
    app = platform(PlainTextResponse("slow down", 429, {"Retry-After": "60"}))
    seen = await observe(production, target_of(serve(app), **QUICK))
    assert seen["production.healthy_answers"].reason == "rate limited: 429, Retry-After 60"
    assert seen["production.slowest_ms"].status == "unavailable"


async def test_an_unreachable_host_is_unknown(closed, target_of, observe):
    for scheme in ("http", "https"):
        seen = await observe(production, target_of(f"{scheme}://{closed}", **QUICK))
        assert {(seen[fact].status, seen[fact].reason) for fact in FACTS} == {("unavailable", "connection refused")}


async def test_a_host_that_hangs_is_unknown(listen, target_of, observe):
    port = listen(lambda connection: connection.recv(1_000) and connection.recv(1))
    seen = await observe(
        production, target_of(f"http://127.0.0.1:{port}", pace={"timeout": "0.2s", "spacing": "0.01s"})
    )
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}
    assert "0.2 s" in seen["production.healthy_answers"].reason
