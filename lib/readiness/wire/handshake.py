"""One TLS handshake, with the protocol version and the kind of verification chosen by the caller."""

import asyncio
import ssl
import warnings
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from readiness.wire.exchange import Handshake

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


async def shake(
    host: str,
    port: int,
    address: str,
    *,
    version: str,
    check: str,
    trust: ssl.SSLContext,
    ca_file: str,
    timeout: float,
    now: Callable[[], datetime],
) -> Handshake:
    """Shake hands once and hang up.

    Args:
        host, port, address: Server name (SNI and the name verified), port and IP address.
        version: Key of `VERSIONS` to offer alone, or empty for the defaults.
        check: `chain and name`, `chain` or `nothing`.
        trust: Context whose certificate authorities are trusted.
        ca_file: Where those that are not public are written, for the record.
        timeout: Seconds for connection and handshake together.
        now: Clock, UTC.

    Returns:
        The handshake; `failure` and `verify_code` say why it was not completed.
    """
    context = _context(version, check, trust)
    known = {"host": host, "port": port, "address": address, "offered": version, "checked": check, "ca_file": ca_file}
    observed_at = now()
    writer = None
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(
                address, port, ssl=context, server_hostname=host, ssl_handshake_timeout=timeout
            )
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return Handshake(
            **known,  # type: ignore[arg-type]
            version=tls.version() or "",
            cipher=(tls.cipher() or ("",))[0],
            certificate=tls.getpeercert(binary_form=True) or b"",
            observed_at=observed_at,
        )
    except ssl.SSLCertVerificationError as error:
        return Handshake(
            **known,  # type: ignore[arg-type]
            failure=f"certificate not verified: {error.verify_message}",
            verify_code=error.verify_code,
            observed_at=observed_at,
        )
    except TimeoutError:
        return Handshake(**known, failure=f"no handshake within {timeout:g} s", observed_at=observed_at)  # type: ignore[arg-type]
    except ssl.SSLError as error:
        return Handshake(**known, failure=f"TLS: {error.reason or error}", observed_at=observed_at)  # type: ignore[arg-type]
    except ConnectionRefusedError:
        return Handshake(**known, failure="connection refused", observed_at=observed_at)  # type: ignore[arg-type]
    except OSError as error:
        # asyncio tells of a host that hangs up with an error that has no text
        reason = error.strerror or str(error) or "connection closed by the host"
        return Handshake(**known, failure=reason, observed_at=observed_at)  # type: ignore[arg-type]
    finally:
        if writer is not None:
            writer.transport.abort()


@lru_cache(maxsize=32)  # reading the certificate authorities takes longer than a handshake
def _context(version: str, check: str, trust: ssl.SSLContext) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=b"".join(trust.get_ca_certs(binary_form=True)))
    context.check_hostname = check == "chain and name"
    context.verify_mode = ssl.CERT_NONE if check == "nothing" else ssl.CERT_REQUIRED
    if check == "nothing" or version in ("TLSv1", "TLSv1.1"):
        # a weak key or an old version can only be seen by a client that would accept it
        context.set_ciphers("ALL:@SECLEVEL=0")
    if version:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = VERSIONS[version]
    return context
