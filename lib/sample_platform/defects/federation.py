"""Defects in OpenID Connect, GraphQL, credentialed cross-origin requests."""

from .defect import Defect, defect

OIDC = "security.oidc"
GRAPHQL = "api.graphql"
CORS = "security.cors"

DEFECTS: tuple[Defect, ...] = (
    # OpenID Connect
    defect("oidc-issuer-slash", "The issuer ends with a slash, its address does not.", OIDC, oidc_issuer_suffix="/"),
    defect("oidc-private-key", "The published key set holds the private key.", OIDC, oidc_keys_public=False),
    defect(
        "oidc-pkce-plain",
        "PKCE accepts the method plain, which a stolen request gives away.",
        OIDC,
        oidc_challenge_methods=("plain", "S256"),
    ),
    defect("oidc-pkce-optional", "A code is given and exchanged without PKCE.", OIDC, oidc_challenge_required=False),
    defect(
        "oidc-redirect-prefix",
        "A redirect address only has to begin like the registered one.",
        OIDC,
        oidc_redirects_exactly=False,
    ),
    defect("oidc-code-replay", "A code can be exchanged again and again.", OIDC, oidc_code_once=False),
    defect("oidc-implicit", "The implicit flow hands tokens out in addresses.", OIDC, oidc_implicit=True),
    defect("oidc-nonce-dropped", "The nonce is missing in the ID token.", OIDC, oidc_echoes_nonce=False),
    defect("oidc-secret-unchecked", "Any client secret is the right one.", OIDC, oidc_checks_secret=False),
    defect(
        "oidc-userinfo-of-another",
        "Userinfo forgets whose token it was shown.",
        OIDC,
        oidc_userinfo_of_token=False,
    ),
    # GraphQL
    defect("graphql-unlimited-depth", "A query may be nested without end.", GRAPHQL, graphql_deepest=10_000),
    defect(
        "graphql-open",
        "GraphQL answers without credentials.",
        f"{GRAPHQL} security.authorization",
        graphql_signed_in_only=False,
    ),
    defect(
        "graphql-other-tenants",
        "GraphQL reads the accounts of other tenants.",
        GRAPHQL,
        graphql_own_tenant_only=False,
    ),
    # credentialed cross-origin requests
    defect(
        "cors-any-method",
        "Preflights of signed-in users' operations are answered with every method.",
        CORS,
        cors_any_method=True,
    ),
    defect(
        "cors-sessions-reflected",
        "The list of sessions, which once was public, still reflects any origin.",
        CORS,
        cors_open_path="/api/v1/sessions",
    ),
)
