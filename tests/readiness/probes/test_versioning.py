"""Versioning: versions in paths, in headers, in neither."""

import pytest
from readiness.answers.description import Description
from readiness.probes.versioning import versioned_pct, versioning
from readiness.target import Routes
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def described(*paths, parameters=(), **more):
    operation = {"responses": {}, "parameters": list(parameters)}
    return {"openapi": "3.1.0", "paths": {path: {"get": operation} for path in paths}, **more}


@pytest.mark.parametrize(
    ("paths", "share"),
    [
        (["/v1/a", "/api/v2/b", "/2024-01-01/c", "/v1beta1/d"], 100),
        (["/v1/a", "/b"], 50),
        (["/a", "/vault", "/api/users"], 0),
        (["/v1/a", "/health", "/", "/.well-known/jwks.json", "/docs", "/metrics/x", "/openapi.json", "/alive"], 100),
    ],
)
def test_the_share_of_versioned_operations(paths, share):
    assert versioned_pct(Description(described(*paths)), Routes(live="/alive")) == (share,)


def test_a_version_header_counts_and_so_does_the_servers_path():
    header = {"name": "X-API-Version", "in": "header"}
    assert versioned_pct(Description(described("/a", parameters=[header])), Routes()) == (100,)
    assert versioned_pct(Description(described("/a", servers=[{"url": "/api/v1"}])), Routes()) == (100,)
    assert versioned_pct(Description(described("/a", parameters=[{**header, "in": "query"}])), Routes()) == (0,)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (JSONResponse(described("/v1/a", "/b")), 50),
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
    seen = await observe(versioning, target_of(serve(app), routes={"openapi": "/openapi.json"}))
    assert seen.value("versioning.versioned_pct") == value


async def test_without_a_declared_document_it_is_unknown(target_of, observe):
    seen = await observe(versioning, target_of("http://127.0.0.1:1"))
    assert seen["versioning.versioned_pct"].reason == "the target file names no routes.openapi"
