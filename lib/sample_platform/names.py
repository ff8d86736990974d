"""The name servers: a small authoritative DNS server for `sample.test`, over UDP and TCP."""

import asyncio
import socket
import struct
from collections.abc import Callable

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone

from .addresses import DOMAIN, LOOPBACK
from .behaviour import Behaviour
from .mail import SELECTOR

ORIGIN = dns.name.from_text(DOMAIN)
_LONGEST_ALIAS_CHAIN = 8
_TCP_IDLE_S = 5.0


def zone(behaviour: Behaviour, api: str = LOOPBACK, dkim: str = "") -> dns.zone.Zone:
    """Return the zone `sample.test`, with the address of the API as one name server sees it.

    Takes the text of the record that publishes the key which mail is signed with, empty for none.
    """
    lines = [
        "@ SOA ns1 hostmaster 1 3600 600 604800 60",
        *(f"@ NS {server}" for server in behaviour.name_servers),
        *(f"{server} A {LOOPBACK}" for server in behaviour.name_servers),
        f"@ A {LOOPBACK}",
        "@ MX 10 mail",
        f"mail A {LOOPBACK}",
        f"api A {api}",
        f"staging A {LOOPBACK}",
        f"app A {LOOPBACK}",
        f"hooks A {LOOPBACK}",
        f"www CNAME {behaviour.www_target}",
    ]
    if behaviour.spf:
        lines.append(f'@ TXT "{behaviour.spf}"')
    if behaviour.dmarc:
        lines.append(f'_dmarc TXT "{behaviour.dmarc}"')
    if dkim:
        # A string within a record holds 255 bytes at most; readers join them (RFC 6376, 3.6.2.2).
        parts = " ".join(f'"{dkim[start : start + 255]}"' for start in range(0, len(dkim), 255))
        lines.append(f"{SELECTOR}._domainkey TXT {parts}")
    if behaviour.caa_issuer:
        lines.append(f'@ CAA 0 issue "{behaviour.caa_issuer}"')
    return dns.zone.from_text("$TTL 60\n" + "\n".join(lines) + "\n", origin=ORIGIN, relativize=False)


def answer(source: dns.zone.Zone, wire: bytes) -> bytes | None:
    """Return the response to a query in wire format, None when it cannot be read as a query."""
    try:
        query = dns.message.from_wire(wire)
    except dns.exception.DNSException:
        return None
    if query.flags & dns.flags.QR or not query.question:
        return None
    response = dns.message.make_response(query)
    asked = query.question[0]
    if query.opcode() != dns.opcode.QUERY:
        response.set_rcode(dns.rcode.NOTIMP)
    elif not asked.name.is_subdomain(ORIGIN):
        response.set_rcode(dns.rcode.REFUSED)
    else:
        response.flags |= dns.flags.AA
        _resolve(source, asked.name, asked.rdtype, response)
    return response.to_wire()


def _resolve(
    source: dns.zone.Zone, name: dns.name.Name, kind: dns.rdatatype.RdataType, response: dns.message.Message
) -> None:
    for _ in range(_LONGEST_ALIAS_CHAIN):
        if not name.is_subdomain(ORIGIN):
            return
        node = source.get_node(name)
        if node is None:
            # A name that only has names below it exists without records (RFC 8020).
            if not any(known.is_subdomain(name) for known in source):
                response.set_rcode(dns.rcode.NXDOMAIN)
            break
        found = node.get_rdataset(dns.rdataclass.IN, kind)
        alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
        if found:
            response.answer.append(dns.rrset.from_rdata_list(name, found.ttl, list(found)))
            return
        if not alias:
            break
        response.answer.append(dns.rrset.from_rdata_list(name, alias.ttl, list(alias)))
        name = alias[0].target
    soa = source.find_rdataset(ORIGIN, dns.rdatatype.SOA)
    response.authority.append(dns.rrset.from_rdata_list(ORIGIN, soa.ttl, list(soa)))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, reply: Callable[[bytes], bytes | None]) -> None:
        self.reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if found := self.reply(data):
            self.transport.sendto(found, addr)  # type: ignore[attr-defined]


class NameServer:
    """One name server on an already bound pair of UDP and TCP sockets."""

    def __init__(self, source: dns.zone.Zone, udp: socket.socket, tcp: socket.socket) -> None:
        self.source, self.udp, self.tcp = source, udp, tcp

    async def start(self) -> None:
        """Begin to answer."""
        loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(lambda wire: answer(self.source, wire)), sock=self.udp
        )
        self._streams = await asyncio.start_server(self._converse, sock=self.tcp)

    def stop(self) -> None:
        """Close both sockets."""
        self._datagrams.close()
        self._streams.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                async with asyncio.timeout(_TCP_IDLE_S):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    found = answer(self.source, await reader.readexactly(length))
                if found is None:
                    return
                writer.write(struct.pack("!H", len(found)) + found)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            return
        finally:
            writer.close()
