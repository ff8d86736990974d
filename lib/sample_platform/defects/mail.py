"""Defects in registration, verification and password reset: whatever goes through a mailbox."""

from ..addresses import DOMAIN
from .defect import Defect, defect

REGISTRATION = "experience.registration"
VERIFICATION = "experience.email_verification"
RESET = "experience.password_reset"

DEFECTS: tuple[Defect, ...] = (
    # registration
    defect("signup-tells", "A sign-up with a known address is refused with 409.", REGISTRATION, signup_neutral=False),
    defect(
        "signup-tells-by-time",
        "A sign-up with a new address waits until its mail has been handed over.",
        REGISTRATION,
        signup_in_background=False,
    ),
    defect(
        "unverified-admitted",
        "An account may do everything before its address is verified.",
        REGISTRATION,
        hides=VERIFICATION,
        verification_demanded=False,
    ),
    defect(
        "verification-mail-missing",
        "The mail that verifies an address is never sent.",
        REGISTRATION,
        alone=True,
        verification_mailed=False,
    ),
    # verification
    defect("verification-repeats", "A verification link works again and again.", VERIFICATION, verification_once=False),
    defect(
        "verification-for-a-month",
        "A verification link lives for thirty days.",
        VERIFICATION,
        verification_life_s=30 * 24 * 3600,
    ),
    defect(
        "verification-of-whoever-asks",
        "A verification link verifies whoever is signed in, not the address it was mailed to.",
        VERIFICATION,
        verification_by_token=False,
    ),
    defect(
        "verification-mails-unlimited",
        "The verification mail is sent as often as anybody likes.",
        VERIFICATION,
        verification_mails_an_hour=1000,
    ),
    defect("mail-unsigned", "Mail carries no DKIM signature.", VERIFICATION, mail_signed=False),
    defect(
        "spf-forgets-the-sender",
        "The SPF policy does not name the host that sends the mail.",
        VERIFICATION,
        spf="v=spf1 ip4:192.0.2.25 -all",
    ),
    defect(
        "mail-misaligned",
        "Mail comes from a subdomain, and the DMARC policy allows the domain alone.",
        VERIFICATION,
        mail_from=f"no-reply@mail.{DOMAIN}",
        dmarc=f"v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:dmarc@{DOMAIN}",
    ),
    # reset
    defect("forgot-tells", "Asking to reset an unknown address is answered with 404.", RESET, forgot_neutral=False),
    defect(
        "forgot-tells-by-time",
        "Asking for a reset waits until the mail has been handed over, and is not limited.",
        RESET,
        forgot_in_background=False,
        reset_mails_an_hour=1000,
    ),
    defect("reset-repeats", "A reset link works again and again.", RESET, reset_once=False),
    defect("reset-for-a-day", "A reset link lives for a day.", RESET, reset_life_s=24 * 3600),
    defect("reset-keeps-sessions", "A reset leaves old sessions alive.", RESET, reset_ends_sessions=False),
    defect(
        "reset-link-follows-host",
        "The link in the reset mail leads to whatever host the request names.",
        RESET,
        reset_link_is_ours=False,
    ),
    defect("reset-mails-unlimited", "Reset mails are sent as often as anybody likes.", RESET, reset_mails_an_hour=1000),
)
