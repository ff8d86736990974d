"""How the platform behaves in registration, verification and password reset: whatever goes through a mailbox."""

from dataclasses import dataclass

from ..addresses import DOMAIN


@dataclass(frozen=True)
class Mail:
    """Right by default."""

    # registration
    signup_neutral: bool = True
    signup_in_background: bool = True
    verification_demanded: bool = True

    # what is sent by mail
    verification_mailed: bool = True
    verification_life_s: int = 24 * 3600
    verification_once: bool = True
    verification_by_token: bool = True
    verification_mails_an_hour: int = 3
    reset_life_s: int = 30 * 60
    reset_once: bool = True
    reset_mails_an_hour: int = 3

    # recovery
    forgot_neutral: bool = True
    forgot_in_background: bool = True
    reset_ends_sessions: bool = True
    reset_link_is_ours: bool = True

    # where mail comes from
    mail_signed: bool = True
    mail_from: str = f"no-reply@{DOMAIN}"
