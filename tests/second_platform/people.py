"""The people of the second platform, and where they are signed in."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .ways import SHORTEST, Refused


@dataclass
class Member:
    """Somebody with an account."""

    mail: str
    nick: str
    digest: bytes
    keeper: bool = False
    confirmed: bool = False
    wrong: int = 0
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def new(cls, mail: str, password: str, nick: str, **more: bool) -> "Member":
        return cls(mail, nick, digest_of(mail, password), **more)

    @property
    def shown(self) -> dict[str, str]:
        rank = "keeper" if self.keeper else "member"
        return {"uid": self.uid, "mail": self.mail, "nick": self.nick, "rank": rank}


@dataclass
class Session:
    """One sign-in; `guard` has to come with every change that its cookie asks for."""

    member: Member
    agent: str
    address: str
    seen: datetime = field(default_factory=lambda: datetime.now(UTC))
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    guard: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def digest_of(mail: str, password: str) -> bytes:
    if len(password) < SHORTEST:
        raise Refused(422, "unusable")
    return hashlib.pbkdf2_hmac("sha256", password.encode(), mail.encode(), 5_000)
