"""Web: a browser led through a small web app of the tests' own, right and wrong in every way that is looked for."""

import asyncio
import importlib.util
import json
import shutil

import pytest
from readiness import walkthrough
from readiness.probes.web import web
from readiness.wire import browser
from readiness.wire.browser import NAMES
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

needs_chromium = pytest.mark.skipif(
    not importlib.util.find_spec("playwright") or not any(map(shutil.which, NAMES)),
    reason="Playwright and a Chromium on the PATH are needed",
)

FORM = """<form id="form"><label>E-mail <input name="email"></label><label>Password
<input name="password" type="password"></label><button>Go</button></form><p role="alert"></p>"""
SCRIPT = """
const form = document.querySelector("#form"), told = document.querySelector("[role=alert]"), texts = %(texts)s;
form.onsubmit = async (event) => {
  event.preventDefault();
  told.textContent = "";
  %(before)s
  const body = JSON.stringify(Object.fromEntries(new FormData(form)));
  const headers = {"Content-Type": "application/json"};
  const answer = await fetch("/api" + location.pathname, {method: "POST", body, headers});
  form.sending = form.querySelector("button").disabled = false;
  form.removeAttribute("aria-busy");
  const value = await answer.json();
  if (!answer.ok) { told.textContent = texts[value.code] ?? "That did not work."; return; }
  %(after)s
  if (location.pathname === "/sign-in") { sessionStorage.token = value.token; location.assign("/in/first"); }
  else document.body.append("All done");
};
"""
SECTION = """<main %(busy)s><h1>%(name)s</h1><p>Wait</p></main><script>
  const headers = {Authorization: "Bearer " + sessionStorage.token};
  fetch("/api/data", {headers}).then((answer) => answer.json()).then((value) => {
    const main = document.querySelector("main");
    main.removeAttribute("aria-busy");
    main.querySelector("p").textContent = value.words;
    %(more)s
  });
</script>"""
POLICY = "<main><h1>Privacy</h1><p>" + "We keep what we need and say so. " * 30 + "</p></main>"
TEXTS = {"wrong": "The address or the password is wrong.", "often": "Wait a moment, then try again."}


def platform(
    *,
    busy=True,
    once=True,
    unsaid=(),
    after="",
    more="",
    sections=("first", "second"),
    policy=POLICY,
    head="",
    cookie="",
    api=200,
):
    """A web app and its API on one origin; every keyword breaks one thing of it."""
    accounts = {}
    before = "if (form.sending) return; form.sending = true;" if once else ""
    before += 'form.querySelector("button").disabled = true;' if busy and once else ""
    before += 'form.setAttribute("aria-busy", "true");' if busy else ""
    texts = {code: code if code in unsaid else text for code, text in TEXTS.items()}

    def page(body, status=200):
        whole = f'<!doctype html><html lang="en"><head><title>App</title><link rel="icon" href="data:,">{head}</head>'
        response = HTMLResponse(f"{whole}<body>{body}</body></html>", status)
        if cookie:
            response.set_cookie(cookie, "1")
        return response

    async def form(request):
        script = SCRIPT % {"texts": json.dumps(texts), "before": before, "after": after}
        return page(f"<main><h1>{request.url.path}</h1>{FORM}</main><script>{script}</script>")

    async def section(request):
        name = request.path_params["name"]
        if name not in sections:
            return page("<main>Nothing here</main>", 404)
        return page(SECTION % {"busy": 'aria-busy="true"' if busy else "", "name": name, "more": more})

    async def privacy(request):
        return page(policy)

    async def start(request):
        return page("<main><h1>Welcome</h1></main>")

    async def openapi(request):
        examples = {code: {"value": {"code": code, "detail": "It is refused."}} for code in TEXTS}
        answers = {"401": {"description": "Refused", "content": {"application/json": {"examples": examples}}}}
        paths = {"/api/sign-in": {"post": {"responses": answers}}}
        return JSONResponse({"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": paths})

    async def sign_up(request):
        if api != 200:
            return JSONResponse({"code": "away"}, api)
        given = await request.json()
        accounts[given["email"]] = given["password"]
        return JSONResponse({})

    async def sign_in(request):
        given = await request.json()
        right = accounts.get(given["email"]) == given["password"]
        return JSONResponse({"token": given["email"]} if right else {"code": "wrong"}, 200 if right else 401)

    async def data(request):
        return JSONResponse({"words": "Here it is"}, 200 if "@" in request.headers.get("authorization", "") else 401)

    async def delete(request):
        known = accounts.pop(request.headers.get("authorization", "").removeprefix("Bearer "), None)
        return Response(status_code=204 if known else 401)

    app = Starlette(
        routes=[
            Route("/", start),
            Route("/sign-up", form),
            Route("/sign-in", form),
            Route("/forgot", form),
            Route("/in/{name}", section),
            Route("/privacy", privacy),
            Route("/openapi.json", openapi),
            Route("/api/sign-up", sign_up, methods=["POST"]),
            Route("/api/sign-in", sign_in, methods=["POST"]),
            Route("/api/data", data),
            Route("/api/me", delete, methods=["DELETE"]),
        ]
    )
    app.state.accounts = accounts
    return app


