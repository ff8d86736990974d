"""OpenID Connect: a small provider that keeps to the standards, and one for each way not to."""

import base64
import hashlib
import time
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from readiness.application import REDIRECT
from readiness.probes.oidc import VARIANTS, oidc
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route

KEY = ec.generate_private_key(ec.SECP256R1())
JWK = ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "one", "alg": "ES256", "use": "sig"}
CLIENT, SECRET = "app-1", "s3cret-of-app-1"
REFUSED = [
    "code_replay_refused",
    "plain_refused",
    "pkce_required",
    "wrong_verifier_refused",
    "wrong_secret_refused",
    "implicit_refused",
]


def error(code, status=400):
    return JSONResponse({"error": code}, status)


class Provider:
    """A provider; `faults` names what it does wrong."""

    def __init__(self, members, *faults):
        self.members, self.faults, self.codes, self.clients = members, faults, {}, set()
        self.app = Starlette(
            routes=[
                *members.routes,
                Route("/.well-known/openid-configuration", self.configuration),
                Route("/keys", self.keys),
                Route("/apps", self.register, methods=["POST"]),
                Route("/apps/{id}", self.remove, methods=["DELETE"]),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.userinfo),
            ]
        )

    async def configuration(self, request):
        base = str(request.base_url).rstrip("/")
        metadata = {
            "issuer": base + ("/" if "issuer slash" in self.faults else ""),
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/keys",
        }
        if "elsewhere" in self.faults:
            metadata["token_endpoint"] = "https://elsewhere.example/token"
        if "posted secret" in self.faults:
            metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        return JSONResponse(metadata)

    async def keys(self, request):
        key = dict(JWK)
        if "private key" in self.faults:
            key |= ECAlgorithm.to_jwk(KEY, as_dict=True)
        if "unnamed key" in self.faults:
            key = {**key, "kid": ""}
        return JSONResponse({"keys": [key]})

    async def register(self, request):
        if not self.members.who(request):
            return error("nobody", 401)
        self.clients.add(CLIENT)
        return JSONResponse({"id": CLIENT, "secret": SECRET}, 201)

    async def remove(self, request):
        self.clients.discard(request.path_params["id"])
        return JSONResponse({})

    async def authorize(self, request):
        asked, person = request.query_params, self.members.who(request)
        if "asks again" in self.faults:
            return RedirectResponse("/login", 302)
        place, exact = asked["redirect_uri"], asked["redirect_uri"] == REDIRECT
        if "redirects errors" in self.faults and not exact:
            return RedirectResponse(f"{place}?error=invalid_request", 302)
        loose = "loose redirect" in self.faults and place.lower().startswith(REDIRECT)
        if not person or not (exact or loose) or "broken" in self.faults:
            return error("invalid_request")
        if asked["response_type"] != "code":
            if "implicit" in self.faults:
                return RedirectResponse(f"{place}#access_token=abcdefgh", 302)
            return RedirectResponse(f"{place}?error=unsupported_response_type", 302)
        method = asked.get("code_challenge_method")
        allowed = {"S256"} | ({"plain"} if "plain" in self.faults else set())
        if method not in allowed | ({None} if "no pkce" in self.faults else set()):
            return RedirectResponse(f"{place}?error=invalid_request", 302)
        code = f"code-number-{len(self.codes)}"
        self.codes[code] = {**asked, "person": person, "used": False}
        state = "" if "state lost" in self.faults else f"&state={asked['state']}"
        return RedirectResponse(f"{place}?code={code}{state}", 302)

    async def token(self, request):
        form = dict(parse_qsl((await request.body()).decode()))
        basic = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        posted = f"{form.get('client_id')}:{form.get('client_secret')}"
        if (basic or posted) != f"{CLIENT}:{SECRET}" and "any secret" not in self.faults:
            return error("invalid_client", 401 if basic else 400)
        code = self.codes[form["code"]]
        if code["used"] and "replay" not in self.faults:
            return error("invalid_grant")
        verifier, challenge = form.get("code_verifier", ""), code.get("code_challenge")
        if code.get("code_challenge_method") == "S256":
            digest = hashlib.sha256(verifier.encode()).digest()
            verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge and verifier != challenge and "any verifier" not in self.faults:
            return error("invalid_grant")
        code["used"] = True
        now = int(time.time())
        base = str(request.base_url).rstrip("/")
        claims = {"iss": base, "aud": CLIENT, "sub": code["person"], "iat": now, "exp": now + 300}
        if "nonce lost" not in self.faults:
            claims["nonce"] = code["nonce"]
        if "wrong audience" in self.faults:
            claims["aud"] = "somebody-else"
        key = ec.generate_private_key(ec.SECP256R1()) if "wrong key" in self.faults else KEY
        id_token = jwt.encode(claims, key, algorithm="ES256", headers={"kid": "one"})
        tokens = {"access_token": f"access-{code['person']}", "token_type": "Bearer"}
        return JSONResponse(tokens | ({} if "no id token" in self.faults else {"id_token": id_token}))

    async def userinfo(self, request):
        subject = request.headers["authorization"].removeprefix("Bearer access-")
        return JSONResponse({"sub": "admin" if "other subject" in self.faults else subject})


