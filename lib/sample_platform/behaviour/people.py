"""How the platform behaves in signing in, passwords, the own profile, notices."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class People:
    """Right by default."""

    # signing in
    signin_neutral: bool = True
    signin_hashes_for_nobody: bool = True
    signin_remembers: Literal["as asked", "always", "never"] = "as asked"
    signin_begins_session: bool = True

    # passwords
    password_least: int = 12
    password_most: int = 128
    password_bytes: int | None = None  # the hash looks at no more of them
    passwords_common_refused: bool = True
    passwords_address_refused: bool = True
    passwords_breached_refused: bool = True
    passwords_need_digit: bool = False
    passwords_hashed_dearly: bool = False  # at the cost of production, even where tests make it cheap

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
