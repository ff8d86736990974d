"""Released: the live API is compared with the document of the last release."""

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


def described(*paths, version="1.0.0"):
    operations = {path: {"get": {"responses": {"200": {"description": "Good"}}}} for path in paths}
    return {"openapi": "3.1.0", "info": {"title": "A", "version": version}, "paths": operations}


@pytest.fixture
def released(repo, look, serve):
    async def ask(live, *releases, **settings):
        for number, document in enumerate(releases):
            repo.commit({"api/openapi.json": json.dumps(document)}, tag=f"v1.{number}.0")
        base = serve(Starlette(routes=[Route("/openapi.json", lambda request: JSONResponse(live))]))
        target = {"production": base, "routes": {"openapi": "/openapi.json"}}
        return await look("released", openapi="api/openapi.json", target=target, **settings)

    return ask


async def test_an_api_that_only_grew_breaks_nothing(released):
    seen = await released(described("/v1/a", "/v1/b", "/v1/c"), described("/v1/a", "/v1/b"))
    assert (seen.value("released.operations"), seen.value("released.breaking")) == (2, 0)


async def test_the_newest_release_counts_and_what_is_gone_since_is_told(released, repo):
    repo.commit({"a": ""})
    seen = await released(described("/v1/a"), described("/v1/x", "/v1/y"), described("/v1/a", "/v1/b"))
    assert seen.value("released.breaking") == 1
    told = [one for one in seen.survey.exchanges if one["kind"] == "artefact"]
    assert ["GET /v1/b is gone"] in [one["seen"] for one in told]


async def test_what_was_committed_since_the_release_is_not_released(released, repo, look):
    await released(described("/v1/a"), described("/v1/a"))
    repo.commit({"api/openapi.json": json.dumps(described("/v1/a", "/v1/new"))})
    assert (await released(described("/v1/a"))).value("released.breaking") == 0


async def test_a_document_that_is_none_or_empty_says_nothing(released):
    seen = await released(described("/v1/a"), {"swagger": "2.0"})
    assert seen["released.operations"].reason == "api/openapi.json is no OpenAPI 3 document"
    seen = await released(described("/v1/a"), described())
    assert seen.value("released.operations") == 0
    assert "describes no operation" in seen["released.breaking"].reason


async def test_without_a_document_or_a_repository_it_is_unknown(repo, look, told):
    repo.commit({"a": ""})
    assert "openapi" in (await look("released"))["released.breaking"].permission
    seen = await look("released", openapi="openapi.json")
    assert seen["released.operations"].reason == "openapi.json is not in the repository"
    assert (await told("released", {}))["released.breaking"].permission == "sources.repository"
