"""Live validation: a target file that the platform's own document contradicts is refused."""

import pytest
from fastapi import FastAPI, Form, Query
from pydantic import BaseModel, ConfigDict
from readiness.live import contradictions


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: str
    password: str
    remember: bool = False


def platform():
    app = FastAPI()

    @app.post("/v1/signin")
    def sign_in(body: Credentials): ...

    @app.get("/v1/users/{user_id}")
    def user(user_id: int): ...

    @app.get("/v1/users")
    def users(email: str = Query()): ...

    @app.post("/v1/forgot")
    def forgot(mail: str = Form()): ...

    return app


SIGN_IN = {"path": "/v1/signin", "body": {"email": "{email}", "password": "{password}"}}


@pytest.fixture
def compare(serve, target_of):
    async def run(operations, openapi="/openapi.json"):
        target = target_of(serve(platform()), routes={"openapi": openapi}, operations=operations)
        return await contradictions(target)

    return run


async def test_operations_as_the_document_has_them_are_accepted(compare):
    described = {
        "sign_in": SIGN_IN,
        "user": {"method": "GET", "path": "/v1/users/{id}"},
        "users": {"method": "GET", "path": "/v1/users", "query": {"email": "{email}"}},
        "forgot": {"path": "/v1/forgot", "form": {"mail": "{email}"}},
    }
    assert await compare(described) == []


@pytest.mark.parametrize(
    ("name", "operation", "problem"),
    [
        ("sign_in", {"path": "/v2/signin"}, "path: /v2/signin is not in the document"),
        ("sign_in", {**SIGN_IN, "method": "PUT"}, "method: expected POST, got PUT"),
        ("sign_in", {"path": "/v1/signin"}, "body: expected application/json, got none"),
        ("sign_in", {"path": "/v1/signin", "body": {"email": "{email}"}}, "body: password is required"),
        (
            "sign_in",
            {"path": "/v1/signin", "body": {**SIGN_IN["body"], "otp": "1"}},
            "body: otp is not a member; expected some of email, password, remember",
        ),
        ("sign_in", {"path": "/v1/signin", "form": {"email": "{email}"}}, "form: expected application/json"),
        ("users", {"method": "GET", "path": "/v1/users"}, "query: email is required"),
    ],
    ids=["path", "method", "no-body", "required", "unknown-member", "media-type", "query"],
)
async def test_what_the_document_contradicts_is_named(compare, name, operation, problem):
    assert await compare({name: operation}) == [f"operations.{name}: {problem}"]


async def test_an_operation_that_is_undocumented_on_purpose_is_not_compared(compare):
    assert await compare({"sign_in": {"path": "/internal/signin", "undocumented": True}}) == []


async def test_without_a_document_nothing_can_be_compared(compare):
    assert "routes.openapi: expected" in (await compare({"sign_in": SIGN_IN}, openapi=None))[0]
    assert "got status 404" in (await compare({"sign_in": SIGN_IN}, openapi="/nowhere"))[0]
    assert "got something else" in (await compare({"sign_in": SIGN_IN}, openapi="/docs"))[0]
