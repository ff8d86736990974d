"""Defects in access and refresh tokens, sessions, roles and tenants."""

from .defect import Defect, defect

AUTHENTICATION = "security.authentication"
AUTHORIZATION = "security.authorization"
SESSIONS = "experience.sessions"
TRANSACTIONS = "data.transactions"
ISOLATION = "infrastructure.environment_isolation"

DEFECTS: tuple[Defect, ...] = (
    # access tokens
    defect("token-secret-guessable", "Tokens are signed with a word.", AUTHENTICATION, token_secret="changeme123"),
    defect("token-unsigned", "A token whose algorithm is none passes.", AUTHENTICATION, token_unsigned_accepted=True),
    defect(
        "token-confusion",
        "A token signed by HMAC with the public key passes.",
        AUTHENTICATION,
        token_public_key_as_secret=True,
    ),
    defect(
        "token-signature-ignored",
        "Tokens are decoded and never verified.",
        AUTHENTICATION,
        token_signature_checked=False,
    ),
    defect(
        "token-never-expires", "The expiry of a token is not looked at.", AUTHENTICATION, token_expiry_checked=False
    ),
    defect(
        "token-audience-ignored",
        "A token for another service passes.",
        AUTHENTICATION,
        token_audience_checked=False,
    ),
    defect("token-lives-a-day", "Access tokens live for 24 hours.", AUTHENTICATION, token_life_s=86_400),
    defect("token-lives-an-hour", "Access tokens live for an hour.", AUTHENTICATION, token_life_s=3_600),
    defect(
        "token-without-sub",
        "Tokens name their owner in a claim of their own.",
        AUTHENTICATION,
        token_names_subject=False,
    ),
    defect(
        "refresh-reusable",
        "A refresh token works as often as it is shown.",
        f"{AUTHENTICATION} {TRANSACTIONS}",
        refresh_once=False,
    ),
    defect(
        "refresh-family-survives",
        "A stolen refresh token that is used again ends nothing.",
        AUTHENTICATION,
        refresh_reuse_revokes=False,
    ),
    defect(
        "signout-does-nothing", "Signing out leaves the session as it is.", AUTHENTICATION, signout_ends_session=False
    ),
    defect(
        "signout-leaves-access",
        "Signing out ends the refresh token alone.",
        AUTHENTICATION,
        signout_ends_access=False,
    ),
    defect(
        "session-cookie-bare",
        "Signing in also sets a cookie that scripts can read.",
        AUTHENTICATION,
        signin_sets_bare_cookie=True,
    ),
    # roles and tenants
    defect("admin-open", "Any user may change what anybody pays for.", AUTHORIZATION, plan_for_staff_only=False),
    defect("operation-open", "Users can be read without signing in.", AUTHORIZATION, user_needs_sign_in=False),
    defect("tenant-read", "A user of another tenant can be read.", AUTHORIZATION, user_of_tenant_only=False),
    defect("tenant-revoke", "Anybody's session can be ended by its id.", AUTHORIZATION, session_of_owner_only=False),
    # sessions
    defect("session-lives-on", "A session that was ended goes on working.", SESSIONS, revoking_ends_session=False),
    defect("session-current-unmarked", "The own session is not marked.", SESSIONS, session_current_marked=False),
    defect("session-device-unnamed", "Every session is called Web.", SESSIONS, session_names_device=False),
    # simultaneous requests
    defect("refresh-race", "Two refreshes at once both win.", TRANSACTIONS, refresh_locks=False),
    defect("registration-race", "Two sign-ups at once make two accounts.", TRANSACTIONS, emails_unique=False),
    # environments
    defect(
        "staging-token-accepted",
        "Staging works on production's accounts, and production takes its tokens.",
        ISOLATION,
        staging_tokens_accepted=True,
        staging_shares_keys=True,
        staging_shares_database=True,
    ),
)
