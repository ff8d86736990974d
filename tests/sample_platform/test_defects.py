"""Every defect that shows before anybody signs in, seen with nothing but httpx, ssl and dnspython: there with it, not
there without it. Those of accounts need a journey, and are seen by the probes."""

import datetime as dt
import json
import ssl
import warnings
from contextlib import closing, contextmanager
from functools import cached_property
from urllib.parse import urlsplit

import dns.message
import dns.query
import dns.rcode
import httpx
import pytest
from cryptography import x509
from openapi_spec_validator import OpenAPIV31SpecValidator
from sample_platform import DEFECTS, MATURITIES
from sample_platform.defects import behaviour_with, edge

HOSTILE = "https://evil.example"
SIGNIN = "/api/v1/auth/signin"
STRANGER = {"email": "nobody@example.com", "password": "not the password"}


class Look:
    """What a client can see of one platform."""

    def __init__(self, addresses, connect):
        self.at, self.connect, self.clients = addresses, connect, {}

    def close(self):
        for client in self.clients.values():
            client.close()

    @cached_property
    def lax(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        return context

    def ask(self, method, path, base=None, **options):
        base = base or self.at.api
        if base not in self.clients:
            self.clients[base] = self.connect(self.at, base, self.lax)
        return self.clients[base].request(method, path, **options)

    def get(self, path, **headers):
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def signin(self, body=STRANGER, **options):
        return self.ask("POST", SIGNIN, json=body, **options)

    def header(self, name, path="/"):
        return self.get(path).headers.get(name)

    def allows(self, origin):
        answer = self.get("/health", Origin=origin)
        return answer.headers.get("access-control-allow-origin") in (origin, "*")

    def plain(self, method="GET"):
        return self.ask(method, "/health/live?deep=1", self.at.plain)

    @cached_property
    def burst(self):
        with self.connect(self.at, None, self.lax) as client:
            return [
                client.post(SIGNIN, content=b"{", headers={"X-Forwarded-For": f"192.0.2.{turn}"}) for turn in range(42)
            ]

    @property
    def refused(self):
        return [answer for answer in self.burst if answer.status_code == 429]

    @cached_property
    def certificate(self):
        port = urlsplit(self.at.api).port
        return x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", port)).encode())

    def days_left(self):
        return (self.certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)).days

    def trusted(self):
        try:
            self.connect(self.at).get("/health/live")
        except httpx.ConnectError as error:
            return str(error)
        return "trusted"

    def speaks_tls_1_0(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        try:
            self.connect(self.at, None, context).get("/health/live")
        except httpx.ConnectError:
            return False
        return True

    def dns(self, name, kind, resolver=0):
        host, _, port = self.at.resolvers[resolver].partition(":")
        return dns.query.udp(dns.message.make_query(name, kind), host, port=int(port), timeout=2)

    def record(self, name, kind, resolver=0):
        return " ".join(item.to_text() for rrset in self.dns(name, kind, resolver).answer for item in rrset)

    def jwks(self, base):
        return self.ask("GET", "/.well-known/jwks.json", base).text

    def staging_is_down(self):
        try:
            return self.ask("GET", "/health", self.at.staging).status_code != 200
        except httpx.ConnectError:
            return True

    @cached_property
    def document(self):
        return self.get("/openapi.json").json()

    def script(self):
        path = self.get("/").json()["links"]["script"]
        self.get(path)
        return self.get(path)


@pytest.fixture
def look(start, connect):
    @contextmanager
    def look(*names):
        with start(*names) as sample, closing(Look(sample.addresses, connect)) as seen:
            yield seen

    return look


def problem(answer):
    return answer.headers["content-type"] == "application/problem+json"


BROKEN = {
    "production-down": lambda s: s.get("/health/live").status_code == 503,
    "slow-health": lambda s: s.get("/health/live").elapsed.total_seconds() > 3,
    "cert-expired": lambda s: s.days_left() < 0 and "expired" in s.trusted(),
    "cert-wrong-name": lambda s: "match" in s.trusted(),
    "cert-untrusted": lambda s: "verify failed" in s.trusted() and s.days_left() > 80,
    "cert-expiring": lambda s: 4 <= s.days_left() <= 5,
    "tls-1.0": lambda s: s.speaks_tls_1_0(),
    "weak-key": lambda s: s.certificate.public_key().key_size == 1024,
    "dns-single-ns": lambda s: s.record("sample.test", "NS") == "ns1.sample.test.",
    "dns-dangling-cname": lambda s: s.dns("www.sample.test", "A").rcode() == dns.rcode.NXDOMAIN,
    "no-spf": lambda s: "v=spf1" not in s.record("sample.test", "TXT"),
    "no-dmarc": lambda s: "v=DMARC1" not in s.record("_dmarc.sample.test", "TXT"),
    "dmarc-none": lambda s: "p=none" in s.record("_dmarc.sample.test", "TXT"),
    "no-caa": lambda s: "sample-ca.test" not in s.record("sample.test", "CAA"),
    "dns-split": lambda s: s.record("api.sample.test", "A", 0) != s.record("api.sample.test", "A", 1),
    "no-hsts": lambda s: s.header("strict-transport-security") is None,
    "hsts-short": lambda s: "max-age=300" in (s.header("strict-transport-security") or ""),
    "no-https-redirect": lambda s: s.plain().status_code == 200,
    "redirect-302": lambda s: s.plain().status_code == 302,
    "redirect-other-host": lambda s: not s.plain().headers.get("location", s.at.api).startswith(s.at.api),
    "plain-post-accepted": lambda s: s.plain("POST").status_code == 405,
    "no-csp": lambda s: not s.header("content-security-policy"),
    "csp-unsafe-inline": lambda s: "unsafe-inline" in (s.header("content-security-policy") or ""),
    "csp-report-only": lambda s: s.header("content-security-policy-report-only") is not None,
    "no-nosniff": lambda s: s.header("x-content-type-options") is None,
    "no-framing-control": lambda s: s.header("x-frame-options") is None,
    "no-referrer-policy": lambda s: s.header("referrer-policy") is None,
    "version-disclosed": lambda s: s.header("server") is not None,
    "cors-reflects-origin": lambda s: s.allows(HOSTILE),
    "cors-null-origin": lambda s: s.allows("null"),
    "cors-wildcard-credentials": lambda s: (
        s.get("/health", Origin=HOSTILE).headers.get("access-control-allow-origin") == "*"
    ),
    "cors-suffix-match": lambda s: (
        s.allows("https://evilapp.sample.test") and s.allows("https://app.sample.test.evil.example")
    ),
    "cors-http-origin": lambda s: s.allows("http://app.sample.test"),
    "no-rate-limit": lambda s: not s.refused and "x-ratelimit-limit" not in s.burst[0].headers,
    "rate-limit-spoofable": lambda s: not s.refused and s.signin().headers["x-ratelimit-remaining"] == "39",
    "no-retry-after": lambda s: bool(s.refused) and "retry-after" not in s.refused[0].headers,
    "rate-limit-headers-only": lambda s: not s.refused and s.burst[-1].headers["x-ratelimit-remaining"] == "0",
    "health-lies": lambda s: s.get("/health/ready").status_code == 200 and s.signin().status_code == 500,
    "health-degraded-200": lambda s: s.get("/health").json().get("status") == "degraded",
    "health-without-components": lambda s: "components" not in s.get("/health/ready").json(),
    "health-cacheable": lambda s: s.header("cache-control", "/health") != "no-store",
    "metrics-public": lambda s: "sample_up 1" in s.get("/metrics").text,
    "docs-without-examples": lambda s: '"example' not in json.dumps(s.document),
    "openapi-invalid": lambda s: not OpenAPIV31SpecValidator(s.document).is_valid(),
    "docs-missing": lambda s: s.get("/docs").status_code == 404 == s.get("/openapi.json").status_code,
    "docs-page-empty": lambda s: "Sample Identity API" not in s.get("/docs").text,
    "docs-link-broken": lambda s: 'href="/openapi.yaml"' in s.get("/docs").text,
    "unversioned-paths": lambda s: "/auth/legacy" in s.document.get("paths", {}),
    "no-security-txt": lambda s: s.get("/.well-known/security.txt").status_code == 404,
    "security-txt-expired": lambda s: _expired(s.get("/.well-known/security.txt").text),
    "soft-404": lambda s: s.get("/no/such/path").status_code == 200,
    "error-leaks-trace": lambda s: "Traceback" in s.get("/api/v1/auth/me").text,
    "errors-plain-text": lambda s: not problem(s.get("/api/v1/auth/me")),
    "errors-without-request-id": lambda s: "request_id" not in s.get("/api/v1/auth/me").text,
    "login-accepts-anyone": lambda s: s.signin().status_code == 200,
    "login-500": lambda s: s.signin({}).status_code == 500,
    "staging-shares-keys": lambda s: s.jwks(s.at.api) == s.jwks(s.at.staging) and not _same_release(s),
    "staging-down": lambda s: s.staging_is_down(),
    "staging-is-production": lambda s: _same_release(s),
    "static-uncached": lambda s: s.script().headers["x-cache"] != "HIT",
    "static-mutable": lambda s: "immutable" not in s.script().headers["cache-control"],
    "api-cacheable": lambda s: [s.header("x-cache") for _ in range(2)][1] == "HIT",
}


def _expired(text):
    ends = next(line for line in text.splitlines() if line.startswith("Expires: "))
    return dt.datetime.fromisoformat(ends.removeprefix("Expires: ")) < dt.datetime.now(dt.UTC)


def _same_release(s):
    if s.staging_is_down():
        return False
    return s.ask("GET", "/", s.at.staging).headers["x-release"] == s.header("x-release")


# Defects that neither touch the same behaviour nor hide each other share a start.
TOGETHER = [
    {"production-down", "cert-expired"},
    {"slow-health", "cert-wrong-name", "dns-single-ns", "no-hsts", "redirect-302", "no-csp"},
    {"cert-untrusted", "dns-dangling-cname", "hsts-short", "no-https-redirect", "cors-reflects-origin"},
    {"cert-expiring", "dmarc-none", "redirect-other-host", "csp-unsafe-inline", "cors-null-origin"},
    {"tls-1.0", "no-dmarc", "plain-post-accepted", "csp-report-only", "cors-wildcard-credentials"},
    {"weak-key", "no-spf", "no-caa", "dns-split", "no-nosniff", "cors-suffix-match", "health-degraded-200"},
    {"no-framing-control", "no-referrer-policy", "version-disclosed", "cors-http-origin", "no-rate-limit"},
    {"rate-limit-spoofable", "health-without-components", "docs-without-examples", "no-security-txt"},
    {"no-retry-after", "health-cacheable", "openapi-invalid", "security-txt-expired", "error-leaks-trace"},
    {"rate-limit-headers-only", "metrics-public", "docs-missing", "errors-plain-text", "staging-down"},
    {"docs-page-empty", "unversioned-paths", "soft-404", "static-uncached", "staging-shares-keys"},
    {"errors-without-request-id", "login-accepts-anyone", "staging-is-production", "static-mutable"},
    {"health-lies", "login-500", "api-cacheable", "docs-link-broken"},
]


def test_every_defect_is_looked_at():
    assert set(BROKEN) == {defect.name for defect in edge.DEFECTS} == set.union(*TOGETHER)


@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: "+".join(sorted(names)))
def test_a_defect_shows(names, look):
    with look(*sorted(names)) as seen:
        assert {name for name in sorted(names) if BROKEN[name](seen)} == names


def test_a_healthy_platform_shows_no_defect(look):
    with look() as seen:
        assert [name for name in BROKEN if BROKEN[name](seen)] == []


def test_every_defect_names_what_it_breaks_and_who_notices():
    for name, defect in DEFECTS.items():
        assert defect.name == name
        assert defect.breaks.endswith(".")
        assert defect.requirements
        assert behaviour_with([name]) != behaviour_with([])


@pytest.mark.parametrize("maturity", MATURITIES)
def test_a_maturity_is_a_set_of_defects_that_do_not_hide_each_other(maturity):
    behaviour_with(MATURITIES[maturity])


def test_two_defects_of_one_behaviour_are_refused():
    with pytest.raises(ValueError, match=r"'no-csp' and 'csp-unsafe-inline' break the same behaviour"):
        behaviour_with(["no-csp", "csp-unsafe-inline"])


def test_an_unknown_defect_is_refused():
    with pytest.raises(ValueError, match="unknown defect 'no-such'"):
        behaviour_with(["no-such"])
