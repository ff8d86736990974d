"""How the platform behaves in OpenID Connect, GraphQL, credentialed cross-origin requests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Federation:
    """Right by default."""

    # OpenID Connect
    oidc_issuer_suffix: str = ""
    oidc_keys_public: bool = True
    oidc_challenge_required: bool = True
    oidc_challenge_methods: tuple[str, ...] = ("S256",)
    oidc_redirects_exactly: bool = True
    oidc_code_once: bool = True
    oidc_implicit: bool = False
    oidc_echoes_nonce: bool = True
    oidc_checks_secret: bool = True
    oidc_userinfo_of_token: bool = True

    # GraphQL
    graphql_deepest: int = 10
    graphql_signed_in_only: bool = True
    graphql_own_tenant_only: bool = True

    # credentialed cross-origin requests
    cors_any_method: bool = False
    cors_open_path: str | None = None
