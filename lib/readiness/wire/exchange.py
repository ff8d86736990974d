"""Exchanges: what was asked of the target and what came back, so that anyone can ask again."""

import ipaddress
import json
import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

from readiness.evidence import digest_of
from readiness.secret import MASK, excerpt, mask, redact

EXCERPT = 2_000
"""Characters of a body that are kept in the record; the whole body's digest and size are kept as well."""

_FLAGS = {"TLSv1": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
"""Options of `openssl s_client` that offer one protocol version alone."""

_HIDDEN = {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"}


class Recorded(Protocol):
    """Anything that evidence can rest on."""

    @property
    def source(self) -> str:
        """What was asked, in one line."""
        ...

    @property
    def digest(self) -> str:
        """Digest of the record."""
        ...

    @property
    def failure(self) -> str:
        """Why no answer came, in one line; empty when one came."""
        ...

    def record(self) -> dict[str, Any]:
        """What `exchanges.jsonl` keeps: JSON values, no secret."""
        ...


@dataclass(frozen=True)
class _Base:
    failure: str = ""
    observed_at: datetime = field(kw_only=True)

    @cached_property
    def digest(self) -> str:
        return digest_of(canonical(self._recorded))

    def record(self) -> dict[str, Any]:
        """See `Recorded.record`; the same each time, whatever secrets become known later."""
        return dict(self._recorded)

    @cached_property
    def _recorded(self) -> dict[str, Any]:
        return {"source": self.source, **self._record()}

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        raise NotImplementedError

    def _record(self) -> dict[str, Any]:
        raise NotImplementedError


def canonical(record: dict[str, Any]) -> str:
    """The one JSON text of a record that its digest is made from."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Exchange(_Base):
    """One HTTP request and its answer (the last one, where redirects were followed).

    Attributes:
        method, url: What was asked first.
        sent: Request headers that this project chose; values of the target's secret headers masked, on whichever hop
            they were sent.
        agent: User-Agent that was sent.
        content: Request body.
        status: Status code, None when no answer came.
        headers: Answer headers in order, names in lower case; a name may repeat.
        body: Answer body, bounded; `truncated` says that there was more.
        redirects: (status, location) of every redirect that was followed.
        final_url: Where the answer came from.
        version: `HTTP/1.1` or `HTTP/2`.
        elapsed_ms: From sending to the last byte, redirects included.
        verified: The certificate was trusted and named the host; False as well for plain HTTP.
        unverified: The certificate of some host on the way did not verify, and it was asked all the same.
        address: IP address asked last, where the target's own resolvers gave it.
        resolved: `host:port:address` of every host asked, where the target's own resolvers gave it.
        ca_file: Certificate authorities trusted besides the public ones, PEM; empty when none are.
        note: What is special about the request where that cannot be seen, such as `token: alg none`.
        secrets: Values that no record shows; more may become known until the record is made.
    """

    method: str
    url: str
    sent: tuple[tuple[str, str], ...] = ()
    content: str = ""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    truncated: bool = False
    redirects: tuple[tuple[int, str], ...] = ()
    final_url: str = ""
    version: str = ""
    elapsed_ms: float = 0.0
    verified: bool = False
    unverified: bool = False
    address: str = ""
    resolved: tuple[str, ...] = ()
    agent: str = ""
    ca_file: str = ""
    note: str = ""
    secrets: Collection[str] = field(default=(), repr=False, compare=False)

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        unverified = " (certificate not verified)" if self.unverified and self.status else ""
        note = f" ({self.note})" if self.note else ""
        return f"{self.method} {redact(self.url, self.secrets)}{note}{unverified}"

    @property
    def ok(self) -> bool:
        """An answer came, with a status of 2xx."""
        return self.status is not None and 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """The header's value; several of one name are joined with `, ` (RFC 9110, 5.3); None when absent."""
        values = self.all(name)
        return ", ".join(values) if values else None

    def all(self, name: str) -> list[str]:
        """Every value of the header `name`, in order."""
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies that the answer sets, by name; one that it removes has an empty value."""
        found = {}
        for header in self.all("set-cookie"):
            pair, _, attributes = header.partition(";")
            name, _, value = pair.partition("=")
            gone = re.search(r"(?i)max-age\s*=\s*(0|-\d+)\s*(;|$)", attributes)
            found[name.strip()] = "" if gone else value.strip().strip('"')
        return found

    @property
    def _shown(self) -> list[tuple[str, str]]:
        return [(name, mask(value, self.secrets)) for name, value in self.sent]

    @property
    def media_type(self) -> str:
        """The media type without its parameters, in lower case; empty when there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def repeat(self) -> str:
        """A command that asks the same again; masked headers have to be filled in."""
        named = {name.lower() for name, _ in self.sent}
        parts = ["curl", "-sS", "-i", *(["--head"] if self.method == "HEAD" else ["-X", self.method]), "-g"]
        if self.unverified:
            parts.append("-k")
        elif self.ca_file:
            parts += ["--cacert", self.ca_file]
        if self.redirects:
            parts += ["-L", "--max-redirs", str(len(self.redirects))]
        for place in self.resolved:
            parts += ["--resolve", place]
        if self.agent and "user-agent" not in named:
            parts += ["-A", self.agent]
        for name, value in self._shown:
            # curl takes "name:" for a header to leave out, "name;" for one without a value
            parts += ["-H", f"{name}: {value}" if value else f"{name};"]
        if self.content:
            parts += [] if "content-type" in named else ["-H", "Content-Type:"]
            whole = len(self.content) <= EXCERPT
            parts += ["--data-raw", mask(self.content, self.secrets)] if whole else ["--data-binary", "@BODY"]
        return shlex.join([*parts, redact(self.url, self.secrets)])

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "http",
            "observed_at": self.observed_at.isoformat(),
            "method": self.method,
            "url": redact(self.url, self.secrets),
            "note": self.note,
            "sent": [list(pair) for pair in self._shown],
            "content": mask(self.content, self.secrets)[:EXCERPT],
            "content_bytes": len(self.content.encode()),
            "status": self.status,
            "version": self.version,
            "headers": [[k, MASK if k in _HIDDEN else excerpt(v, EXCERPT, self.secrets)] for k, v in self.headers],
            "body": excerpt(self.text, EXCERPT, self.secrets),
            "body_digest": digest_of(self.text),
            "body_bytes": len(self.body),
            "truncated": self.truncated,
            "redirects": [[status, excerpt(place, EXCERPT, self.secrets)] for status, place in self.redirects],
            "final_url": excerpt(self.final_url, EXCERPT, self.secrets),
            "elapsed_ms": round(self.elapsed_ms, 1),
            "verified": self.verified,
            "address": self.address,
            "failure": excerpt(self.failure, EXCERPT, self.secrets),
            "repeat": self.repeat,
        }


@dataclass(frozen=True, kw_only=True)
class Handshake(_Base):
    """One TLS handshake, without a request.

    Attributes:
        host, port: Server name sent (SNI) and port.
        offered: Protocol versions that were offered.
        version: Agreed protocol version, such as `TLSv1.3`; empty when none was agreed.
        cipher: Agreed cipher suite.
        checked: What was verified: `chain and name`, `chain` or `nothing`.
        certificate: The leaf certificate, DER; empty when none was seen.
        verify_code: OpenSSL's X509_V_ERR code when verification failed, else 0.
        ca_file: Certificate authorities trusted besides the public ones, PEM; empty when none are.
    """

    host: str
    port: int
    offered: str = ""
    version: str = ""
    cipher: str = ""
    checked: str = "chain and name"
    certificate: bytes = b""
    verify_code: int = 0
    address: str = ""
    ca_file: str = ""

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        offered = self.offered or "default versions"
        return f"TLS handshake with {self.host}:{self.port} ({offered}, verifying {self.checked})"

    @property
    def ok(self) -> bool:
        """The handshake was completed."""
        return not self.failure

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "tls",
            "observed_at": self.observed_at.isoformat(),
            "host": self.host,
            "port": self.port,
            "address": self.address,
            "offered": self.offered,
            "version": self.version,
            "cipher": self.cipher,
            "checked": self.checked,
            "certificate": self.certificate.hex(),
            "verify_code": self.verify_code,
            "failure": self.failure,
            "repeat": self.repeat,
        }

    @property
    def repeat(self) -> str:
        """A command that shakes hands in the same way; it ends with an error where verification fails."""
        place, literal = self.address or self.host, is_address(self.host)
        parts = [
            "openssl",
            "s_client",
            "-connect",
            f"[{place}]:{self.port}" if ":" in place else f"{place}:{self.port}",
        ]
        parts += [] if literal else ["-servername", self.host]  # SNI carries names alone (RFC 6066, 3)
        parts += [_FLAGS[self.offered]] if self.offered in _FLAGS else []
        if self.offered in ("TLSv1", "TLSv1.1") or self.checked == "nothing":
            parts += ["-cipher", "ALL:@SECLEVEL=0"]
        if self.checked != "nothing":
            parts += ["-verify_return_error"] + (["-CAfile", self.ca_file] if self.ca_file else [])
        if self.checked == "chain and name":
            parts += ["-verify_ip" if literal else "-verify_hostname", self.host]
        return shlex.join(parts) + " </dev/null"


