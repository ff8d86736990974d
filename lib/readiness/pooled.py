"""Pooled: whether the address that the application connects to is its vendor's pooler."""

from collections.abc import Collection
from urllib.parse import urlsplit

from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.wire.exchange import Recorded

Place = tuple[str, int | None]
"""Host and port; None: any port."""

DEFAULT_PORT = 5432


def pooled(address: Secret, poolers: Collection[Place], direct: Collection[str], *seen: Recorded) -> Observation:
    """`database.pooled`: that there is a pooler says nothing, the application has to go through it.

    Args:
        address: The application's connection string; it is only compared, nothing connects with it.
        poolers: Where the vendor's poolers are.
        direct: Hosts of the database itself.
        seen: The exchanges that told these.

    Raises:
        Unobservable: The address is no connection string.
    """
    try:
        parts = urlsplit(address.reveal())
        host, port = (parts.hostname or "").lower(), parts.port or DEFAULT_PORT
    except ValueError:
        host = ""
    if not host:
        raise Unobservable(f"{address.reference} holds no connection string", *seen)
    if (host, port) in poolers or (host, None) in poolers:
        return observed("database.pooled", True, *seen)
    if host in direct:
        return observed("database.pooled", False, *seen)
    return unavailable("database.pooled", "the application connects to a host that the vendor does not list", *seen)
