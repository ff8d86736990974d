"""Defects in signing in, passwords, the own profile, notices."""

from ..behaviour import Behaviour
from .defect import Defect, defect

PROFILE = "experience.profile"
NOTIFICATIONS = "experience.notifications"
EXPORT = "data.export"
PRIVACY = "security.gdpr"

DEFECTS: tuple[Defect, ...] = (
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
