"""Grants: Authlib's OAuth 2.0 and OpenID Connect rules on this platform's tables.

Everything here is synchronous, as Authlib is: `AsyncSession.run_sync` runs it.
"""

import datetime as dt
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from authlib.oauth2 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import (
    AuthorizationCodeGrant,
    AuthorizationServer,
    ClientMixin,
    ImplicitGrant,
    InvalidRequestError,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.models import AuthorizationCodeMixin
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .environment import Environment
from .identity import Caller
from .keys import ACCESS_TOKEN_S
from .models import Account, OidcClient, OidcCode
from .models import Session as SignIn

SCOPES = ("openid", "email", "profile")
CODE_S = 60
USERINFO = "/api/v1/oauth2/userinfo"


def hashed(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def claims_of(account: Account, scope: str) -> dict[str, Any]:
    """Return what an application learns of an account (OpenID Connect Core 1.0, 5.4)."""
    granted, claims = scope.split(), {"sub": str(account.id)}
    if "email" in granted:
        claims |= {"email": account.email, "email_verified": account.verified_at is not None}
    if "profile" in granted:
        claims |= {"name": account.name}
    return claims


@dataclass(frozen=True)
class Answered:
    """What Authlib answers: status, JSON members or text, headers."""

    status: int
    body: Any
    headers: dict[str, str]


class Asked(OAuth2Request):
    """A request as Authlib reads it; `fields` are those of the query or of the form, in order."""

    def __init__(self, method: str, url: str, headers: Any, fields: list[tuple[str, str]]) -> None:
        super().__init__(method, url, headers=headers)
        self.payload = BasicOAuth2Payload(dict(fields))
        self.payload._datalist = {name: [text for key, text in fields if key == name] for name, _ in fields}

    @property
    def form(self) -> dict[str, str]:
        """The fields of the body."""
        return self.payload.data


@dataclass(frozen=True)
class Application(ClientMixin):
    """A registered application; all are confidential and sign in the people of their own tenant."""

    row: OidcClient
    here: Environment

    def get_client_id(self) -> str:
        """Return its id."""
        return str(self.row.id)

    def get_default_redirect_uri(self) -> None:
        """Return none: it has to be named, so that it can be compared."""
        return

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return what is known of the requested scope; the rest is left out (OpenID Connect Core 1.0, 3.1.2.1)."""
        return " ".join(word for word in SCOPES if word in (scope or "").split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Return whether an address is registered, compared character by character (RFC 9700, 2.1)."""
        if self.here.behaviour.oidc_redirects_exactly:
            return redirect_uri in self.row.redirect_uris
        return any(redirect_uri.startswith(known) for known in self.row.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        """Return whether this is the secret."""
        right = secrets.compare_digest(hashed(client_secret), self.row.secret_hash)
        return right or not self.here.behaviour.oidc_checks_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Return whether it may prove itself so."""
        return method != "none" or self.here.behaviour.oidc_implicit

    def check_response_type(self, response_type: str) -> bool:
        """Return true: the server has no others than it may use."""
        return True

    def check_grant_type(self, grant_type: str) -> bool:
        """Return whether it may use a grant; there are no refresh tokens."""
        return grant_type != "refresh_token"


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):
    """An authorization code as Authlib reads it."""

    row: OidcCode
    echoes_nonce: bool

    @property
    def code_challenge(self) -> str | None:
        """The challenge that the verifier has to meet."""
        return self.row.challenge

    @property
    def code_challenge_method(self) -> str | None:
        """How it has to meet it."""
        return self.row.challenge_method

    def get_redirect_uri(self) -> str:
        """Return where it was sent."""
        return self.row.redirect_uri

    def get_scope(self) -> str:
        """Return what it grants."""
        return self.row.scope

    def get_nonce(self) -> str | None:
        """Return what the application wants to read in the ID token."""
        return self.row.nonce if self.echoes_nonce else None

    def get_auth_time(self) -> int:
        """Return when the person signed in."""
        return int(self.row.auth_time.timestamp())

    def get_acr(self) -> None:
        """Return none: there are no classes of authentication."""
        return

    def get_amr(self) -> None:
        """Return none: methods of authentication are not told."""
        return


class Server(AuthorizationServer):
    """The authorization server during one request; `tenant` is whose applications may ask, None for all."""

    def __init__(self, here: Environment, session: Session, tenant: uuid.UUID | None = None) -> None:
        super().__init__()
        self.here, self.session, self.tenant = here, session, tenant
        self.register_grant(CodeGrant, [Challenge(here), IdToken(here)])
        if here.behaviour.oidc_implicit:
            self.register_grant(TokenGrant)

    def authorize(self, request: Asked, caller: Caller) -> Answered:
        """Answer an authorization request of a signed-in user."""
        try:
            grant = self.get_consent_grant(request, caller)
        except OAuth2Error as error:
            return self.handle_error_response(request, error)
        return self.create_authorization_response(request, caller, grant)

    def query_client(self, client_id: str) -> Application | None:
        """Return an application by its id."""
        try:
            row = self.session.get(OidcClient, uuid.UUID(client_id))
        except ValueError:
            return None
        return Application(row, self.here) if row and self.tenant in (None, row.tenant_id) else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Keep nothing: a token is signed, and lives while its code's row does."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""

    def create_oauth2_request(self, request: Asked) -> Asked:
        """Return the request, which is in Authlib's form already."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answered:
        """Return the answer."""
        return Answered(status, body, dict(headers))


class CodeGrant(AuthorizationCodeGrant):
    """The authorization code grant: codes are good once, and using one again revokes its tokens."""

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """Keep a new code, and let those go whose tokens have ended."""
        session, now = self.server.session, dt.datetime.now(dt.UTC)
        session.execute(delete(OidcCode).where(OidcCode.expires_at < now - dt.timedelta(seconds=ACCESS_TOKEN_S)))
        given = request.payload.data
        sign_in = session.get(SignIn, request.user.session_id)
        row = OidcCode(
            client_id=request.client.row.id,
            account_id=request.user.account.id,
            code_hash=hashed(code),
            redirect_uri=given["redirect_uri"],
            scope=request.scope,
            nonce=given.get("nonce"),
            challenge=given.get("code_challenge"),
            challenge_method=given.get("code_challenge_method"),
            auth_time=sign_in.created_at if sign_in else now,
            expires_at=now + dt.timedelta(seconds=CODE_S),
        )
        session.add(row)

    def query_authorization_code(self, code: str, client: Application) -> Code | None:
        """Return a code that can be used; one that was used before takes its tokens with it (RFC 6749, 4.1.2)."""
        session, behaviour = self.server.session, self.server.here.behaviour
        query = select(OidcCode).where(OidcCode.code_hash == hashed(code), OidcCode.client_id == client.row.id)
        row = session.scalars(query.with_for_update()).one_or_none()
        if row and row.used_at and behaviour.oidc_code_once:
            session.delete(row)
            return None
        if row is None or row.expires_at < dt.datetime.now(dt.UTC):
            return None
        return Code(row, behaviour.oidc_echoes_nonce)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Mark a code as used; the row stays, since its tokens live by it."""
        authorization_code.row.used_at = dt.datetime.now(dt.UTC)

    def authenticate_user(self, authorization_code: Code) -> Account | None:
        """Return whose code it is."""
        return self.server.session.get(Account, authorization_code.row.account_id)

    def generate_token(self, user: Account, scope: str, **_: Any) -> dict[str, Any]:
        """Return an access token that is good for the user's claims alone."""
        return _token(self.server.here, user, scope, self.request.authorization_code.row.id)


class TokenGrant(ImplicitGrant):
    """The implicit grant, which hands tokens out in addresses."""

    def generate_token(self, user: Caller, scope: str, **_: Any) -> dict[str, Any]:
        """Return an access token without a code."""
        return _token(self.server.here, user.account, scope, uuid.uuid4())


class Challenge(CodeChallenge):
    """PKCE for every application (RFC 7636; RFC 9700, 2.1.1): Authlib's own is optional for those with a secret."""

    def __init__(self, here: Environment) -> None:
        super().__init__()
        self.optional = not here.behaviour.oidc_challenge_required
        self.methods = here.behaviour.oidc_challenge_methods

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Refuse an authorization request without a challenge of a supported method."""
        given = grant.request.payload.data
        if not self.optional and not given.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if given.get("code_challenge") and given.get("code_challenge_method") not in self.methods:
            raise InvalidRequestError("Unsupported 'code_challenge_method'")
        super().validate_code_challenge(grant, redirect_uri)


class IdToken(OpenIDCode):
    """The ID token, signed with the key of the environment."""

    def __init__(self, here: Environment) -> None:
        super().__init__()
        self.here = here

    def exists_nonce(self, nonce: str, request: Asked) -> bool:
        """Return false: the application keeps its own nonces."""
        return False

    def resolve_client_private_key(self, client: Application) -> dict[str, Any]:
        """Return the signing key."""
        return jwt.algorithms.ECAlgorithm.to_jwk(self.here.key.private, as_dict=True)

    def get_encode_header(self, client: Application) -> dict[str, str]:
        """Return the header of the token."""
        return {"alg": "ES256", "kid": self.here.key.kid}

    def get_client_algorithm(self, client: Application) -> str:
        """Return how it is signed."""
        return "ES256"

    def get_client_claims(self, client: Application) -> dict[str, Any]:
        """Return who signs it, and for whom."""
        return {"iss": self.here.base + self.here.behaviour.oidc_issuer_suffix, "aud": client.get_client_id()}

    def generate_user_info(self, user: Account, scope: str) -> dict[str, Any]:
        """Return whom it is about."""
        return claims_of(user, scope)


def _token(here: Environment, account: Account, scope: str, code: uuid.UUID) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    claims = {
        "iss": here.base,
        "aud": here.base + USERINFO,  # of no use for anything else
        "sub": str(account.id),
        "scope": scope,
        "code": str(code),
        "iat": now,
        "exp": now + dt.timedelta(seconds=ACCESS_TOKEN_S),
        "jti": secrets.token_hex(16),
    }
    signed = jwt.encode(claims, here.key.private, algorithm="ES256", headers={"kid": here.key.kid, "typ": "at+jwt"})
    return {"token_type": "Bearer", "access_token": signed, "expires_in": ACCESS_TOKEN_S, "scope": scope}
