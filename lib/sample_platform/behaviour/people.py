"""How the platform behaves in signing in, passwords, the own profile, notices."""

from dataclasses import dataclass


@dataclass(frozen=True)
class People:
    """Right by default."""

    # the own profile
    profile_members: frozenset[str] = frozenset({"name", "product_mail"})
    profile_forgets: frozenset[str] = frozenset()
    email_waits_for_proof: bool = True
    email_proven_at_new: bool = True
    email_taken_over: bool = True
    deletion_offered: bool = True

    # notices
    password_change_mailed: bool = True
    new_device_noticed: bool = True
    notices_shown_unread: bool = True
    opt_out_honoured: bool = True
    security_mail_always: bool = True