async def look(serve, target_of, observe, app, **web_keys):
    address = serve(app)
    fields = {"E-mail": "{email}", "password": "{password}"}
    both = {"email": "{email}", "password": "{password}"}
    described = {
        "address": address,
        "pages": {
            "sign_up": {"path": "/sign-up", "fields": fields, "submit": "Go", "done": "All done"},
            "sign_in": {"path": "/sign-in", "fields": fields, "submit": "Go", "done": "/in/first"},
            "forgot": {"path": "/forgot", "fields": fields, "submit": "Go"},
        },
        "sections": {"first": "/in/first", "second": "/in/second"},
        "privacy": "/privacy",
        **web_keys,
    }
    operations = {
        "sign_up": {"path": "/api/sign-up", "body": both},
        "sign_in": {"path": "/api/sign-in", "body": both, "answer": {"access": "token"}},
        "delete": {"method": "DELETE", "path": "/api/me"},
    }
    accounts = {"email": "test+{tag}@example.com"}
    routes = {"openapi": "/openapi.json"}
    return await observe(
        web, target_of(address, web=described, operations=operations, accounts=accounts, routes=routes)
    )


def reasons(seen):
    return [f"{fact}: {row.reason}" for fact, row in seen.items() if row.reason]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(walkthrough, "LATENCY_S", 0.5)


RIGHT = {
    "web.busy_pages": 5,
    "web.idle_pages": 0,
    "web.submits": 3,
    "web.double_submits": 0,
    "web.sections": 2,
    "web.sections_reached_pct": 100,
    "web.console_errors": 0,
    "web.serious_violations": 0,
    "web.registration_completes": True,
    "web.script_errors": 0,
    "web.error_codes": 2,
    "web.error_texts_pct": 100,
    "web.privacy_policy": True,
    "web.cookies_before_consent": 0,
}


@needs_chromium
async def test_a_web_app_that_does_everything_right_is_seen_to_and_nothing_is_left_behind(serve, target_of, observe):
    app = platform(cookie="session")
    seen = await look(serve, target_of, observe, app, essential_cookies=["session"])
    assert {fact: seen.value(fact) for fact in RIGHT} == RIGHT, reasons(seen)
    assert app.state.accounts == {}
    views = [one for one in seen.survey.exchanges if one["kind"] == "browser"]
    assert all(view["repeat"].startswith("in Chromium") for view in views)
    assert "test+" not in json.dumps([view["asked"] for view in views])


@needs_chromium
async def test_a_web_app_that_does_everything_wrong_is_seen_to(serve, target_of, observe):
    app = platform(
        busy=False,
        once=False,
        unsaid=["often"],
        after='if (location.pathname === "/sign-up") value.account.id;',
        more='console.error("no"); main.append(document.createElement("input"));',
        sections=["first"],
        policy="<main>Welcome</main>",
        cookie="tracker",
    )
    seen = await look(serve, target_of, observe, app)
    wrong = {
        "web.busy_pages": 0,
        "web.idle_pages": 4,
        "web.submits": 3,
        "web.double_submits": 3,
        "web.sections": 2,
        "web.sections_reached_pct": 50,
        "web.registration_completes": False,
        "web.script_errors": 1,
        "web.error_codes": 2,
        "web.error_texts_pct": 50,
        "web.privacy_policy": False,
        "web.cookies_before_consent": 1,
    }
    assert {fact: seen.value(fact) for fact in wrong} == wrong, reasons(seen)
    assert seen.value("web.console_errors") >= 1
    assert seen.value("web.serious_violations") >= 1
    # the section that is not there may be busy or idle: it is counted as neither
    assert (seen["web.idle_pages"].low, seen["web.idle_pages"].high) == (4, 5)


