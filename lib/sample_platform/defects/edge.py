"""Defects that are seen before anybody signs in."""

from ssl import TLSVersion

from ..addresses import API_HOST, APP_ORIGIN, DOMAIN
from ..behaviour.edge import ONE_ORIGIN_CSP, only_the_app
from .defect import Defect, defect


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
VERIFICATION = "experience.email_verification"
RESET = "experience.password_reset"
PROFILE = "experience.profile"
PASSWORDS = "security.password_policy"
PRIVACY = "security.gdpr"
INPUT = "security.input_validation"
API_DOCS = "api.documentation documentation.api"
VERSIONING = "api.versioning"
DISCLOSURE = "documentation.security"

DEFECTS: tuple[Defect, ...] = (
    defect(
        "production-down",
        "Production answers 503 to everything.",
        f"{PRODUCTION} {HEALTH}",
        alone=True,
        answers_503=True,
    ),
    defect(
        "slow-health",
        "Health routes take 3.5 s to answer.",
        f"{PRODUCTION} {HEALTH}",
        health_delay_s=3.5,
    ),
    # certificate and protocol
    defect(
        "cert-expired", "The certificate expired yesterday.", f"{TLS} {PRODUCTION}", alone=True, certificate_days=-1
    ),
    defect(
        "cert-wrong-name",
        "The certificate names another host.",
        f"{TLS} {PRODUCTION}",
        alone=True,
        certificate_names=(f"other.{DOMAIN}",),
    ),
    defect(
        "cert-untrusted",
        "The certificate is signed by an authority nobody trusts.",
        f"{TLS} {PRODUCTION}",
        alone=True,
        certificate_trusted=False,
    ),
    defect("cert-expiring", "The certificate expires in five days.", TLS, certificate_days=5),
    defect("tls-1.0", "TLS 1.0 and 1.1 are still accepted.", TLS, oldest_tls=TLSVersion.TLSv1),
    defect(
        "weak-key",
        "The certificate's key is RSA of 1024 bits.",
        f"{TLS} {PRODUCTION}",
        alone=True,
        certificate_key="RSA 1024",
    ),
    # names
    defect("dns-single-ns", "The zone has one name server.", DNS, name_servers=("ns1",)),
    defect("dns-dangling-cname", "An alias points at a name that does not exist.", DNS, www_target="gone"),
    defect("no-spf", "The domain publishes no SPF policy.", f"{DNS} {VERIFICATION}", spf=None),
    defect("no-dmarc", "The domain publishes no DMARC policy.", f"{DNS} {VERIFICATION}", dmarc=None),
    defect(
        "dmarc-none",
        "The DMARC policy asks for nothing.",
        DNS,
        dmarc=f"v=DMARC1; p=none; rua=mailto:dmarc@{DOMAIN}",
    ),
    defect("no-caa", "No CAA record restricts who may issue certificates.", DNS, caa_issuer=None),
    defect(
        "dns-split", "The two name servers give different addresses.", DNS, alone=True, second_view_of_api="127.0.0.2"
    ),
    # HTTPS everywhere
    defect("no-hsts", "Strict-Transport-Security is not sent.", IN_TRANSIT, hsts=None),
    defect("hsts-short", "HSTS lasts five minutes.", IN_TRANSIT, hsts="max-age=300; includeSubDomains"),
    defect("no-https-redirect", "Plain HTTP serves the API.", IN_TRANSIT, plain_serves="everything"),
    defect("redirect-302", "Plain HTTP redirects temporarily.", IN_TRANSIT, redirect_status=302),
    defect(
        "redirect-other-host",
        "Plain HTTP redirects to another host.",
        IN_TRANSIT,
        redirect_host=f"www.{DOMAIN}",
    ),
    defect(
        "plain-post-accepted",
        "Plain HTTP redirects a GET and carries out a POST.",
        IN_TRANSIT,
        plain_serves="posts",
    ),
    # browser protection
    defect("no-csp", "No content security policy is sent.", XSS, csp=None),
    defect(
        "csp-unsafe-inline",
        "The content security policy allows inline scripts.",
        XSS,
        csp=ONE_ORIGIN_CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    ),
    defect(
        "csp-report-only",
        "The content security policy only reports.",
        XSS,
        csp_header="Content-Security-Policy-Report-Only",
    ),
    defect("no-nosniff", "Browsers may guess content types.", XSS, content_type_options=None),
    defect(
        "no-framing-control",
        "Any site may frame the pages.",
        XSS,
        csp=ONE_ORIGIN_CSP.replace("frame-ancestors 'none'; ", ""),
        frame_options=None,
    ),
    defect("no-referrer-policy", "The full address leaks to other sites.", XSS, referrer_policy=None),
    defect("version-disclosed", "The Server header names a version.", XSS, server="uvicorn/0.1.0"),
    # cross-origin
    defect("cors-reflects-origin", "Any origin is allowed with credentials.", CORS, allowed_origin=lambda o: o),
    defect(
        "cors-null-origin",
        "The null origin of sandboxed frames is allowed.",
        CORS,
        allowed_origin=lambda o: o if o == "null" else only_the_app(o),
    ),
    defect(
        "cors-wildcard-credentials",
        "A wildcard origin is sent together with credentials.",
        CORS,
        allowed_origin=lambda o: "*",
    ),
    defect(
        "cors-suffix-match",
        "An origin that begins or ends like the allowed one is allowed.",
        CORS,
        allowed_origin=_suffix_match,
    ),
    defect("cors-http-origin", "The app's origin is allowed over plain HTTP.", CORS, allowed_origin=_http_too),
    # limits
    defect("no-rate-limit", "No request is ever refused for being one too many.", LIMITING, limits="none"),
    defect(
        "rate-limit-spoofable",
        "A made-up X-Forwarded-For is a new client.",
        LIMITING,
        limits_trust_forwarded=True,
    ),
    defect(
        "no-retry-after",
        "A refused client is not told when to return.",
        LIMITING,
        alone=True,  # whoever comes upon a limit meanwhile does not know when to ask again, and sees nothing
        retry_after=False,
    ),
    defect("rate-limit-headers-only", "Limits are announced and never enforced.", LIMITING, limits="shown"),
    # health and metrics
    defect(
        "health-lies",
        "The database is down and the platform says it is ready.",
        f"{HEALTH} {ERRORS} {AUTHENTICATION}",
        alone=True,
        database_reachable=False,
        ready_looks=False,
    ),
    defect(
        "health-degraded-200",
        "The cache is down and health answers 200, degraded only in its words.",
        HEALTH,
        alone=True,
        cache_reachable=False,
        status_when_degraded=200,
    ),
    defect(
        "health-without-components",
        "Health does not say which dependency it looked at.",
        HEALTH,
        health_components=False,
    ),
    defect(
        "health-cacheable",
        "Health may be answered from a cache.",
        HEALTH,
        health_cache_control="public, max-age=60",
    ),
    defect("metrics-public", "Metrics are readable by anyone.", HEALTH, metrics_need_token=False),
    # documents
    defect("docs-without-examples", "No operation shows an example answer.", API_DOCS, docs_examples=False),
    defect("openapi-invalid", "The OpenAPI document breaks its own schema.", API_DOCS, alone=True, openapi_valid=False),
    defect("docs-missing", "Neither document nor docs page is published.", API_DOCS, alone=True, docs=False),
    defect(
        "docs-link-broken",
        "The docs page leads to a document that is not there.",
        "documentation.api",
        docs_link="/openapi.yaml",
    ),
    defect("docs-page-empty", "The docs page is an error page with status 200.", "documentation.api", docs_page=False),
    defect("unversioned-paths", "An operation lives outside of /api/v1.", VERSIONING, legacy_operation=True),
    defect("no-security-txt", "No security.txt is published.", DISCLOSURE, security_txt=False),
    defect("security-txt-expired", "The security.txt expired a month ago.", DISCLOSURE, security_txt_days=-30),
    # errors and sign-in
    defect("soft-404", "An unknown path answers 200 with a page.", ERRORS, alone=True, unknown_path_status=200),
    defect("error-leaks-trace", "Errors carry a stack trace.", ERRORS, error_trace=True),
    # which is not what the documentation says of them
    defect("errors-plain-text", "Errors are plain text.", f"{ERRORS} api.documentation", problem_shape=False),
    defect(
        "errors-without-request-id",
        "Errors carry no request id.",
        f"{ERRORS} api.documentation",
        error_request_id=False,
    ),
    defect(
        "login-accepts-anyone",
        "Any e-mail address and password signs in.",
        # to a former password, to the account after a reset or its erasure: whatever should end, goes on
        f"{ERRORS} {AUTHENTICATION} {PASSWORDS} {RESET} {PROFILE} {PRIVACY}",
        alone=True,
        signin_checks_password=False,
    ),
    defect(
        "login-500",
        "A malformed sign-in crashes.",
        f"{ERRORS} {AUTHENTICATION} {INPUT}",
        alone=True,
        signin_validates=False,
    ),
    # environments
    defect("staging-shares-keys", "Staging signs with production's key.", ISOLATION, staging_shares_keys=True),
    defect("staging-down", "Staging does not answer.", ISOLATION, alone=True, staging="down"),
    defect(
        "staging-is-production",
        "The staging address is production.",
        ISOLATION,
        alone=True,
        staging="production",
        certificate_names=(API_HOST, f"staging.{DOMAIN}"),
    ),
    # caching
    defect("static-uncached", "The edge does not keep static files.", CDN, edge_stores=False),
    defect(
        "static-mutable",
        "Static files are kept for a minute only.",
        CDN,
        static_cache_control="public, max-age=60",
    ),
    defect(
        "api-cacheable",
        "API answers are kept by the edge.",
        CDN,
        alone=True,
        api_cache_control="public, max-age=60",
    ),
)
