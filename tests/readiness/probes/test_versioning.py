"""Versioning: what the platform's document says of it, and what it says nothing of."""

import pytest
from readiness.probes.versioning import versioning
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

pytestmark = pytest.mark.usefixtures("documents_once")


def described(*paths):
    return {"openapi": "3.1.0", "paths": {path: {"get": {"responses": {}}} for path in paths}}


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (JSONResponse(described("/v1/a", "/b")), 50),
        (JSONResponse(described("/v1/a", "/alive")), 100),
        (JSONResponse(described("/health")), None),
        (JSONResponse({"openapi": "3.1.0"}), None),
        (Response("<html>"), None),
        (Response(status_code=404), None),
        (Response(status_code=429), None),
    ],
)
async def test_what_the_platform_publishes_is_judged_and_nothing_is_unknown(serve, target_of, observe, answer, value):
    async def document(request):
        return answer

    app = Starlette(routes=[Route("/openapi.json", document)])
    seen = await observe(versioning, target_of(serve(app), routes={"openapi": "/openapi.json", "live": "/alive"}))
    assert seen.value("versioning.versioned_pct") == value


async def test_without_a_declared_document_it_is_unknown(target_of, observe):
    seen = await observe(versioning, target_of("http://127.0.0.1:1"))
    assert seen["versioning.versioned_pct"].reason == "the target file names no routes.openapi"


GOING = {"Deprecation": "@1767225600", "Sunset": "Fri, 31 Dec 2027 23:59:59 GMT"}


@pytest.mark.parametrize(
    ("status", "headers", "silent"),
    [
        (200, GOING, 0),
        (401, GOING, 0),
        (200, {}, 1),
        (200, {"Deprecation": "@1767225600"}, 1),
        (200, {"Deprecation": "soon", "Sunset": GOING["Sunset"]}, 1),
        (401, {}, None),
        (503, {}, None),
    ],
)
async def test_a_deprecated_operation_says_so_where_it_is_carried_out(
    serve, target_of, observe, status, headers, silent
):
    document = described("/v1/old", "/v1/new")
    document["paths"]["/v1/old"]["get"]["deprecated"] = True

    async def published(request):
        return JSONResponse(document)

    async def old(request):
        return JSONResponse({}, status, headers)

    app = Starlette(routes=[Route("/openapi.json", published), Route("/v1/old", old)])
    seen = await observe(versioning, target_of(serve(app), routes={"openapi": "/openapi.json"}))
    assert seen.value("versioning.deprecated_silently") == silent


async def test_where_nothing_is_deprecated_nothing_is_silent(serve, target_of, observe):
    async def published(request):
        return JSONResponse(described("/v1/a"))

    app = Starlette(routes=[Route("/openapi.json", published)])
    seen = await observe(versioning, target_of(serve(app), routes={"openapi": "/openapi.json"}))
    assert seen.value("versioning.deprecated_silently") == 0
