"""Tokens to hand on, and who may take them."""

import time
from contextlib import ExitStack
from pathlib import Path

import jwt
import pytest

ADMIN = "admin@sample.test"
AUTH = "/api/v1/auth"


@pytest.fixture
def signed_in(start, connect):
    """`signed_in(*defects)` starts a platform; returns `ask(method, path, token, body)` and a token."""
    with ExitStack() as stack:

        def run(*defects):
            sample = stack.enter_context(start(*defects))
            client = stack.enter_context(connect(sample.addresses))
            password = Path(sample.addresses.admin_password_file).read_text()

            def ask(method, path, token="", body=None):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                return client.request(method, path, json=body, headers=headers)

            tokens = ask("POST", f"{AUTH}/signin", body={"email": ADMIN, "password": password}).json()
            return ask, tokens["access_token"]

        yield run


def test_a_token_to_hand_on_lives_as_long_as_asked_for(signed_in):
    ask, token = signed_in()
    handed = ask("POST", f"{AUTH}/me/token", token, {"expires_in": 2}).json()
    assert handed["expires_in"] == 2
    assert ask("GET", f"{AUTH}/me", handed["access_token"]).status_code == 200
    time.sleep(2.1)
    assert ask("GET", f"{AUTH}/me", handed["access_token"]).status_code == 401
    assert ask("POST", f"{AUTH}/me/token", token, {"expires_in": 901}).status_code == 422


def test_a_token_for_another_service_is_of_no_use_here(signed_in):
    ask, token = signed_in()
    handed = ask("POST", f"{AUTH}/me/token", token, {"audience": "reports"}).json()["access_token"]
    assert jwt.decode(handed, options={"verify_signature": False})["aud"].endswith("/reports")
    assert ask("GET", f"{AUTH}/me", handed).status_code == 401


def test_a_platform_that_ignores_audiences_takes_it(signed_in):
    ask, token = signed_in("token-audience-ignored")
    handed = ask("POST", f"{AUTH}/me/token", token, {"audience": "reports"}).json()["access_token"]
    assert ask("GET", f"{AUTH}/me", handed).status_code == 200
