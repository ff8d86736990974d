"""TLS: what the certificate and the protocol versions of production are worth."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import UTC

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.wire.exchange import Handshake, host_and_port

RSA_STRENGTH = {15360: 256, 7680: 192, 3072: 128, 2048: 112, 1024: 80}
"""Modulus in bits → security strength in bits (NIST SP 800-57 part 1, table 2); a size between counts as the lower."""

_LEGACY = ("TLSv1", "TLSv1.1")
_NAME_MISMATCH = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_FACTS = (
    Fact("tls.trusted", "boolean", "The certificate chain leads to a trusted authority without fetching anything."),
    Fact("tls.name_matches", "boolean", "The certificate names production's host."),
    Fact("tls.days_left", "number", "Days until the certificate expires.", unit="days"),
    Fact("tls.legacy_refused", "boolean", "Production refuses TLS 1.0 and TLS 1.1 (RFC 8996)."),
    Fact("tls.security_bits", "number", "Strength of the certificate's key by NIST SP 800-57.", unit="bits"),
    Fact("tls.offers_1_3", "boolean", "Production offers TLS 1.3."),
)


@probe(*_FACTS, deadline=60)
async def tls(context: Context) -> AsyncIterator[Observation]:
    """Shake hands six times: verifying all, the chain, nothing, and with TLS 1.0, 1.1 and 1.3 alone."""
    client, url = context.client, context.target.production
    if url.startswith("http:"):
        page = await client.get(context.url(context.target.routes.page))
        if page.failure:
            for fact in _FACTS:
                yield unavailable(fact.name, page.failure, page)
            return
        yield observed("tls.trusted", False, page)
        for fact in _FACTS[1:]:
            yield unavailable(fact.name, "production is served over plain HTTP", page)
        return

    full, chain, bare = await asyncio.gather(
        client.handshake(url), client.handshake(url, check="chain"), client.handshake(url, check="nothing")
    )
    if chain.ok or chain.verify_code:
        yield observed("tls.trusted", chain.ok, chain)
    else:
        yield unavailable("tls.trusted", chain.failure, chain)

    leaf, problem = _leaf(bare)
    if full.ok or full.verify_code in _NAME_MISMATCH:
        yield observed("tls.name_matches", full.ok, full)
    elif leaf:
        yield observed("tls.name_matches", names(leaf, host_and_port(url)[0]), bare)
    else:
        yield unavailable("tls.name_matches", problem, bare)
    bits = security_bits(leaf) if leaf else None
    if leaf:
        left = leaf.not_valid_after_utc - context.now.astimezone(UTC)
        yield observed("tls.days_left", round(left.total_seconds() / 86400, 2), bare)
    else:
        yield unavailable("tls.days_left", problem, bare)
    if bits is not None:
        yield observed("tls.security_bits", bits, bare)
    else:
        yield unavailable("tls.security_bits", problem or "the certificate's key is of an unknown kind", bare)

    modern, *legacy = await asyncio.gather(
        *(client.handshake(url, version=version, check="nothing") for version in ("TLSv1.3", *_LEGACY))
    )
    spoken = [modern, bare]
    yield _legacy_refused(legacy, next((one for one in spoken if one.ok), None), bare)
    if modern.ok:
        yield observed("tls.offers_1_3", modern.version == "TLSv1.3", modern)
    elif bare.ok and declined(modern):
        yield observed("tls.offers_1_3", False, modern, bare)
    else:
        yield unavailable("tls.offers_1_3", modern.failure, modern)


def declined(shaken: Handshake) -> bool:
    """Whether the host itself turned the handshake down: by an alert, or by hanging up.

    A timeout, a closed port or a version that this machine's TLS library cannot offer says nothing of the host.
    """
    if shaken.offered in _LEGACY and not (ssl.HAS_TLSv1 and ssl.HAS_TLSv1_1):
        return False
    local = ("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE", "INTERNAL_ERROR", "NO_SUITABLE_")
    if any(word in shaken.failure for word in local):
        return False
    return shaken.failure.startswith("TLS:") or shaken.failure in (
        "connection closed by the host",
        "Connection reset by peer",
    )


def _legacy_refused(legacy: list[Handshake], modern: Handshake | None, bare: Handshake) -> Observation:
    accepted = [one for one in legacy if one.ok]
    if accepted:
        return observed("tls.legacy_refused", False, *accepted)
    if modern is None:  # a host that shakes no hands at all has refused nothing
        return unavailable("tls.legacy_refused", bare.failure, bare)
    unclear = [one for one in legacy if not declined(one)]
    if unclear:
        return unavailable("tls.legacy_refused", f"{unclear[0].offered}: {unclear[0].failure}", *unclear)
    return observed("tls.legacy_refused", True, *legacy, modern)


def _leaf(shaken: Handshake) -> tuple[x509.Certificate | None, str]:
    if not shaken.ok:
        return None, shaken.failure
    try:
        return x509.load_der_x509_certificate(shaken.certificate), ""
    except ValueError as error:
        return None, f"the certificate cannot be read: {error}".splitlines()[0][:200]


def names(leaf: x509.Certificate, host: str) -> bool:
    """Whether the certificate's subjectAltName names the host (RFC 9525, 6.3).

    A wildcard stands for the whole leftmost label only; the common name does not count; an address has to be named as
    one.
    """
    try:
        alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False
    try:
        return ipaddress.ip_address(host) in alternative.get_values_for_type(x509.IPAddress)
    except ValueError:
        pass
    try:
        asked = host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        asked = host.lower()
    presented = [name.rstrip(".").lower() for name in alternative.get_values_for_type(x509.DNSName)]
    parent = asked.partition(".")[2]
    return asked in presented or ("." in parent and f"*.{parent}" in presented)


def security_bits(leaf: x509.Certificate) -> int | None:
    """Security strength of the certificate's key in bits by `RSA_STRENGTH`; half the field's size for EC.

    Returns:
        0 for a key below 80 bits of strength, None for a kind of key that is not known.
    """
    try:
        key = leaf.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None
    match key:
        case rsa.RSAPublicKey() | dsa.DSAPublicKey():
            return next((bits for size, bits in RSA_STRENGTH.items() if key.key_size >= size), 0)
        case ec.EllipticCurvePublicKey():
            return min(key.key_size // 2, 256)
        case ed25519.Ed25519PublicKey():
            return 128
        case ed448.Ed448PublicKey():
            return 224
    return None
