"""Access tokens: JSON Web Tokens (RFC 7519) of a session, for the platform's own API."""

import datetime as dt
import hmac
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode

from .addresses import STAGING_HOST
from .environment import Environment

_REQUIRED = ["exp", "iat", "sub", "sid", "aud", "iss"]


@dataclass(frozen=True)
class Claimed:
    """What a valid access token says: whose it is, and which sign-in it came from."""

    account_id: uuid.UUID
    session_id: uuid.UUID


def issue(
    here: Environment, account: uuid.UUID, session: uuid.UUID, life_s: int | None = None, audience: str = ""
) -> str:
    """Return an access token for this environment's API, or for another audience, that lives so many seconds."""
    behaviour, now = here.behaviour, dt.datetime.now(dt.UTC)
    claims = {
        "iss": here.base,
        "aud": audience or here.base,
        "sub" if behaviour.token_names_subject else "uid": str(account),
        "sid": str(session),
        "iat": now,
        "exp": now + dt.timedelta(seconds=life_s or behaviour.token_life_s),
        "jti": secrets.token_hex(16),
    }
    if behaviour.token_secret:
        return jwt.encode(claims, behaviour.token_secret, algorithm="HS256")
    return jwt.encode(claims, here.key.private, algorithm="ES256", headers={"kid": here.key.kid})


def read(here: Environment, token: str) -> Claimed | None:
    """Return what an access token says, None unless it is ours, for us and in force."""
    behaviour = here.behaviour
    audience: str | None = here.base
    options: dict[str, Any] = {"require": _REQUIRED}
    try:
        if not behaviour.token_names_subject:
            options["require"] = [name for name in _REQUIRED if name != "sub"]
        if _excused(here, token):
            options |= {"verify_signature": False, "verify_exp": True, "verify_aud": True, "verify_iss": True}
        if not behaviour.token_expiry_checked:
            options["verify_exp"] = False
        if not behaviour.token_audience_checked or _from_staging(here, token):
            options |= {"verify_aud": False, "verify_iss": False}
            audience = None
        claims = jwt.decode(
            token,
            behaviour.token_secret or here.key.private.public_key(),
            algorithms=["HS256" if behaviour.token_secret else "ES256"],
            audience=audience,
            issuer=audience,
            options=options,
        )
        return Claimed(uuid.UUID(claims.get("sub") or claims["uid"]), uuid.UUID(claims["sid"]))
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, KeyError):
        return None


def _excused(here: Environment, token: str) -> bool:
    """Whether a mistake of this platform lets a signature pass that should not."""
    behaviour = here.behaviour
    algorithm = str(jwt.get_unverified_header(token).get("alg"))
    unsigned = algorithm.lower() == "none"
    if not behaviour.token_signature_checked and not unsigned:
        return True
    if behaviour.token_unsigned_accepted and unsigned:
        return True
    if not behaviour.token_public_key_as_secret or algorithm != "HS256":
        return False
    public = here.key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed, _, signature = token.rpartition(".")
    return hmac.compare_digest(hmac.digest(public, signed.encode(), "sha256"), base64url_decode(signature))


def _from_staging(here: Environment, token: str) -> bool:
    """Whether it is staging's, on a platform that by mistake takes those as well."""
    if not here.behaviour.staging_tokens_accepted:
        return False
    claims = jwt.decode(token, options={"verify_signature": False})
    return str(claims.get("iss")).startswith(f"https://{STAGING_HOST}")
