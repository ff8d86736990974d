"""Metrics: public, refused, hidden behind a sign-in, or a page that answers to everything."""

import pytest
from readiness.probes.metrics import metrics
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

PROMETHEUS = '# HELP up Up.\n# TYPE up gauge\nup 1\nhttp_requests_total{code="200",path="/"} 1.5e3 1700000000\n'


def at(answer, *more):
    async def endpoint(request):
        return answer

    return Starlette(routes=[Route("/metrics", endpoint), *more])


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse(PROMETHEUS),
        Response(PROMETHEUS + "# EOF\n", media_type="application/openmetrics-text"),
        JSONResponse({"requests": 3, "latency": {"p99": 1.5}}),
    ],
)
async def test_metrics_that_anyone_reads_are_public(serve, target_of, observe, answer):
    seen = await observe(metrics, target_of(serve(at(answer))))
    assert seen.value("metrics.public") is True


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_refused_metrics_are_not_public(serve, target_of, observe, status):
    seen = await observe(metrics, target_of(serve(at(PlainTextResponse(PROMETHEUS, status)))))
    assert seen.value("metrics.public") is False


async def test_metrics_behind_a_missing_slash_are_public(serve, target_of, observe):
    async def slash(request):
        return PlainTextResponse(PROMETHEUS)

    app = at(RedirectResponse("/metrics/", 307), Route("/metrics/", slash))
    assert (await observe(metrics, target_of(serve(app)))).value("metrics.public") is True


async def test_a_redirect_to_a_sign_in_page_is_not_public(serve, target_of, observe):
    async def page(request):
        return HTMLResponse("<form>sign in</form>")

    app = at(RedirectResponse("/login", 302), Route("/login", page))
    assert (await observe(metrics, target_of(serve(app)))).value("metrics.public") is False


async def test_a_page_that_answers_to_everything_is_not_metrics(serve, target_of, observe):
    async def page(request):
        return HTMLResponse(f"<h1>{request.url.path}</h1>")

    app = Starlette(routes=[Route("/{path:path}", page)])
    assert (await observe(metrics, target_of(serve(app)))).value("metrics.public") is False


@pytest.mark.parametrize(
    "answer",
    [
        HTMLResponse("<h1>Grafana</h1>"),
        PlainTextResponse("it works"),
        JSONResponse({"detail": "ok", "code": 200}),
        Response(status_code=204),
        Response(status_code=503),
        Response(status_code=429),
    ],
)
async def test_what_is_neither_metrics_nor_a_refusal_is_unknown(serve, target_of, observe, answer):
    seen = await observe(metrics, target_of(serve(at(answer))))
    assert seen["metrics.public"].status == "unavailable"


async def test_deep_and_odd_json_does_not_crash_it(serve, target_of, observe):
    answer = Response(b"[" * 100_000, media_type="application/json")
    assert (await observe(metrics, target_of(serve(at(answer)))))["metrics.public"].status == "unavailable"
