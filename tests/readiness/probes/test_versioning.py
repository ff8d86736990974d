"""Versioning: what the platform's document says of it, and what it says nothing of."""

import pytest
from readiness.probes.versioning import versioning
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


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
