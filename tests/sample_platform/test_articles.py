"""Help that can be searched, what is going away, and what each defect of input and documents looks like."""

from contextlib import contextmanager

import pytest
from sample_platform.defects.inputs import DEFECTS

FORGOT, REFRESH, SIGNIN = ("/api/v1/auth/forgot", "/api/v1/auth/refresh", "/api/v1/auth/signin")
LONG = "x" * 200


def found(api, path="/api/v1/articles", **query):
    return [item["title"] for item in api.get(path, params=query).json()["items"]]


def test_words_are_found_in_any_of_their_forms(api):
    assert found(api, q="deleted") == ["Delete an account"]
    assert found(api, q="wrong passwords") == ["Sign in"]
    assert found(api, q="password", order="length") == ["Forgotten password", "Sign in"]
    assert found(api, q="nothing of this") == []


@pytest.mark.parametrize("q", ["'", "' or '1'='1", "a'||'b", '"><x>', "%", "(select 1)", "\\"])
def test_pieces_of_a_statement_are_words_like_any_other(api, q):
    answer = api.get("/help", params={"q": q})
    assert answer.status_code == 200
    assert "<x>" not in answer.text
    assert api.get("/api/v1/articles", params={"q": q + "ab"}).json() == {"items": []}


@pytest.mark.parametrize("q", ["a", "x" * 101, "a\0b", "a\nb"])
def test_words_that_cannot_be_looked_for_are_refused(api, q):
    assert api.get("/api/v1/articles", params={"q": q}).status_code == 422


def test_the_former_address_says_when_it_goes(api):
    headers = api.get("/api/v1/help").headers
    assert headers["deprecation"] == "@1767225600"
    assert headers["sunset"].endswith("GMT")
    assert "successor-version" in headers["link"]


BROKEN = {
    "refresh-500": lambda api: api.post(REFRESH, json={"refresh_token": LONG}).status_code == 500,
    "search-500": lambda api: api.get("/api/v1/articles", params={"q": LONG}).status_code == 500,
    "unknown-members-accepted": lambda api: (
        api.post(FORGOT, json={"email": "ada@example.com", "more": 1}).status_code == 202
    ),
    "large-body-accepted": lambda api: (
        api.post(SIGNIN, content=b"{}".ljust(70_000), headers={"Content-Type": "application/json"}).status_code != 413
    ),
    "sql-by-formatting": lambda api: found(api, q="pass'||'word") == found(api, q="password"),
    "sql-errors-shown": lambda api: "syntax error" in api.get("/api/v1/articles", params={"q": "a' b"}).text,
    "help-reflects-markup": lambda api: '"><x>' in api.get("/help", params={"q": '"><x>'}).text,
    "failure-odd-shape": lambda api: set(api.get("/debug/failure").json()) == {"message"},
    "docs-name-missing-operation": lambda api: "magic-link" in api.get("/docs").text,
    "answers-undocumented": lambda api: (
        "heading" in api.get("/api/v1/articles", params={"q": "password"}).json()["items"][0]
    ),
    "security-undeclared": lambda api: any(
        "security" not in operation
        for item in api.get("/openapi.json").json()["paths"].values()
        for operation in item.values()
    ),
    "texts-unbounded-in-document": lambda api: (
        "maxLength" not in api.get("/openapi.json").json()["components"]["schemas"]["SignIn"]["properties"]["password"]
    ),
    "deprecated-silently": lambda api: "sunset" not in api.get("/api/v1/help").headers,
    "client-names-missing-operation": lambda api: "magic-link" in api.get("/clients/sample-identity.js").text,
}
WITH_AN_ACCOUNT = {"forbidden-odd-shape", "conflict-odd-shape", "own-answers-public", "own-answers-kept"}
TOGETHER = [
    set(BROKEN) - {"sql-errors-shown", "answers-undocumented"},
    {"sql-errors-shown"},
    {"answers-undocumented"},
]


def test_every_defect_is_looked_at():
    assert set(BROKEN) | WITH_AN_ACCOUNT == {defect.name for defect in DEFECTS}


@pytest.fixture
def look(start, connect):
    @contextmanager
    def look(*names):
        with start(*names) as sample, connect(sample.addresses) as client:
            yield client

    return look


@pytest.mark.parametrize("names", [*TOGETHER, set()], ids=lambda names: f"{len(names)} of them")
def test_a_defect_shows_and_a_healthy_platform_shows_none(names, look):
    with look(*sorted(names)) as api:
        hidden = {"answers-undocumented"} if "sql-by-formatting" in names else set[str]()
        assert {name for name in sorted(set(BROKEN) - hidden) if seen(name, api)} == names


def seen(name, api):
    try:
        return BROKEN[name](api)
    except KeyError:  # the search answers in other words
        return False
