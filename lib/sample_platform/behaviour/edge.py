"""What is seen before anybody signs in: names, certificates, headers, limits, health, documents."""

from collections.abc import Callable
from dataclasses import dataclass
from ssl import TLSVersion
from typing import Literal

from ..addresses import API_HOST, APP_ORIGIN, DOMAIN

ONE_ORIGIN_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'; form-action 'none'"
)


def only_the_app(origin: str) -> str | None:
    """Return the value of Access-Control-Allow-Origin for an origin, None to allow nothing."""
    return origin if origin == APP_ORIGIN else None


@dataclass(frozen=True)
class Edge:
    """`None` in a header field means that the header is not sent."""

    # availability
    answers_503: bool = False
    database_reachable: bool = True
    cache_reachable: bool = True

    # certificate and transport of production
    certificate_names: tuple[str, ...] = (API_HOST,)
    certificate_days: int = 90
    certificate_key: Literal["EC P-256", "RSA 1024"] = "EC P-256"
    certificate_trusted: bool = True
    oldest_tls: TLSVersion = TLSVersion.TLSv1_2
    plain_serves: Literal["redirect", "posts", "everything"] = "redirect"
    redirect_status: int = 308
    redirect_host: str | None = None
    hsts: str | None = "max-age=63072000; includeSubDomains"

    # names
    name_servers: tuple[str, ...] = ("ns1", "ns2")
    www_target: str = "app"
    spf: str | None = "v=spf1 ip4:127.0.0.1 mx -all"
    dmarc: str | None = f"v=DMARC1; p=reject; rua=mailto:dmarc@{DOMAIN}"
    caa_issuer: str | None = "sample-ca.test"
    second_view_of_api: str = "127.0.0.1"

    # headers
    csp_header: str = "Content-Security-Policy"
    csp: str | None = ONE_ORIGIN_CSP
    content_type_options: str | None = "nosniff"
    frame_options: str | None = "DENY"
    referrer_policy: str | None = "no-referrer"
    permissions_policy: str | None = "camera=(), geolocation=(), microphone=()"
    server: str | None = None
    allowed_origin: Callable[[str], str | None] = only_the_app

    # limits
    limits: Literal["enforced", "shown", "none"] = "enforced"
    limits_trust_forwarded: bool = False
    retry_after: bool = True

    # health and metrics
    health_delay_s: float = 0.0
    ready_looks: bool = True
    status_when_degraded: int = 503
    health_components: bool = True
    health_cache_control: str = "no-store"
    metrics_need_token: bool = True

    # errors
    problem_shape: bool = True
    error_request_id: bool = True
    error_trace: bool = False
    unknown_path_status: Literal[404, 200] = 404

    # accounts
    signin_checks_password: bool = True
    signin_validates: bool = True
    legacy_operation: bool = False

    # documents
    docs: bool = True
    docs_page: bool = True
    docs_link: str = "/openapi.json"
    docs_examples: bool = True
    openapi_valid: bool = True
    security_txt: bool = True
    security_txt_days: int = 180

    # caching at the edge
    edge_stores: bool = True
    static_cache_control: str = "public, max-age=31536000, immutable"
    api_cache_control: str = "no-store"

    # environments
    staging: Literal["own", "down", "production"] = "own"
    staging_shares_keys: bool = False