@needs_chromium
async def test_a_busy_sign_does_not_excuse_a_second_request(serve, target_of, observe):
    seen = await look(serve, target_of, observe, platform(once=False), sections={})
    assert seen.value("web.busy_pages") == 3
    assert seen.value("web.double_submits") == 3
    assert seen["web.sections"].status == "unavailable"


@needs_chromium
async def test_what_another_host_might_set_before_consent_is_not_called_clean(serve, target_of, observe):
    app = platform(head='<script src="https://tracker.example.net/t.js"></script>')
    seen = await look(serve, target_of, observe, app, sections={})
    row = seen["web.cookies_before_consent"]
    assert row.status == "unavailable"
    assert "tracker.example.net" in row.reason
    # that it was kept from loading is no fault of the pages
    assert seen.value("web.script_errors") == 0


@needs_chromium
async def test_a_platform_that_is_away_says_nothing_of_its_web_app(serve, target_of, observe):
    seen = await look(serve, target_of, observe, platform(api=503))
    for fact in ("web.registration_completes", "web.script_errors", "web.sections", "web.console_errors"):
        assert seen[fact].status == "unavailable", fact
        assert "503" in seen[fact].reason, fact
    assert seen.value("web.double_submits") == 0


@needs_chromium
async def test_a_page_that_every_address_shows_is_no_privacy_policy(serve, target_of, observe):
    async def anything(request):
        return HTMLResponse(f"<!doctype html><html lang='en'><title>x</title>{POLICY}</html>")

    app = Starlette(routes=[Route("/{path:path}", anything, methods=["GET", "POST"])])
    described = {"address": serve(app), "privacy": "/privacy"}
    seen = await observe(web, target_of(described["address"], web=described))
    assert seen.value("web.privacy_policy") is False


@needs_chromium
async def test_a_button_that_is_not_there_is_not_held_against_the_platform(serve, target_of, observe, monkeypatch):
    monkeypatch.setattr(browser, "PATIENCE_S", 3)
    pages = {"forgot": {"path": "/forgot", "submit": "Send it", "fields": {}}}
    seen = await look(serve, target_of, observe, platform(), pages=pages, sections={}, privacy=None)
    assert seen["web.busy_pages"].status == "unavailable"
    assert "Send it" in seen["web.busy_pages"].reason


async def test_without_chromium_every_fact_says_so(target_of, observe, monkeypatch, tmp_path):
    pytest.importorskip("playwright")
    monkeypatch.setenv("READINESS_CHROMIUM", str(tmp_path / "chromium"))
    seen = await observe(web, target_of("http://127.0.0.1:9", web={"address": "http://127.0.0.1:9"}))
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert all("Chromium is not installed" in row.reason for row in seen.values())


async def test_without_a_described_web_app_every_fact_says_so(target_of, observe):
    seen = await asyncio.wait_for(observe(web, target_of("http://127.0.0.1:9")), 2)
    assert {row.reason for row in seen.values()} == {"the target file describes no web app (web)"}


@needs_chromium
async def test_a_host_whose_certificate_does_not_verify_is_not_opened(
    serve, target_of, observe, authority, new_authority
):
    stranger = new_authority()
    address = serve(platform(), **stranger.leaf("127.0.0.1"))
    seen = await observe(web, target_of(address, web={"address": address}, ca_file=authority.ca_file))
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert "certificate" in seen["web.privacy_policy"].reason.lower()


@needs_chromium
async def test_a_host_under_the_targets_own_authority_is_opened(serve, target_of, observe, authority):
    address = serve(platform(), **authority.leaf("127.0.0.1"))
    described = {"address": address, "privacy": "/privacy"}
    seen = await observe(web, target_of(address, web=described, ca_file=authority.ca_file))
    assert seen.value("web.privacy_policy") is True