@pytest.fixture
def look(serve, target_of, observe, members):
    async def run(*faults, **keys):
        provider = Provider(members, *faults)
        described = {
            "oidc_client_create": {"path": "/apps", "body": {}, "answer": {"id": "id", "secret": "secret"}},
            "oidc_client_delete": {"method": "DELETE", "path": "/apps/{id}"},
        }
        routes = {"discovery": "/.well-known/openid-configuration"}
        operations = {**members.keys["operations"], **described}
        values = {**members.keys, "routes": routes, "operations": operations, **keys}
        seen = await observe(oidc, target_of(serve(provider.app), **values))
        seen.provider = provider
        return seen

    return run


async def test_a_provider_that_keeps_to_the_standards_passes(look):
    seen = await look()
    assert {name: seen.value(f"oidc.{name}") for name in REFUSED} == dict.fromkeys(REFUSED, True)
    for name in ("issuer_exact", "code_flow", "id_token_valid", "nonce_echoed", "userinfo_same_subject"):
        assert seen.value(f"oidc.{name}") is True, name
    assert (seen.value("oidc.keys"), seen.value("oidc.keys_incomplete"), seen.value("oidc.private_keys")) == (1, 0, 0)
    assert seen.value("oidc.redirect_variants") == len(VARIANTS) >= 8
    assert seen.value("oidc.redirect_variants_accepted") == 0


async def test_the_application_and_the_account_are_removed(look):
    seen = await look()
    assert seen.survey.left == ()
    assert not seen.provider.clients
    assert not seen.provider.members.emails


async def test_no_code_token_or_secret_is_recorded(look):
    records = str((await look()).survey.exchanges)
    assert SECRET not in records
    assert "code-number-" not in records
    assert "access-person" not in records
    assert base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode() not in records


@pytest.mark.parametrize(
    ("fault", "fact", "value"),
    [
        ("issuer slash", "issuer_exact", False),
        ("private key", "private_keys", 1),
        ("unnamed key", "keys_incomplete", 1),
        ("state lost", "code_flow", False),
        ("no id token", "code_flow", False),
        ("broken", "code_flow", False),
        ("wrong audience", "id_token_valid", False),
        ("wrong key", "id_token_valid", False),
        ("nonce lost", "nonce_echoed", False),
        ("other subject", "userinfo_same_subject", False),
        ("replay", "code_replay_refused", False),
        ("plain", "plain_refused", False),
        ("no pkce", "pkce_required", False),
        ("any verifier", "wrong_verifier_refused", False),
        ("any secret", "wrong_secret_refused", False),
        ("implicit", "implicit_refused", False),
    ],
)
async def test_a_deviation_is_seen(look, fault, fact, value):
    assert (await look(fault)).value(f"oidc.{fact}") == value


async def test_a_loose_comparison_of_addresses_is_counted(look):
    assert (await look("loose redirect")).value("oidc.redirect_variants_accepted") >= 3


async def test_an_error_that_is_sent_to_an_unknown_address_is_a_redirect_all_the_same(look):
    # all but the one whose fragment a browser would keep to itself
    assert (await look("redirects errors")).value("oidc.redirect_variants_accepted") >= len(VARIANTS) - 1


async def test_a_refusal_proves_nothing_where_nothing_is_granted(look):
    seen = await look("broken")
    assert {seen[f"oidc.{name}"].status for name in [*REFUSED, "redirect_variants_accepted"]} == {"unavailable"}


async def test_a_page_that_a_person_must_deal_with_says_nothing(look):
    seen = await look("asks again")
    assert seen["oidc.code_flow"].status == "unavailable"
    assert "another page" in seen["oidc.code_flow"].reason
    assert not seen.provider.clients


async def test_a_secret_that_goes_with_the_form_may_be_refused_with_400(look):
    assert (await look("posted secret")).value("oidc.wrong_secret_refused") is True


async def test_nothing_is_sent_to_another_host(look):
    seen = await look("elsewhere")
    assert "own host" in seen["oidc.code_flow"].reason
    assert not any("elsewhere.example" in item.get("url", "") for item in seen.survey.exchanges)


@pytest.mark.parametrize("missing", ["routes", "operations"])
async def test_what_is_not_described_stays_unknown(look, missing):
    seen = await look(**{missing: {}})
    assert {row.status for name, row in seen.items() if name not in PUBLISHED or missing == "routes"} == {"unavailable"}


PUBLISHED = ["oidc.issuer_exact", "oidc.keys", "oidc.keys_incomplete", "oidc.private_keys"]


async def test_a_discovery_document_that_is_none_says_nothing(serve, target_of, observe):
    async def page(request):
        return PlainTextResponse("welcome")

    app = Starlette(routes=[Route("/{path:path}", page)])
    seen = await observe(oidc, target_of(serve(app), routes={"discovery": "/.well-known/openid-configuration"}))
    assert {row.status for row in seen.values()} == {"unavailable"}


def test_every_variant_differs_from_the_registered_address():
    assert REDIRECT not in VARIANTS.values()
