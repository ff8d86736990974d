import uuid

import jwt
import psycopg
import pytest

AUTH = "/api/v1/auth"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def session(start, connect):
    # A platform of its own: sign-ups are limited to three in ten seconds.
    with start() as sample, connect(sample.addresses) as client:
        yield sample.addresses, client


def credentials():
    return {"email": f"ada.{uuid.uuid4().hex[:8]}@example.com", "password": PASSWORD}


def signed_in(client):
    given = credentials()
    assert client.post(f"{AUTH}/signup", json=given).status_code == 202
    answer = client.post(f"{AUTH}/signin", json=given)
    assert answer.status_code == 200
    return given, answer.json()


def test_an_account_signs_up_in_refreshes_and_is_known(session):
    _, client = session
    given, tokens = signed_in(client)
    fresh = client.post(f"{AUTH}/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    me = client.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {fresh['access_token']}"})
    assert me.status_code == 200
    assert me.json()["email"] == given["email"]
    assert fresh["expires_in"] == 900


def test_a_refresh_token_used_twice_ends_its_family(session):
    _, client = session
    _, tokens = signed_in(client)
    first = {"refresh_token": tokens["refresh_token"]}
    second = {"refresh_token": client.post(f"{AUTH}/refresh", json=first).json()["refresh_token"]}
    reuse = client.post(f"{AUTH}/refresh", json=first)
    assert (reuse.status_code, reuse.json()["code"]) == (401, "invalid_refresh_token")
    assert client.post(f"{AUTH}/refresh", json=second).status_code == 401


def test_signing_out_ends_the_session_and_says_the_same_to_a_stranger(session):
    _, client = session
    _, tokens = signed_in(client)
    token = {"refresh_token": tokens["refresh_token"]}
    known = client.post(f"{AUTH}/signout", json=token)
    unknown = client.post(f"{AUTH}/signout", json={"refresh_token": "x" * 43})
    assert known.json() == unknown.json() == {"status": "signed_out"}
    assert client.post(f"{AUTH}/refresh", json=token).status_code == 401


def test_signing_up_twice_looks_the_same_and_makes_one_account(session):
    addresses, client = session
    given = credentials()
    again = {**given, "email": given["email"].upper(), "password": "another long password"}
    first, second = (client.post(f"{AUTH}/signup", json=body) for body in (given, again))
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert client.post(f"{AUTH}/signin", json=again).status_code == 401
    with psycopg.connect(addresses.postgres.replace("+psycopg", "")) as database:
        assert database.execute("SELECT count(*) FROM accounts").fetchone() == (1,)


def test_secrets_are_stored_hashed_and_never_logged(session, tmp_path):
    addresses, client = session
    _, tokens = signed_in(client)
    with psycopg.connect(addresses.postgres.replace("+psycopg", "")) as database:
        (password_hash,) = database.execute("SELECT password_hash FROM accounts").fetchone()
        (token_hash,) = database.execute("SELECT token_hash FROM refresh_tokens").fetchone()
    log = (tmp_path / "state" / "logs" / "production.jsonl").read_text()
    assert password_hash.startswith("$argon2id$")
    assert token_hash != tokens["refresh_token"]
    assert '"path": "/api/v1/auth/signin"' in log
    assert PASSWORD not in log
    assert tokens["refresh_token"] not in log


@pytest.mark.parametrize("change", [{"password": "not the password"}, {"email": "stranger@example.com"}])
def test_wrong_password_and_unknown_address_get_the_same_refusal(session, change):
    _, client = session
    given = credentials()
    client.post(f"{AUTH}/signup", json=given)
    refused = client.post(f"{AUTH}/signin", json={**given, **change})
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")


def test_a_token_is_refused_unless_this_environment_signed_it(session, connect):
    addresses, client = session
    _, tokens = signed_in(client)
    right = tokens["access_token"]
    claims = jwt.decode(right, options={"verify_signature": False})
    forged = jwt.encode(claims, key=None, algorithm="none")
    for token in (forged, right[:-6] + "AAAAAA", "x", "x.y.z"):
        answer = client.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    with connect(addresses, addresses.staging) as staging:
        assert staging.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {right}"}).status_code == 401
