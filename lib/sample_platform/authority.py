"""The certificate authority: one root for a state folder, and server certificates issued from it."""

import datetime as dt
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER = "Sample Platform CA"
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def pem(key: PrivateKey) -> bytes:
    """Return a private key as unencrypted PKCS #8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def once(path: Path, content: bytes) -> bytes:
    """Return what the file holds; write `content` first if nobody has yet. Readable by its owner alone."""
    if path.exists():
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)
    os.write(handle, content)
    os.close(handle)
    try:
        os.link(draft, path)  # a link is made whole or not at all, so two starts cannot disagree
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
    return path.read_bytes()


@dataclass(frozen=True)
class Authority:
    """A root certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def leaf(self, names: tuple[str, ...], days: int, key_kind: str, oldest: ssl.TLSVersion) -> ssl.SSLContext:
        """Return a server context with a certificate for `names` that ends `days` from now.

        A negative number of days has already ended. Keys of 112 bits and more and TLS from 1.2 need nothing
        else; anything weaker lowers OpenSSL's security level to 0, without which it would refuse to serve.
        """
        key: PrivateKey = (
            rsa.generate_private_key(65537, 1024)  # noqa: S505 the weakness is the point
            if key_kind == "RSA 1024"
            else ec.generate_private_key(ec.SECP256R1())
        )
        now = dt.datetime.now(dt.UTC)
        ends = now + dt.timedelta(days=days, minutes=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, ends) - dt.timedelta(days=1))
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return _context(certificate, key, oldest)


def authority(state: Path) -> Authority:
    """Return the authority of a state folder, made on first use; its certificate is `state/ca.pem`."""
    fresh = untrusted()
    both = pem(fresh.key) + fresh.certificate.public_bytes(Encoding.PEM)
    stored = once(state / "keys" / "ca.pem", both)
    key = load_pem_private_key(stored, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    found = Authority(x509.load_pem_x509_certificate(stored), key)
    once(state / "ca.pem", found.certificate.public_bytes(Encoding.PEM))
    (state / "ca.pem").chmod(0o644)
    return found


def untrusted() -> Authority:
    """Return a new authority of the same name that is stored nowhere, so that nobody trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ISSUER),
            x509.NameAttribute(NameOID.COMMON_NAME, ISSUER),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3))
        .not_valid_after(now + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def _usage(**granted: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: granted.get(name, False) for name in every})


def _context(certificate: x509.Certificate, key: PrivateKey, oldest: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    weak = isinstance(key, rsa.RSAPrivateKey) or oldest < ssl.TLSVersion.TLSv1_2
    if weak:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = oldest
    with tempfile.TemporaryDirectory() as folder:  # ssl reads certificates from files only
        file = Path(folder) / "server.pem"
        file.touch(mode=0o600)
        file.write_bytes(pem(key) + certificate.public_bytes(Encoding.PEM))
        context.load_cert_chain(file)
    return context
