"""The web app: its pages and headers, the way from them to the API, and what its defects change."""

import json
import re

import pytest
from sample_platform.web import SECTIONS
from sample_platform.web.texts import TEXTS

PAGES = ["/", "/sign-up", "/sign-in", "/forgot", "/reset", "/verify", "/confirm-email", "/privacy"]


@pytest.fixture
def app(healthy, connect):
    with connect(healthy, healthy.app) as connected:
        yield connected


@pytest.mark.parametrize("path", [*PAGES, *(f"/dashboard/{name}" for name in SECTIONS)])
def test_a_page_is_there_with_a_title_and_no_script_of_its_own(app, path):
    answer = app.get(path)
    assert answer.status_code == 200
    assert re.search(r"<title>[^<]+ · Sample</title>", answer.text)
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script>|\son\w+=|\sstyle=", answer.text)
    assert "set-cookie" not in answer.headers


def test_a_page_that_is_not_there_says_so(app):
    for path in ("/nowhere", "/dashboard/nowhere", "/static/nowhere.js", "/a/b/c"):
        assert app.get(path).status_code == 404, path


def test_the_api_answers_on_the_apps_own_origin(app):
    answer = app.post("/api/v1/auth/signin", json={"email": "nobody@example.com", "password": "x"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_credentials"


def test_the_script_holds_a_text_for_each_code(app):
    script = app.get("/static/app.js").text
    assert json.loads(re.search(r"^const TEXTS = (\{.*\});$", script, re.M)[1]) == TEXTS
    assert "{%" not in script
    assert all(" " in text for text in TEXTS.values())


def test_defects_change_what_people_meet(start, connect):
    defects = ["web-section-missing", "web-error-untranslated", "web-tracks-unasked", "web-policy-empty"]
    with start(*defects) as sample, connect(sample.addresses, sample.addresses.app) as app:
        assert app.get("/dashboard/sessions").status_code == 404
        assert '"too_many_requests": "too_many_requests"' in app.get("/static/app.js").text
        assert "visitor=" in app.get("/").headers["set-cookie"]
        assert "Who is responsible" not in app.get("/privacy").text
