"""How the platform behaves in access and refresh tokens, sessions, roles and tenants."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """Right by default."""

    # access tokens
    token_secret: str | None = None  # signs them by HMAC in place of the key
    token_life_s: int = 900
    token_names_subject: bool = True
    token_signature_checked: bool = True
    token_expiry_checked: bool = True
    token_audience_checked: bool = True
    token_unsigned_accepted: bool = False
    token_public_key_as_secret: bool = False
    staging_tokens_accepted: bool = False
    staging_shares_database: bool = False

    # sessions
    refresh_once: bool = True
    refresh_reuse_revokes: bool = True
    refresh_locks: bool = True
    signout_ends_session: bool = True
    signout_ends_access: bool = True
    signin_sets_bare_cookie: bool = False
    revoking_ends_session: bool = True
    session_current_marked: bool = True
    session_names_device: bool = True

    # roles and tenants
    plan_for_staff_only: bool = True
    user_needs_sign_in: bool = True
    user_of_tenant_only: bool = True
    session_of_owner_only: bool = True

    # simultaneous requests
    emails_unique: bool = True