@dataclass(frozen=True, kw_only=True)
class Answer(_Base):
    """One DNS answer.

    Attributes:
        name, type: What was asked.
        server: `address:port` of the resolver or name server asked.
        code: Response code such as NOERROR or NXDOMAIN; empty when no answer came.
        records: Values of the answer section of the type asked, sorted, in presentation format.
        chain: Names the CNAMEs of the answer lead through, in order.
        authentic: The resolver says that it validated the answer (AD flag, RFC 4035).
    """

    name: str
    type: str
    server: str
    code: str = ""
    records: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    authentic: bool = False

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"DNS {self.type} {self.name} @{self.server}"

    def _record(self) -> dict[str, Any]:
        address, _, port = self.server.rpartition(":")
        return {
            "kind": "dns",
            "observed_at": self.observed_at.isoformat(),
            "name": self.name,
            "type": self.type,
            "server": self.server,
            "code": self.code,
            "records": list(self.records),
            "chain": list(self.chain),
            "authentic": self.authentic,
            "failure": self.failure,
            "repeat": shlex.join(["dig", f"@{address}", "-p", port, self.name, self.type]),
        }


def is_address(host: str) -> bool:
    """Whether `host` is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def host_and_port(url: str) -> tuple[str, int]:
    """Host and port of an address, the scheme's default port filled in."""
    parts = urlsplit(url)
    return str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
