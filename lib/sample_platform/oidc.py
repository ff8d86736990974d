"""OpenID Connect: applications sign people in through this platform (OpenID Connect Core 1.0, RFC 6749, RFC 7636)."""

import uuid
from typing import Annotated, Any, Literal

import jwt
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.security import HTTPBasic
from pydantic import BaseModel, Field
from sqlalchemy import select

from . import errors
from .bodies import FormRoute
from .errors import Refused, documented
from .grants import SCOPES, USERINFO, Answered, Asked, Server, claims_of
from .identity import Given, Here, Verified
from .models import Account, OidcCode
from .schemas import example

discovery = APIRouter()
flow = APIRouter(prefix="/oauth2", tags=["oidc"], route_class=FormRoute)
client_secret = HTTPBasic(auto_error=False, scheme_name="ClientSecret", description="An application's id and secret.")

_PRINTABLE = r"^[\x20-\x7e]*$"
_ADDRESS = r"^[\x21\x23-\x5b\x5d-\x7e]*$"
_ONCE = ("response_type", "client_id", "redirect_uri", "scope", "state", "nonce")


class AuthorizationRequest(BaseModel):
    """What an application asks for by sending a person here."""

    response_type: str = Field(max_length=100, pattern=_PRINTABLE, examples=["code"])
    client_id: str = Field(max_length=100, pattern=_PRINTABLE, examples=["5b0c8f3e-3a52-4f0e-9a53-6d7f1c2b3a4d"])
    redirect_uri: str = Field(max_length=500, pattern=_ADDRESS, examples=["https://shop.example/callback"])
    scope: str | None = Field(None, max_length=200, pattern=_PRINTABLE, examples=["openid email"])
    state: str | None = Field(None, max_length=500, pattern=_PRINTABLE)
    nonce: str | None = Field(None, max_length=200, pattern=_PRINTABLE)
    code_challenge: str | None = Field(None, max_length=128, pattern=_PRINTABLE)
    code_challenge_method: str | None = Field(None, max_length=10, pattern=_PRINTABLE)


class TokenRequest(BaseModel):
    """A code and what proves that it is the application's own."""

    grant_type: str | None = Field(None, max_length=100, examples=["authorization_code"])
    code: str | None = Field(None, max_length=200)
    redirect_uri: str | None = Field(None, max_length=500)
    code_verifier: str | None = Field(None, max_length=200)
    client_id: str | None = Field(None, max_length=100)
    client_secret: str | None = Field(None, max_length=200)


