"""Documented against live: operations that are named and there, and operations that are only named."""

import pytest
from readiness.probes.documented import documented, named_in
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

pytestmark = pytest.mark.usefixtures("documents_once")

PAGE = "<h2><code>GET /v1/me</code></h2><p>POST</p> <h2><code>POST /v1/notes/{id}/copies</code></h2>"
OK = {"200": {"description": "x", "content": {"application/json": {"schema": {"type": "object", "required": ["id"]}}}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Fake", "version": "1"},
    "paths": {"/v1/open": {"get": {"responses": OK}}},
}
ROUTES = {"docs": "/docs", "openapi": "/openapi.json"}


def platform(page=PAGE, denies=False, answer=None, document=DOCUMENT, missing=404):
    """`/v1/me` wants a token, copies a body; `denies` refuses strangers everywhere alike."""

    async def docs(request):
        return HTMLResponse(page)

    async def described(request):
        return JSONResponse(document)

    async def me(request):
        return Response(status_code=401)

    async def copy(request):
        return Response(status_code=401 if denies else 422)

    async def open_to_all(request):
        return answer or JSONResponse({"id": "1"})

    async def client(request):
        return Response('client.get("/v1/me"); client.post("/v1/gone")', media_type="text/javascript")

    async def failed(request, error: HTTPException):
        return Response(status_code=401 if denies else missing if error.status_code == 404 else error.status_code)

    routes = [
        Route("/docs", docs),
        Route("/openapi.json", described),
        Route("/v1/me", me),
        Route("/v1/notes/{id}/copies", copy, methods=["POST"]),
        Route("/v1/open", open_to_all),
        Route("/client.js", client),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: failed})


@pytest.fixture
def look(serve, target_of, observe):
    async def run(app, **keys):
        return await observe(documented, target_of(serve(app), **{"routes": ROUTES, **keys}))

    return run


async def test_operations_that_are_there_are_all_found(look):
    seen = await look(platform())
    assert seen.value("documented.operations") == 2
    assert seen.value("documented.existing_pct") == 100


async def test_an_operation_that_is_only_named_lowers_the_share_and_is_listed(look):
    seen = await look(platform(PAGE + "<code>DELETE /v1/me</code><code>PUT /v1/nowhere</code>"))
    assert seen.value("documented.operations") == 4
    assert seen.value("documented.existing_pct") == 50
    assert "DELETE" in seen["documented.existing_pct"].source


async def test_a_platform_that_tells_strangers_nothing_leaves_it_unknown(look):
    page = "<code>GET /v1/me</code><code>POST /v1/gone</code>"
    seen = await look(platform(page, denies=True))
    assert seen.value("documented.operations") == 2
    assert seen["documented.existing_pct"].status == "unavailable"


async def test_what_cannot_be_told_widens_the_interval(look):
    async def me(request):
        return Response(status_code=429 if request.method == "PATCH" else 401)

    app = platform("<code>GET /v1/me</code><code>PATCH /v1/me</code>")
    app.router.routes.insert(0, Route("/v1/me", me, methods=["GET", "PATCH"]))
    row = (await look(app))["documented.existing_pct"]
    assert (row.low, row.high) == (50, 100)


async def test_a_page_that_loads_the_document_names_what_that_names(look):
    seen = await look(platform('<script>show("/openapi.json")</script>'))
    assert seen.value("documented.operations") == 1
    assert seen.value("documented.existing_pct") == 100


@pytest.mark.parametrize("page", ["<h1>Welcome</h1>", "<p>GET started /now</p>"])
async def test_a_page_that_names_nothing_says_nothing(look, page):
    seen = await look(platform(page))
    assert "names no operation" in seen["documented.existing_pct"].reason


async def test_client_libraries_are_read_from_the_platform_or_a_file(look, tmp_path):
    published = {"name": "client", "route": "/client.js"}
    seen = await look(platform(), references=[published])
    assert seen.value("documented.client_operations") == 2
    assert seen.value("documented.client_existing_pct") == 50
    (tmp_path / "guide.md").write_text("Ask `GET /v1/me` first.\n")
    seen = await look(platform(), references=[{"name": "guide", "file": str(tmp_path / "guide.md")}])
    assert seen.value("documented.client_existing_pct") == 100
    seen = await look(platform(), references=[{"name": "gone", "file": str(tmp_path / "gone.md")}])
    assert seen["documented.client_operations"].reason == "gone cannot be read: No such file or directory"
    assert (await look(platform()))["documented.client_operations"].reason == "the target file names no references"


@pytest.mark.parametrize(
    ("answer", "differing"),
    [
        (JSONResponse({"id": "1"}), 0),
        (JSONResponse({"name": "x"}), 1),
        (JSONResponse({"id": "1"}, 201), 1),
        (HTMLResponse("<p>"), 1),
        (Response(status_code=503), None),
    ],
)
async def test_answers_are_compared_with_the_document(look, answer, differing):
    seen = await look(platform(answer=answer))
    assert seen.value("documented.answers_differing") == differing
    assert seen.value("documented.answers") == (None if differing is None else 1)


async def test_nothing_declared_is_unknown(look):
    seen = await look(platform(), routes={})
    assert {row.status for row in seen.values()} == {"unavailable"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("<code>POST /v1/a</code>", [("POST", "/v1/a")]),
        ("POST https://api.fake.example/v1/a.", [("POST", "/v1/a")]),
        ("DELETE /v1/a/{id} and DELETE /v1/a/:id", [("DELETE", "/v1/a/{}")]),
        ("`PATCH /v1/a/&lt;id&gt;`", [("PATCH", "/v1/a/{}")]),
        ("this.ask('PUT', `/v1/a/${id}/b`)", [("PUT", "/v1/a/{}/b")]),
        ("http.get<Me>(`/v1/me`)", [("GET", "/v1/me")]),
        ('requests.delete(f"/v1/a/{id}")', [("DELETE", "/v1/a/{}")]),
        ("fetch(`${this.base}/v1/a`, {method: 'POST'})", [("POST", "/v1/a")]),
        ('fetch("/v1/a")', [("GET", "/v1/a")]),
        ("GET started", []),
        ("the /v1/a path", []),
    ],
)
def test_operations_named_in_a_text(text, named):
    assert named_in(text) == named


def test_a_text_of_nothing_but_beginnings_is_read_in_no_time():
    assert named_in("GET " * 100_000 + "fetch(`${" * 50_000 + "<a" * 100_000) == []
