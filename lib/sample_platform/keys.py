"""Signing keys of an environment (ES256, RFC 7518)."""

import hashlib
import json
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


def signing_key(state: Path, environment: str) -> SigningKey:
    """Return the key of an environment, made on first use and kept in the state folder."""
    stored = once(state / "keys" / f"{environment}.pem", pem(ec.generate_private_key(ec.SECP256R1())))
    private = load_pem_private_key(stored, password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    public = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    thumbprint = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).hexdigest()
    return SigningKey(private, thumbprint[:16])
