"""DNS questions to named servers."""

from collections.abc import Callable
from datetime import datetime

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from readiness.wire.exchange import Answer

PUBLIC = ("1.1.1.1:53", "8.8.8.8:53")
"""Asked besides the system's resolver where the target names none: one resolver's cache proves nothing."""


class Resolver:
    """Asks DNS servers.

    Args:
        servers: `address` or `address:port`; empty means the system's first resolver and `PUBLIC`.
        timeout: Seconds for one question.
        now: Clock, UTC.
    """

    def __init__(self, servers: list[str], timeout: float, now: Callable[[], datetime]) -> None:
        self.servers = tuple(s if ":" in s else f"{s}:53" for s in servers) or _default()
        self._timeout = min(timeout, 5.0)
        self._now = now

    async def ask(self, name: str, rdtype: str, server: str | None = None) -> Answer:
        """Ask one server (default: the first) for the records of one type; never raises for what the network does."""
        server = server or self.servers[0]
        address, _, port = server.rpartition(":")
        observed_at = self._now()

        def answer(**values: object) -> Answer:
            return Answer(name=name, type=rdtype, server=server, observed_at=observed_at, **values)  # type: ignore[arg-type]

        try:
            query = dns.message.make_query(name, rdtype, want_dnssec=False)
            query.flags |= dns.flags.AD
            message, _ = await dns.asyncquery.udp_with_fallback(query, address, self._timeout, int(port))
        except (dns.exception.DNSException, OSError, ValueError) as error:
            kind = (
                "no answer in time" if isinstance(error, dns.exception.Timeout) else str(error) or type(error).__name__
            )
            return answer(failure=f"{server}: {kind.splitlines()[0]}")
        records, chain = [], []
        for rrset in message.answer:
            if rrset.rdtype == dns.rdatatype.CNAME:
                chain += [item.target.to_text(omit_final_dot=True).lower() for item in rrset]
            if rrset.rdtype == dns.rdatatype.from_text(rdtype):
                records += [_text(item) for item in rrset]
        return answer(
            code=dns.rcode.to_text(message.rcode()),
            records=tuple(sorted(records)),
            chain=tuple(chain),
            authentic=bool(message.flags & dns.flags.AD),
        )


def _text(item: object) -> str:
    strings = getattr(item, "strings", None)
    if strings is not None:  # TXT: the strings of one record are one text (RFC 7208, 3.3)
        return b"".join(strings).decode("utf-8", "replace")
    return str(item).rstrip(".")


def _default() -> tuple[str, ...]:
    try:
        system = [f"{address}:53" for address in dns.resolver.Resolver().nameservers if isinstance(address, str)][:1]
    except dns.resolver.NoResolverConfiguration:
        system = []
    return tuple(dict.fromkeys([*system, *PUBLIC]))
