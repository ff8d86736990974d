"""What a healthy platform answers: headers, errors, limits, health, documents, caching."""

import datetime as dt
import re
from pathlib import Path

import jsonschema
import openapi_spec_validator
import pytest
from sample_platform import Addresses

SIGNIN = "/api/v1/auth/signin"
APP = "https://app.sample.test"


@pytest.fixture
def fresh(start, connect):
    with start() as sample, connect(sample.addresses) as client:
        yield client


def provoked(client):
    """One answer of each kind of error that a client can cause."""
    return {
        400: client.post(SIGNIN, content=b"{", headers={"Content-Type": "application/json"}),
        401: client.get("/api/v1/auth/me"),
        404: client.get("/no/such/path"),
        405: client.put(SIGNIN, json={}),
        413: client.post(SIGNIN, content=b" " * 70_000, headers={"Content-Type": "application/json"}),
        415: client.post(SIGNIN, data={"email": "a"}),
        422: client.post(SIGNIN, json={"email": "a"}),
    }


def test_every_error_is_a_problem_with_code_text_and_request_id(fresh):
    for status, answer in provoked(fresh).items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["title"] and problem["detail"]
        assert re.fullmatch(r"[a-z_]+", problem["code"])
        assert problem["request_id"] == answer.headers["x-request-id"]


def test_a_refused_method_says_which_are_allowed(api):
    assert api.put("/health").headers["allow"] == "GET"


def test_a_body_without_length_is_bounded_too(api):
    answer = api.post(
        "/api/v1/auth/signout",
        content=(b" " * 8192 for _ in range(10)),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413


def test_every_answer_carries_the_security_headers(api):
    for path in ("/", "/docs", "/security-policy", "/api/v1/auth/me", "/no/such/path"):
        headers = api.get(path).headers
        assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


@pytest.mark.parametrize("offered", ["", "with space", "x" * 65, "../../etc"])
def test_a_request_id_is_echoed_only_when_it_is_harmless(api, offered):
    assert api.get("/", headers={"X-Request-ID": "abc-123"}).headers["x-request-id"] == "abc-123"
    assert api.get("/", headers={"X-Request-ID": offered}).headers["x-request-id"] != offered


def test_the_app_may_call_from_a_browser_and_others_may_not(api):
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    ours = api.options(SIGNIN, headers={"Origin": APP, **ask})
    assert ours.headers["access-control-allow-origin"] == APP
    assert ours.headers["access-control-allow-credentials"] == "true"
    assert "*" not in ours.headers["access-control-allow-methods"]
    assert "Origin" in ours.headers["vary"]
    theirs = api.options(SIGNIN, headers={"Origin": "https://evil.example", **ask})
    assert theirs.status_code == 204
    assert "access-control-allow-origin" not in theirs.headers


def test_a_burst_is_refused_at_the_limit_whatever_it_says_about_its_address(fresh):
    answers = [fresh.post(SIGNIN, content=b"{", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(42)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:40].count(429) == 0
    assert statuses[40:] == [429, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers[36:40]] == ["3", "2", "1", "0"]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert answers[-1].json()["code"] == "too_many_requests"


def test_limits_hold_when_the_cache_is_down(start, connect):
    with start("health-degraded-200") as sample, connect(sample.addresses) as client:
        statuses = [client.post(SIGNIN, content=b"{").status_code for _ in range(41)]
    assert statuses[-1] == 429
    assert 429 not in statuses[:40]


def test_readiness_asks_what_the_platform_depends_on(api):
    ready = api.get("/health/ready")
    assert ready.headers["cache-control"] == "no-store"
    assert ready.json()["status"] == "ready"
    assert {name: part["status"] for name, part in ready.json()["components"].items()} == {
        "database": "up",
        "cache": "up",
    }


def test_metrics_need_their_token(api, healthy: Addresses):
    token = Path(healthy.metrics_token_file).read_text()
    assert api.get("/metrics").status_code == 401
    assert api.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    shown = api.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert shown.status_code == 200
    assert 'sample_requests_total{route="/metrics",status="401"}' in shown.text


def test_the_document_is_valid_and_complete(api):
    document = api.get("/openapi.json").json()
    openapi_spec_validator.validate(document)
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len(operations) >= 10
    for operation in operations:
        assert operation["summary"]
        status, good = next(item for item in operation["responses"].items() if item[0][0] in "23")
        assert status in ("204", "302", "303") or all("example" in media for media in good["content"].values())
        assert any(
            "application/problem+json" in answer.get("content", {})
            for status, answer in operation["responses"].items()
            if status[0] == "4"
        )
    assert document["paths"]["/api/v1/auth/me"]["get"]["security"]


def test_every_example_fits_its_schema(api):
    document = api.get("/openapi.json").json()
    media = [
        media
        for item in document["paths"].values()
        for operation in item.values()
        for answer in operation["responses"].values()
        for media in answer.get("content", {}).values()
    ]
    assert len(media) > 40
    for one in media:
        schema = {**one.get("schema", {}), "components": document["components"]}
        jsonschema.validate(one["example"], schema)


def test_the_docs_page_names_every_operation(api):
    page = api.get("/docs").text
    paths = api.get("/openapi.json").json()["paths"]
    assert "Sample Identity API" in page
    assert all(path in page for path in paths)
    assert "http" not in page.split("<main>")[0]


def test_security_txt_is_in_force_and_its_policy_answers(api, healthy: Addresses):
    lines = dict(line.split(": ", 1) for line in api.get("/.well-known/security.txt").text.splitlines())
    left = dt.datetime.fromisoformat(lines["Expires"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(0) < left <= dt.timedelta(days=366)
    assert lines["Policy"].startswith(healthy.api)
    assert api.get(lines["Policy"]).status_code == 200


def test_the_edge_keeps_static_files_and_nothing_else(api):
    script = api.get("/").json()["links"]["script"]
    api.get(script)
    again = api.get(script)
    assert again.headers["x-cache"] == "HIT"
    assert int(again.headers["age"]) >= 0
    assert "immutable" in again.headers["cache-control"]
    assert again.headers["content-type"].startswith("text/javascript")
    for path in ("/", "/api/v1/auth/me", "/health"):
        assert {api.get(path).headers["x-cache"] for _ in range(2)} == {"BYPASS"}


def test_plain_http_sends_everything_to_https(connect, healthy: Addresses):
    with connect(healthy, healthy.plain) as plain:
        for method in ("GET", "POST", "HEAD"):
            answer = plain.request(method, "/deep/path?a=b%20c")
            assert answer.status_code == 308
            assert answer.headers["location"] == f"{healthy.api}/deep/path?a=b%20c"
            assert answer.content == b""
        forged = plain.get("/", headers={"Host": "evil.example"})
        assert forged.headers["location"] == f"{healthy.api}/"


def test_staging_is_another_deployment(connect, healthy: Addresses):
    with connect(healthy) as production, connect(healthy, healthy.staging) as staging:
        for path in ("/health", "/.well-known/jwks.json"):
            assert staging.get(path).status_code == 200
        assert production.get("/").headers["x-release"] != staging.get("/").headers["x-release"]
        assert production.get("/.well-known/jwks.json").json() != staging.get("/.well-known/jwks.json").json()


def test_a_database_that_is_down_gives_an_internal_error_without_details(start, connect):
    with start("health-lies") as sample, connect(sample.addresses) as client:
        answer = client.post(SIGNIN, json={"email": "ada@example.com", "password": "whatever it is"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert set(answer.json()) == {"type", "title", "status", "detail", "code", "request_id"}
    assert answer.headers["strict-transport-security"]
