"""Where webhooks may go: to public addresses alone, so that nobody reaches into the platform's own network by them."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import dns.asyncresolver
import dns.exception
import dns.rdatatype

from .environment import Environment

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_DEFAULT_PORTS = {"http": 80, "https": 443}
_RESOLVE_S = 2.0


class Forbidden(ValueError):
    """An address that events are not sent to, and why."""


@dataclass(frozen=True)
class Destination:
    """Where to connect for a URL.

    Attributes:
        address: one that was checked; connecting to it, not to the name, leaves no time for the name to change.
        host, port, path: of the URL.
        tls: whether the URL is https.
    """

    address: Ip
    host: str
    port: int
    path: str
    tls: bool


async def destination(here: Environment, url: str, check: bool = True) -> Destination:
    """Return where a URL leads as of now; `check` refuses what names lead to.

    Raises Forbidden where it leads nowhere or into a network that is not public. The one exception is the receiver
    that the configuration names.
    """
    try:
        parts = urlsplit(url)
        host, port = str(parts.hostname or ""), parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        host, port = "", 0
    if not host or not port or parts.username is not None:
        raise Forbidden("It is not an http(s) address.")
    found = await _literal(host)
    named = not found
    found = found or await _resolved(here, host)
    if not found:
        raise Forbidden("Its name does not resolve.")
    exempt = f"{host}:{port}" == here.receiver
    if (check or not named) and not exempt and any(here.behaviour.webhook_refuses(address) for address in found):
        raise Forbidden("It leads into a network that is not public.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(found[0], host, port, path, parts.scheme == "https")


async def _literal(host: str) -> list[Ip]:
    # The system's own reading: it knows that 2130706433 and 0x7f.1 are 127.0.0.1 as well.
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]


async def _resolved(here: Environment, host: str) -> list[Ip]:
    resolver = dns.asyncresolver.Resolver(configure=False)
    server, _, port = here.resolver.rpartition(":")
    resolver.nameservers, resolver.port, resolver.lifetime = [server], int(port), _RESOLVE_S
    found: list[Ip] = []
    for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
        try:
            answer = await resolver.resolve(f"{host.rstrip('.')}.", kind)
        except (dns.exception.DNSException, ValueError):
            continue
        found += [ipaddress.ip_address(record.address) for record in answer]
    return found
