import uuid
from pathlib import Path

import pytest
from graphql import build_client_schema, get_introspection_query
from sqlalchemy import create_engine, text


@pytest.fixture
def signed_in(healthy, api):
    password = Path(healthy.admin_password_file).read_text()
    answer = api.post("/api/v1/auth/signin", json={"email": "admin@sample.test", "password": password})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture
def ask(api, signed_in):
    def ask(query, **more):
        answer = api.post("/api/v1/graphql", json={"query": query, **more}, headers=signed_in)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def nested(turns):
    return "{me" + "{sessions{account" * turns + "{id}" + "}}" * turns + "}"


def test_the_own_account_and_its_sessions_are_read_in_one_question(ask):
    told = ask("{ me { email sessions { device account { email } } } }")["data"]["me"]
    assert told["email"] == "admin@sample.test"
    assert {one["account"]["email"] for one in told["sessions"]} == {"admin@sample.test"}


def test_a_variable_names_an_account(ask):
    id = ask("{ me { id } }")["data"]["me"]["id"]
    query = "query ($id: ID!) { account(id: $id) { email } }"
    assert ask(query, variables={"id": id})["data"]["account"]["email"] == "admin@sample.test"


def test_accounts_of_others_are_not_there(healthy, ask):
    id, tenant = uuid.uuid4(), uuid.uuid4()
    with create_engine(healthy.postgres).begin() as database:
        database.execute(text("INSERT INTO tenants (id) VALUES (:tenant)"), {"tenant": tenant})
        row = "INSERT INTO accounts (id, tenant_id, email, password_hash) VALUES (:id, :tenant, :email, 'x')"
        database.execute(text(row), {"id": id, "tenant": tenant, "email": f"{id}@other.example"})
    assert ask(f'{{ account(id: "{id}") {{ email }} }}') == {"data": {"account": None}}
    assert ask('{ account(id: "no id at all") { email } }') == {"data": {"account": None}}


@pytest.mark.parametrize("turns", [1, 4])
def test_a_query_of_ten_levels_is_answered(ask, turns):
    assert "errors" not in ask(nested(turns))


@pytest.mark.parametrize(
    "query",
    [
        nested(5),
        nested(15),
        "fragment F on Account { sessions { account { ...F } } } { me { ...F } }",
        "fragment F on Account { sessions { account { sessions { account { sessions { account { id } } } } } } } "
        "{ me { sessions { account { sessions { account { ...F } } } } } }",
        "{ me { ... on Account { sessions { account { sessions { account { sessions { account { sessions { account "
        "{ sessions { id } } } } } } } } } } } }",
        "{a" * 3_000,
        "{",
    ],
)
def test_a_query_that_is_too_deep_or_no_query_has_errors_and_no_data(ask, query):
    answer = ask(query)
    assert answer["errors"]
    assert answer["data"] is None


def test_the_schema_is_told_to_whoever_is_signed_in(ask):
    assert build_client_schema(ask(get_introspection_query())["data"]).query_type.name == "Query"


@pytest.mark.parametrize("query", ["{ __typename }", "{ __schema { types { name } } }"])
def test_nobody_is_told_anything(api, query):
    assert api.post("/api/v1/graphql", json={"query": query}).status_code == 401
