from pathlib import Path

import pytest

API = "/api/v1"


@pytest.fixture
def ask(start, connect):
    """`ask(method, path, key="", **body)` asks as the administrator, or with an API key."""
    with start() as sample, connect(sample.addresses) as client:
        given = {"email": "admin@sample.test", "password": Path(sample.addresses.admin_password_file).read_text()}
        token = client.post(f"{API}/auth/signin", json=given).json()["access_token"]

        def ask(method, path, key="", **body):
            headers = {"X-API-Key": key} if key else {"Authorization": f"Bearer {token}"}
            return client.request(method, API + path, json=body or None, headers=headers)

        yield ask


@pytest.fixture
def key(ask):
    return ask("POST", "/keys", name="test", scopes=["profile:read"]).json()["key"]


def call(ask, key):
    return ask("GET", "/keyed/profile", key)


def test_a_key_has_the_limit_that_is_published_for_its_plan(ask, key):
    published = {plan["name"]: plan["requests"] for plan in ask("GET", "/plans").json()["items"]}
    me = ask("GET", "/auth/me").json()
    for plan, limit in published.items():
        assert ask("PUT", f"/admin/users/{me['id']}/plan", plan=plan).status_code == 200
        assert call(ask, key).headers["x-ratelimit-limit"] == str(limit)
    assert published == {"free": 16, "pro": 22, "scale": 28}


def test_the_keys_of_a_tenant_share_its_limit(ask, key):
    other = ask("POST", "/keys", name="other", scopes=["profile:read"]).json()["key"]
    answers = [call(ask, key) for _ in range(15)] + [call(ask, other) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200] * 16 + [429]
    refused = answers[-1]
    assert (refused.headers["x-ratelimit-limit"], refused.headers["x-ratelimit-remaining"]) == ("16", "0")
    assert 1 <= int(refused.headers["retry-after"]) <= 15


def test_an_unknown_plan_is_refused(ask):
    me = ask("GET", "/auth/me").json()
    assert ask("PUT", f"/admin/users/{me['id']}/plan", plan="unlimited").status_code == 422
