"""Signing keys of an environment, and the access tokens they sign (ES256, RFC 7519)."""

import datetime as dt
import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .authority import once, pem

ACCESS_TOKEN_S = 900


@dataclass(frozen=True)
class SigningKey:
    """One P-256 key and its id."""

    private: ec.EllipticCurvePrivateKey
    kid: str

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half, as a member of a JWK set (RFC 7517)."""
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "use": "sig", "alg": "ES256"}

    def sign(self, subject: uuid.UUID, issuer: str) -> str:
        """Return an access token for `issuer`'s own API that lives `ACCESS_TOKEN_S` seconds."""
        now = dt.datetime.now(dt.UTC)
        claims = {
            "iss": issuer,
            "aud": issuer,
            "sub": str(subject),
            "iat": now,
            "exp": now + dt.timedelta(seconds=ACCESS_TOKEN_S),
            "jti": secrets.token_hex(16),
        }
        return jwt.encode(claims, self.private, algorithm="ES256", headers={"kid": self.kid})

    def subject(self, token: str, issuer: str) -> uuid.UUID | None:
        """Return whose token it is, None unless it is ours, for us and in force."""
        try:
            claims = jwt.decode(
                token,
                self.private.public_key(),
                algorithms=["ES256"],
                audience=issuer,
                issuer=issuer,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
            return uuid.UUID(claims["sub"])
        except (jwt.InvalidTokenError, ValueError):
            return None


def signing_key(state: Path, environment: str) -> SigningKey:
    """Return the key of an environment, made on first use and kept in the state folder."""
    stored = once(state / "keys" / f"{environment}.pem", pem(ec.generate_private_key(ec.SECP256R1())))
    private = load_pem_private_key(stored, password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    public = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    thumbprint = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).hexdigest()
    return SigningKey(private, thumbprint[:16])