class IssuedTokens(BaseModel):
    """What a code was exchanged for."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
    id_token: str | None = None


class Claims(BaseModel):
    """What an application may know of the person."""

    sub: uuid.UUID
    email: str | None = None
    email_verified: bool | None = None
    name: str | None = None


_DISCOVERY: dict[str, Any] = {
    "scopes_supported": list(SCOPES),
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": ["authorization_code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["ES256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "code_challenge_methods_supported": ["S256"],
    "claims_supported": ["sub", "email", "email_verified", "name"],
}
_TOKENS = {
    "access_token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0ZjZkIn0.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 900,
    "scope": "openid email",
    "id_token": "eyJhbGciOiJFUzI1NiJ9.eyJub25jZSI6IjE3In0.c2lnbmF0dXJl",
}
_REFUSED = {
    status: {
        "description": "Refused (RFC 6749, 5.2).",
        "content": {
            "application/json": {
                "schema": {
                    **errors.PROBLEM_SCHEMA,
                    "title": "TokenProblem",
                    "properties": {
                        **errors.PROBLEM_SCHEMA["properties"],  # type: ignore[dict-item]
                        "error": {"type": "string", "maxLength": 60},
                        "error_description": {"type": "string", "maxLength": 500},
                    },
                },
                "example": {**errors.body(status, error, None, "5f0c6b8a4f1e4d0f9b7f0e1c2a3b4c5d"), "error": error},
            }
        },
    }
    for status, error in ((400, "invalid_grant"), (401, "invalid_client"))
}
_SENT_BACK = {302: {"description": "Back to the application, with a code or an error.", "content": {}}}


@discovery.get(
    "/.well-known/openid-configuration",
    tags=["well-known"],
    summary="OpenID Connect configuration",
    responses={**example({"issuer": "https://api.sample.test", **_DISCOVERY}), **documented(429)},
)
async def configuration(here: Here) -> dict[str, Any]:
    """Say where applications find everything (OpenID Connect Discovery 1.0)."""
    under = f"{here.base}/api/v1/oauth2"
    return {
        "issuer": here.base + here.behaviour.oidc_issuer_suffix,
        "authorization_endpoint": f"{under}/authorize",
        "token_endpoint": f"{under}/token",
        "userinfo_endpoint": here.base + USERINFO,
        "jwks_uri": f"{here.base}/.well-known/jwks.json",
        **_DISCOVERY,
    }


@flow.get(
    "/authorize",
    status_code=302,
    response_class=RedirectResponse,
    summary="Ask for a code",
    responses={**_SENT_BACK, **documented(400, 401, 403, 422, 429)},
)
async def authorize(
    here: Here, asking: Verified, request: Request, _: Annotated[AuthorizationRequest, Query()]
) -> Response:
    """Send the person back to the application with a code; nowhere before its address is known to be its own."""
    fields = [(name, text) for name, text in request.query_params.multi_items() if text]
    names = [name for name, _ in fields]
    if any(names.count(name) > 1 for name in _ONCE):
        raise Refused(400, "invalid_request", "A parameter is given more than once.")
    asked = Asked("GET", str(request.url), request.headers, fields)
    async with here.transaction() as session:
        answered = await session.run_sync(
            lambda sync: Server(here, sync, asking.account.tenant_id).authorize(asked, asking)
        )
    if "Location" in answered.headers:
        return RedirectResponse(answered.headers["Location"], 302)
    raise Refused(400, *_error(answered))


@flow.post(
    "/token",
    response_model=IssuedTokens,
    summary="Exchange a code for tokens",
    dependencies=[Depends(client_secret)],
    responses={**example(_TOKENS), **_REFUSED, **documented(413, 415, 422, 429)},
)
async def token(here: Here, request: Request, given: Annotated[TokenRequest, Form()]) -> Response:
    """Exchange a code and its PKCE verifier, once and within a minute; the application proves itself by its secret."""
    if "authorization" not in request.headers and given.client_secret is None:
        return _refused(request, "invalid_client", "The application has to prove itself by its secret.")
    fields = [(name, text) for name, text in given.model_dump(exclude_none=True).items()]
    asked = Asked("POST", str(request.url), request.headers, fields)
    async with here.transaction() as session:
        answered = await session.run_sync(lambda sync: Server(here, sync).create_token_response(asked))
    if answered.status == 200:
        return JSONResponse(answered.body, 200, headers={"Cache-Control": "no-store"})
    return _refused(request, *_error(answered))


@flow.get(
    "/userinfo",
    summary="Claims of a person",
    responses={
        **example({"sub": "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11", "email": "ada@example.com", "email_verified": True}),
        **documented(401, 429),
    },
    response_model_exclude_none=True,
)
async def userinfo(here: Here, given: Given) -> Claims:
    """Return the claims that an application's access token grants."""
    found = _read(here, given.credentials) if given else None
    if found is None:
        raise Refused(401, WWW_Authenticate="Bearer")
    subject, code, scope = found
    query = select(Account).join(OidcCode, OidcCode.account_id == Account.id).where(OidcCode.id == code)
    if not here.behaviour.oidc_userinfo_of_token:
        query = select(Account).order_by(Account.created_at).limit(1)
    async with here.transaction() as session:
        account = (await session.scalars(query)).one_or_none()
    if account is None or (account.id != subject and here.behaviour.oidc_userinfo_of_token):
        raise Refused(401, WWW_Authenticate='Bearer error="invalid_token"')
    return Claims(**claims_of(account, scope))


def _read(here: Here, token: str) -> tuple[uuid.UUID, uuid.UUID, str] | None:
    try:
        claims = jwt.decode(
            token,
            here.key.private.public_key(),
            algorithms=["ES256"],
            audience=here.base + USERINFO,
            issuer=here.base,
            options={"require": ["exp", "iat", "sub", "aud", "iss", "code", "scope"]},
        )
        return uuid.UUID(claims["sub"]), uuid.UUID(claims["code"]), str(claims["scope"])
    except (jwt.InvalidTokenError, ValueError):
        return None


def _error(answered: Answered) -> tuple[str, str]:
    members = dict(answered.body)
    return members["error"], (members.get("error_description") or "The request cannot be granted.")[:500]


def _refused(request: Request, code: str, detail: str) -> JSONResponse:
    """Answer at the token endpoint: RFC 6749, 5.2 wants `error`; the other members are those of every error here."""
    status = 401 if code == "invalid_client" else 400
    members = errors.body(status, code, detail, request.state.request_id)
    headers = {"WWW-Authenticate": 'Basic realm="applications"'} if status == 401 else None
    return JSONResponse({**members, "error": code, "error_description": detail}, status, headers=headers)
