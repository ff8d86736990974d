"""Named defects: each breaks one behaviour, and says which requirements must notice."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ssl import TLSVersion
from types import MappingProxyType
from typing import Any

from .addresses import API_HOST, APP_ORIGIN, DOMAIN
from .behaviour import ONE_ORIGIN_CSP, Behaviour, only_the_app


@dataclass(frozen=True)
class Defect:
    """One way to be wrong.

    Attributes:
        name: what `--defect` takes.
        breaks: one sentence on what a user or attacker would meet.
        requirements: ids of the requirements that are met without it and not met with it.
        changes: fields of `Behaviour` and the values they get.
    """

    name: str
    breaks: str
    requirements: frozenset[str]
    changes: MappingProxyType[str, Any] = field(repr=False)


def _defect(name: str, breaks: str, requirements: str, **changes: Any) -> Defect:
    return Defect(name, breaks, frozenset(requirements.split()), MappingProxyType(changes))


def _suffix_match(origin: str) -> str | None:
    host = APP_ORIGIN.removeprefix("https://")
    return origin if origin.endswith(host) or origin.startswith(APP_ORIGIN) else None


def _http_too(origin: str) -> str | None:
    return origin if origin.removeprefix("http://") == f"app.{DOMAIN}" else only_the_app(origin)


PRODUCTION = "infrastructure.production_environment"
TLS = "infrastructure.tls"
DNS = "infrastructure.dns"
ISOLATION = "infrastructure.environment_isolation"
CDN = "infrastructure.cdn"
IN_TRANSIT = "security.encryption_in_transit"
XSS = "security.xss_protection"
CORS = "security.cors"
LIMITING = "security.rate_limiting"
AUTHENTICATION = "security.authentication"
HEALTH = "monitoring.health_checks"
ERRORS = "experience.error_messages"
API_DOCS = "api.documentation documentation.api"
VERSIONING = "api.versioning"
DISCLOSURE = "documentation.security"

_ALL = (
    _defect("production-down", "Production answers 503 to everything.", f"{PRODUCTION} {HEALTH}", answers_503=True),
    _defect(
        "slow-health",
        "Health routes take 3.5 s to answer.",
        f"{PRODUCTION} {HEALTH}",
        health_delay_s=3.5,
    ),
    # certificate and protocol
    _defect("cert-expired", "The certificate expired yesterday.", f"{TLS} {PRODUCTION}", certificate_days=-1),
    _defect(
        "cert-wrong-name",
        "The certificate names another host.",
        f"{TLS} {PRODUCTION}",
        certificate_names=(f"other.{DOMAIN}",),
    ),
    _defect(
        "cert-untrusted",
        "The certificate is signed by an authority nobody trusts.",
        f"{TLS} {PRODUCTION}",
        certificate_trusted=False,
    ),
    _defect("cert-expiring", "The certificate expires in five days.", TLS, certificate_days=5),
    _defect("tls-1.0", "TLS 1.0 and 1.1 are still accepted.", TLS, oldest_tls=TLSVersion.TLSv1),
    _defect(
        "weak-key", "The certificate's key is RSA of 1024 bits.", f"{TLS} {PRODUCTION}", certificate_key="RSA 1024"
    ),
    # names
    _defect("dns-single-ns", "The zone has one name server.", DNS, name_servers=("ns1",)),
    _defect("dns-dangling-cname", "An alias points at a name that does not exist.", DNS, www_target="gone"),
    _defect("no-spf", "The domain publishes no SPF policy.", DNS, spf=None),
    _defect("no-dmarc", "The domain publishes no DMARC policy.", DNS, dmarc=None),
    _defect(
        "dmarc-none",
        "The DMARC policy asks for nothing.",
        DNS,
        dmarc=f"v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}",
    ),
    _defect("no-caa", "No CAA record restricts who may issue certificates.", DNS, caa_issuer=None),
    _defect("dns-split", "The two name servers give different addresses.", DNS, second_view_of_api="127.0.0.2"),
    # HTTPS everywhere
    _defect("no-hsts", "Strict-Transport-Security is not sent.", IN_TRANSIT, hsts=None),
    _defect("hsts-short", "HSTS lasts five minutes.", IN_TRANSIT, hsts="max-age=300; includeSubDomains"),
    _defect("no-https-redirect", "Plain HTTP serves the API.", IN_TRANSIT, plain_serves="everything"),
    _defect("redirect-302", "Plain HTTP redirects temporarily.", IN_TRANSIT, redirect_status=302),
    _defect(
        "redirect-other-host",
        "Plain HTTP redirects to another host.",
        IN_TRANSIT,
        redirect_host=f"www.{DOMAIN}",
    ),
    _defect(
        "plain-post-accepted",
        "Plain HTTP redirects a GET and carries out a POST.",
        IN_TRANSIT,
        plain_serves="posts",
    ),
    # browser protection
    _defect("no-csp", "No content security policy is sent.", XSS, csp=None),
    _defect(
        "csp-unsafe-inline",
        "The content security policy allows inline scripts.",
        XSS,
        csp=ONE_ORIGIN_CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    ),
    _defect(
        "csp-report-only",
        "The content security policy only reports.",
        XSS,
        csp_header="Content-Security-Policy-Report-Only",
    ),
    _defect("no-nosniff", "Browsers may guess content types.", XSS, content_type_options=None),
    _defect(
        "no-framing-control",
        "Any site may frame the pages.",
        XSS,
        csp=ONE_ORIGIN_CSP.replace("frame-ancestors 'none'; ", ""),
        frame_options=None,
    ),
    _defect("no-referrer-policy", "The full address leaks to other sites.", XSS, referrer_policy=None),
    _defect("version-disclosed", "The Server header names a version.", XSS, server="uvicorn/0.1.0"),
    # cross-origin
    _defect("cors-reflects-origin", "Any origin is allowed with credentials.", CORS, allowed_origin=lambda o: o),
    _defect(
        "cors-null-origin",
        "The null origin of sandboxed frames is allowed.",
        CORS,
        allowed_origin=lambda o: o if o == "null" else only_the_app(o),
    ),
    _defect(
        "cors-wildcard-credentials",
        "A wildcard origin is sent together with credentials.",
        CORS,
        allowed_origin=lambda o: "*",
    ),
    _defect(
        "cors-suffix-match",
        "An origin that begins or ends like the allowed one is allowed.",
        CORS,
        allowed_origin=_suffix_match,
    ),
    _defect("cors-http-origin", "The app's origin is allowed over plain HTTP.", CORS, allowed_origin=_http_too),
    # limits
    _defect("no-rate-limit", "No request is ever refused for being one too many.", LIMITING, limits="none"),
    _defect(
        "rate-limit-spoofable",
        "A made-up X-Forwarded-For is a new client.",
        LIMITING,
        limits_trust_forwarded=True,
    ),
    _defect("no-retry-after", "A refused client is not told when to return.", LIMITING, retry_after=False),
    _defect("rate-limit-headers-only", "Limits are announced and never enforced.", LIMITING, limits="shown"),
    # health and metrics
    _defect(
        "health-lies",
        "The database is down and the platform says it is ready.",
        f"{HEALTH} {ERRORS} {AUTHENTICATION}",
        database_reachable=False,
        ready_looks=False,
    ),
    _defect(
        "health-degraded-200",
        "The cache is down and health answers 200, degraded only in its words.",
        HEALTH,
        cache_reachable=False,
        status_when_degraded=200,
    ),
    _defect(
        "health-without-components",
        "Health does not say which dependency it looked at.",
        HEALTH,
        health_components=False,
    ),
    _defect(
        "health-cacheable",
        "Health may be answered from a cache.",
        HEALTH,
        health_cache_control="public, max-age=60",
    ),
    _defect("metrics-public", "Metrics are readable by anyone.", HEALTH, metrics_need_token=False),
    # documents
    _defect("docs-without-examples", "No operation shows an example answer.", API_DOCS, docs_examples=False),
    _defect("openapi-invalid", "The OpenAPI document breaks its own schema.", API_DOCS, openapi_valid=False),
    _defect("docs-missing", "Neither document nor docs page is published.", API_DOCS, docs=False),
    _defect("docs-page-empty", "The docs page is an error page with status 200.", "documentation.api", docs_page=False),
    _defect("unversioned-paths", "An operation lives outside of /api/v1.", VERSIONING, legacy_operation=True),
    _defect("no-security-txt", "No security.txt is published.", DISCLOSURE, security_txt=False),
    _defect("security-txt-expired", "The security.txt expired a month ago.", DISCLOSURE, security_txt_days=-30),
    # errors and sign-in
    _defect("soft-404", "An unknown path answers 200 with a page.", ERRORS, unknown_path_status=200),
    _defect("error-leaks-trace", "Errors carry a stack trace.", ERRORS, error_trace=True),
    _defect("errors-plain-text", "Errors are plain text.", ERRORS, problem_shape=False),
    _defect("errors-without-request-id", "Errors carry no request id.", ERRORS, error_request_id=False),
    _defect(
        "login-accepts-anyone",
        "Any e-mail address and password signs in.",
        f"{ERRORS} {AUTHENTICATION}",
        signin_checks_password=False,
    ),
    _defect(
        "login-500",
        "A malformed sign-in crashes.",
        f"{ERRORS} {AUTHENTICATION}",
        signin_validates=False,
    ),
    # environments
    _defect("staging-shares-keys", "Staging signs with production's key.", ISOLATION, staging_shares_keys=True),
    _defect("staging-down", "Staging does not answer.", ISOLATION, staging="down"),
    _defect(
        "staging-is-production",
        "The staging address is production.",
        ISOLATION,
        staging="production",
        certificate_names=(API_HOST, f"staging.{DOMAIN}"),
    ),
    # caching
    _defect("static-uncached", "The edge does not keep static files.", CDN, edge_stores=False),
    _defect(
        "static-mutable",
        "Static files are kept for a minute only.",
        CDN,
        static_cache_control="public, max-age=60",
    ),
    _defect(
        "api-cacheable",
        "API answers are kept by the edge.",
        CDN,
        api_cache_control="public, max-age=60",
    ),
)

DEFECTS: dict[str, Defect] = {defect.name: defect for defect in _ALL}

MATURITIES: dict[str, tuple[str, ...]] = {
    "prototype": (
        "cert-expiring",
        "dns-single-ns",
        "no-spf",
        "no-dmarc",
        "no-caa",
        "no-hsts",
        "no-https-redirect",
        "no-csp",
        "no-nosniff",
        "no-referrer-policy",
        "version-disclosed",
        "cors-reflects-origin",
        "no-rate-limit",
        "health-without-components",
        "metrics-public",
        "docs-without-examples",
        "unversioned-paths",
        "errors-plain-text",
        "login-500",
        "staging-shares-keys",
        "no-security-txt",
        "static-uncached",
    ),
    "alpha": ("dmarc-none", "no-caa", "static-mutable", "no-security-txt"),
    "beta": (),
}


def behaviour_with(defects: Iterable[str]) -> Behaviour:
    """Return the behaviour of a platform with these defects.

    Raises ValueError for an unknown name and for two defects of the same behaviour, since one would hide
    the other.
    """
    changes: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for name in dict.fromkeys(defects):
        if name not in DEFECTS:
            raise ValueError(f"unknown defect {name!r}; known: {', '.join(DEFECTS)}")
        for key, value in DEFECTS[name].changes.items():
            if key in changes:
                raise ValueError(f"defects {owners[key]!r} and {name!r} break the same behaviour: {key}")
            changes[key], owners[key] = value, name
    return Behaviour(**changes)
