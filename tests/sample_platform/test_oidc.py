import base64
import hashlib
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

HOME = "https://shop.example/callback"
AUTHORIZE, TOKEN, USERINFO = (f"/api/v1/oauth2/{name}" for name in ("authorize", "token", "userinfo"))


@pytest.fixture
def signed_in(healthy, api):
    password = Path(healthy.admin_password_file).read_text()
    answer = api.post("/api/v1/auth/signin", json={"email": "admin@sample.test", "password": password})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


class Shop:
    """An application of the administrator's."""

    def __init__(self, api, signed_in):
        self.api, self.signed_in, self.verifier = api, signed_in, secrets.token_urlsafe(48)
        made = api.post("/api/v1/oidc/clients", json={"name": "Shop", "redirect_uris": [HOME]}, headers=signed_in)
        assert made.status_code == 201, made.text
        self.id, self.secret = made.json()["id"], made.json()["secret"]

    def authorize(self, **changed):
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": HOME,
            "scope": "openid email",
            "state": "there",
            "nonce": "once",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        kept = {name: value for name, value in (asked | changed).items() if value is not None}
        return self.api.get(AUTHORIZE, params=kept, headers=self.signed_in)

    def code(self):
        return parse_qs(urlsplit(self.authorize().headers["location"]).query)["code"][0]

    def exchange(self, code, /, **changed):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME, "code_verifier": self.verifier}
        return self.api.post(TOKEN, data={**form, **changed}, auth=(self.id, self.secret))

    def userinfo(self, access):
        return self.api.get(USERINFO, headers={"Authorization": f"Bearer {access}"})


@pytest.fixture
def shop(api, signed_in):
    shop = Shop(api, signed_in)
    yield shop
    api.delete(f"/api/v1/oidc/clients/{shop.id}", headers=signed_in)


def test_a_person_signs_in_to_an_application(healthy, api, shop):
    published = api.get("/.well-known/openid-configuration").json()
    assert published["issuer"] == healthy.api
    tokens = shop.exchange(shop.code())
    assert tokens.headers["cache-control"] == "no-store"
    keys = jwt.PyJWKSet.from_dict(api.get("/.well-known/jwks.json").json())
    claims = jwt.decode(
        tokens.json()["id_token"], keys.keys[0], algorithms=["ES256"], audience=shop.id, issuer=published["issuer"]
    )
    assert claims["nonce"] == "once"
    told = shop.userinfo(tokens.json()["access_token"]).json()
    assert told == {"sub": claims["sub"], "email": "admin@sample.test", "email_verified": True}


def test_the_state_comes_back(shop):
    assert parse_qs(urlsplit(shop.authorize().headers["location"]).query)["state"] == ["there"]


def test_a_code_used_twice_takes_its_tokens_with_it(shop):
    code = shop.code()
    access = shop.exchange(code).json()["access_token"]
    again = shop.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert shop.userinfo(access).status_code == 401


def test_an_application_s_token_opens_nothing_else(api, shop):
    access = shop.exchange(shop.code()).json()["access_token"]
    assert api.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {access}"}).status_code == 401
    assert shop.userinfo(shop.signed_in["Authorization"].removeprefix("Bearer ")).status_code == 401


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token token"}, "unsupported_response_type"),
    ],
)
def test_an_unsafe_flow_is_sent_back_with_an_error(shop, changed, error):
    place = shop.authorize(**changed).headers["location"]
    assert place.startswith(HOME)
    assert parse_qs(urlsplit(place).query)["error"] == [error]


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": f"{HOME}/more"},
        {"redirect_uri": HOME.upper()},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"redirect_uri": f'{HOME}"'},
    ],
)
def test_nobody_is_sent_anywhere_before_the_address_is_known(shop, changed):
    answer = shop.authorize(**changed)
    assert answer.status_code in (400, 422)
    assert "location" not in answer.headers


def test_a_parameter_given_twice_is_refused(api, shop):
    query = f"response_type=code&client_id={shop.id}&client_id={shop.id}&redirect_uri={HOME}"
    assert api.get(f"{AUTHORIZE}?{query}", headers=shop.signed_in).json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "a" * 64}, "invalid_grant"),
        ({"redirect_uri": f"{HOME}/more"}, "invalid_grant"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_what_does_not_fit_the_code_is_refused(shop, changed, error):
    answer = shop.exchange(shop.code(), **changed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_an_application_proves_itself_by_its_secret(api, shop):
    code, right = shop.code(), shop.secret
    shop.secret = "wrong"
    assert shop.exchange(code).status_code == 401
    assert api.post(TOKEN, data={"grant_type": "authorization_code", "code": code}).json()["error"] == "invalid_client"
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME, "code_verifier": shop.verifier}
    assert api.post(TOKEN, data={**form, "client_id": shop.id, "client_secret": right}).status_code == 200


def test_forms_and_json_are_not_taken_for_each_other(api, signed_in):
    assert api.post(TOKEN, json={}).status_code == 415
    assert api.post("/api/v1/oidc/clients", data={"name": "x"}, headers=signed_in).status_code == 415


def test_a_removed_application_is_unknown(api, shop):
    access = shop.exchange(shop.code()).json()["access_token"]
    assert api.delete(f"/api/v1/oidc/clients/{shop.id}", headers=shop.signed_in).status_code == 204
    assert api.delete(f"/api/v1/oidc/clients/{shop.id}", headers=shop.signed_in).status_code == 404
    assert shop.authorize().status_code == 400
    assert shop.userinfo(access).status_code == 401


@pytest.mark.parametrize("address", ["http://shop.example/callback", "https://shop.example/#x", "javascript:alert(1)"])
def test_only_an_https_address_can_be_registered(api, signed_in, address):
    asked = {"name": "Shop", "redirect_uris": [address]}
    assert api.post("/api/v1/oidc/clients", json=asked, headers=signed_in).status_code == 422


def test_nobody_signed_in_is_nobody(api, shop):
    assert api.get(AUTHORIZE, params={"client_id": shop.id}).status_code == 401
    assert api.get(USERINFO).status_code == 401
    assert api.post("/api/v1/oidc/clients", json={"name": "x", "redirect_uris": [HOME]}).status_code == 401
