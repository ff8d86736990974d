"""Everything that is neither health nor accounts: the root, keys, metrics, security.txt, policy, assets."""

import datetime as dt
import hashlib
import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jwt.algorithms import ECAlgorithm

from .environment import VERSION, Environment, environment_of
from .errors import Refused, documented

router = APIRouter()
security_txt = APIRouter()
legacy = APIRouter()
Here = Annotated[Environment, Depends(environment_of)]
scraper = HTTPBearer(auto_error=False, scheme_name="MetricsToken", description="The scraper's token.")

_SCRIPT = """\
const wanted = document.querySelector("#filter");
wanted?.addEventListener("input", () => {
  for (const operation of document.querySelectorAll("section.operation")) {
    operation.hidden = !operation.textContent.toLowerCase().includes(wanted.value.toLowerCase());
  }
});
"""
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
section.operation { border-top: 1px solid #ccc; }
pre { background: #f5f5f5; padding: .75rem; overflow: auto; }
"""


def _asset(stem: str, suffix: str, content: str) -> tuple[str, bytes]:
    digest = hashlib.sha256(content.encode()).hexdigest()[:10]
    return f"{stem}.{digest}.{suffix}", content.encode()


APP_SCRIPT, _script = _asset("app", "js", _SCRIPT)
STYLE, _style = _asset("app", "css", _STYLE)
_ASSETS = {APP_SCRIPT: ("text/javascript", _script), STYLE: ("text/css", _style)}


def page(title: str, body: str) -> HTMLResponse:
    """Return a whole page; `body` is HTML and `title` text without markup."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="stylesheet" href="/static/{STYLE}"><script src="/static/{APP_SCRIPT}" defer></script>'
        f"</head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )


@router.get("/", include_in_schema=False)
async def root(here: Here) -> dict[str, Any]:
    """Say what this is and where to go on."""
    links = {"documentation": "/docs", "openapi": "/openapi.json", "health": "/health"}
    links["script"] = f"/static/{APP_SCRIPT}"
    return {"name": "Sample Identity", "api": "v1", "version": VERSION, "links": links}


@router.get("/security-policy", include_in_schema=False)
async def security_policy() -> HTMLResponse:
    """Say how to report a vulnerability."""
    return page(
        "Security policy",
        "<p>Write to security@sample.test. We answer within two working days, fix what is severe within "
        "thirty days, and take no action against research in good faith on accounts of your own.</p>",
    )


@router.get("/debug/failure", include_in_schema=False)
async def failure() -> None:
    """Fail on purpose, so that people can see what a failure looks like to a caller and in the log."""
    raise RuntimeError("this failure was asked for")


@router.get("/static/{name}", include_in_schema=False)
async def static(here: Here, name: str) -> Response:
    """Return an asset; its name changes with its content, so it may be kept for ever."""
    if name not in _ASSETS:
        raise Refused(404)
    kind, content = _ASSETS[name]
    headers = {"Cache-Control": here.behaviour.static_cache_control}
    return Response(content, media_type=kind, headers=headers)


_JWKS = {
    "keys": [
        {"kty": "EC", "crv": "P-256", "kid": "9c1f2a7b3d4e5f60", "use": "sig", "alg": "ES256"}
        | {"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}
        | {"y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
    ]
}


@router.get(
    "/.well-known/jwks.json",
    tags=["well-known"],
    summary="Signing keys",
    responses={200: {"content": {"application/json": {"example": _JWKS}}}, **documented(429)},
)
async def jwks(here: Here) -> dict[str, Any]:
    """Return the public keys that verify access tokens."""
    if here.behaviour.oidc_keys_public:
        return {"keys": [here.key.jwk]}
    return {"keys": [{**here.key.jwk, **ECAlgorithm.to_jwk(here.key.private, as_dict=True)}]}


@security_txt.get(
    "/.well-known/security.txt",
    tags=["well-known"],
    summary="Security contact",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"example": "Contact: mailto:security@sample.test\n"}}},
        **documented(429),
    },
)
async def security_contact(here: Here) -> PlainTextResponse:
    """Say whom to tell about a vulnerability (RFC 9116)."""
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=here.behaviour.security_txt_days)
    return PlainTextResponse(
        "Contact: mailto:security@sample.test\n"
        f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Policy: {here.base}/security-policy\n"
        f"Canonical: {here.base}/.well-known/security.txt\n"
        "Preferred-Languages: en\n"
    )


@router.get(
    "/metrics",
    tags=["metrics"],
    summary="Metrics",
    response_class=PlainTextResponse,
    responses={
        200: {"content": {"text/plain": {"example": "# TYPE sample_up gauge\nsample_up 1\n"}}},
        **documented(401, 429),
    },
)
async def metrics(
    here: Here, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(scraper)]
) -> PlainTextResponse:
    """Return counters in the Prometheus text format, to a scraper that has the token."""
    given = credentials.credentials.encode() if credentials else b""
    if here.behaviour.metrics_need_token and not hmac.compare_digest(given, here.metrics_token.encode()):
        raise Refused(401, WWW_Authenticate="Bearer")
    lines = ["# HELP sample_up Whether the platform runs.", "# TYPE sample_up gauge", "sample_up 1"]
    lines += ["# HELP sample_requests_total Requests answered.", "# TYPE sample_requests_total counter"]
    lines += [
        f'sample_requests_total{{route="{route}",status="{status}"}} {count}'
        for (route, status), count in sorted(here.requests.items())
    ]
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "no-store"}, media_type=kind)


@legacy.get(
    "/auth/legacy",
    tags=["auth"],
    summary="Former sign-in",
    responses={
        200: {"content": {"application/json": {"example": {"moved": "/api/v1/auth/signin"}}}},
        **documented(429),
    },
)
async def former_signin() -> JSONResponse:
    """Say where sign-in went."""
    return JSONResponse({"moved": "/api/v1/auth/signin"})
