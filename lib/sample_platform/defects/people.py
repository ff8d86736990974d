"""Defects in signing in, passwords, the own profile, notices."""

from ..behaviour import Behaviour
from .defect import Defect, defect

LOGIN = "experience.login"
PASSWORDS = "security.password_policy"
SESSIONS = "experience.sessions"
PROFILE = "experience.profile"
NOTIFICATIONS = "experience.notifications"
EXPORT = "data.export"
PRIVACY = "security.gdpr"

DEFECTS: tuple[Defect, ...] = (
    # signing in
    defect("signin-tells", "Signing in with an unknown address says that it is unknown.", LOGIN, signin_neutral=False),
    defect(
        "signin-tells-by-time",
        "An unknown address is refused sooner than a wrong password.",
        LOGIN,
        alone=True,  # what passwords cost then outweighs what others tell by their time
        signin_hashes_for_nobody=False,
        passwords_hashed_dearly=True,
    ),
    defect("remember-always", "Everybody stays signed in for a month.", LOGIN, signin_remembers="always"),
    defect("remember-never", "Asking to stay signed in changes nothing.", LOGIN, signin_remembers="never"),
    defect(
        "signin-continues",
        "Signing in goes on with the session that there is.",
        f"{LOGIN} {SESSIONS}",
        signin_begins_session=False,
    ),
    # passwords
    defect("password-short", "A password of six characters is taken.", PASSWORDS, password_least=6),
    defect("password-common", "The commonest passwords are taken.", PASSWORDS, passwords_common_refused=False),
    defect("password-address", "The own address is taken as a password.", PASSWORDS, passwords_address_refused=False),
    defect(
        "password-breached", "Passwords known from breaches are taken.", PASSWORDS, passwords_breached_refused=False
    ),
    defect("password-cut", "Of a password 72 bytes count.", PASSWORDS, password_bytes=72),
    defect("password-most-32", "A password of more than 32 characters is refused.", PASSWORDS, password_most=32),
    defect("password-needs-digit", "A password without a digit is refused.", PASSWORDS, passwords_need_digit=True),
    # the own profile
    defect(
        "profile-takes-role",
        "Whoever sends a role with the own profile has it.",
        PROFILE,
        profile_members=Behaviour.profile_members | {"role"},
    ),
    defect(
        "profile-takes-tenant",
        "Whoever sends another tenant's id with the own profile joins it.",
        PROFILE,
        profile_members=Behaviour.profile_members | {"tenant_id"},
    ),
    defect(
        "profile-forgets-name",
        "A new name is accepted and not kept.",
        f"{PROFILE} {EXPORT} {PRIVACY}",
        profile_forgets=frozenset({"name"}),
    ),
    defect("profile-undeletable", "Nobody can delete the own account.", f"{PROFILE} {PRIVACY}", deletion_offered=False),
    defect("email-unproven", "A new address counts before it is confirmed.", PROFILE, email_waits_for_proof=False),
    defect(
        "email-proven-at-old",
        "The link that confirms a new address is mailed to the old one.",
        PROFILE,
        email_proven_at_new=False,
    ),
    defect("email-forgotten", "A new address that was confirmed is not taken over.", PROFILE, email_taken_over=False),
    # notices
    defect(
        "password-change-unmailed", "No mail tells of a changed password.", NOTIFICATIONS, password_change_mailed=False
    ),
    defect(
        "new-device-unnoticed",
        "The app says nothing of a sign-in on a new device.",
        NOTIFICATIONS,
        new_device_noticed=False,
    ),
    defect("notices-shown-read", "Every notice is shown as read.", NOTIFICATIONS, notices_shown_unread=False),
    defect("opt-out-ignored", "Product news come after they were switched off.", NOTIFICATIONS, opt_out_honoured=False),
    defect(
        "opt-out-silences-security",
        "Whoever switches product news off is not told of a changed password either.",
        NOTIFICATIONS,
        security_mail_always=False,
    ),
)
