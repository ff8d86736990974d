"""Tables: accounts and their tenants, what keeps them signed in, and what they own."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, LargeBinary, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Moment = DateTime(timezone=True)


class Base(DeclarativeBase):
    """What all tables share."""


def _id() -> Mapped[uuid.UUID]:
    return mapped_column(primary_key=True, default=uuid.uuid4)


def _of(table: str) -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True)


def _made_at() -> Mapped[dt.datetime]:
    return mapped_column(Moment, server_default=func.now())


class Tenant(Base):
    """One customer: owns accounts, keys and webhooks, and pays for a plan."""

    __tablename__ = "tenants"

    id: Mapped[uuid.UUID] = _id()
    plan: Mapped[str] = mapped_column(String(20), server_default="free")
    created_at: Mapped[dt.datetime] = _made_at()


class Import(Base):
    """One bulk import; what it created can be removed with it."""

    __tablename__ = "imports"

    id: Mapped[uuid.UUID] = _id()
    created_at: Mapped[dt.datetime] = _made_at()


class Account(Base):
    """One person; the address is unique whatever its case."""

    __tablename__ = "accounts"
    __table_args__ = (Index("accounts_email_key", text("lower(email)"), unique=True),)

    id: Mapped[uuid.UUID] = _id()
    tenant_id: Mapped[uuid.UUID] = _of("tenants")
    import_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20), server_default="user")
    name: Mapped[str] = mapped_column(String(100), server_default="")
    product_mail: Mapped[bool] = mapped_column(server_default=text("true"))
    verified_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[dt.datetime] = _made_at()


class MailToken(Base):
    """A token sent by mail: it verifies an address (`email`), or resets a password, once."""

    __tablename__ = "mail_tokens"

    id: Mapped[uuid.UUID] = _id()
    account_id: Mapped[uuid.UUID] = _of("accounts")
    purpose: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    used_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class Session(Base):
    """One sign-in on one device; its id is the family of its refresh tokens."""

    __tablename__ = "sessions"

    id: Mapped[uuid.UUID] = _id()
    account_id: Mapped[uuid.UUID] = _of("accounts")
    device: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(45))
    remember: Mapped[bool] = mapped_column()
    created_at: Mapped[dt.datetime] = _made_at()
    last_used_at: Mapped[dt.datetime] = _made_at()
    ends_at: Mapped[dt.datetime] = mapped_column(Moment)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class RefreshToken(Base):
    """One link in a family of tokens: each use replaces it, a second use ends the session."""

    __tablename__ = "refresh_tokens"

    id: Mapped[uuid.UUID] = _id()
    account_id: Mapped[uuid.UUID] = _of("accounts")
    family_id: Mapped[uuid.UUID] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    used_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class RecoveryCode(Base):
    """A code that stands in for the second factor, once."""

    __tablename__ = "recovery_codes"

    id: Mapped[uuid.UUID] = _id()
    account_id: Mapped[uuid.UUID] = _of("accounts")
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class Notice(Base):
    """What a person is told in the app."""

    __tablename__ = "notices"

    id: Mapped[uuid.UUID] = _id()
    account_id: Mapped[uuid.UUID] = _of("accounts")
    kind: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[dt.datetime] = _made_at()
    read_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class AuditEvent(Base):
    """Who did what to what, from where, with what result. It outlives the accounts, so it names them by id alone."""

    __tablename__ = "audit_events"

    id: Mapped[uuid.UUID] = _id()
    at: Mapped[dt.datetime] = _made_at()
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    actor_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(45))
    result: Mapped[str] = mapped_column(String(20))


class ApiKey(Base):
    """A key of a tenant; the secret itself is not kept."""

    __tablename__ = "api_keys"

    id: Mapped[uuid.UUID] = _id()
    tenant_id: Mapped[uuid.UUID] = _of("tenants")
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    created_at: Mapped[dt.datetime] = _made_at()
    expires_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class Usage(Base):
    """How often a key was used for an operation on a day (UTC)."""

    __tablename__ = "usage"
    __table_args__ = (UniqueConstraint("key_id", "operation", "day"),)

    id: Mapped[uuid.UUID] = _id()
    key_id: Mapped[uuid.UUID] = _of("api_keys")
    operation: Mapped[str] = mapped_column(String(100))
    day: Mapped[dt.date] = mapped_column()
    count: Mapped[int] = mapped_column(BigInteger)


class Webhook(Base):
    """An address of a tenant that events are sent to."""

    __tablename__ = "webhooks"

    id: Mapped[uuid.UUID] = _id()
    tenant_id: Mapped[uuid.UUID] = _of("tenants")
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = _made_at()


class Delivery(Base):
    """One event on its way to one webhook."""

    __tablename__ = "deliveries"

    id: Mapped[uuid.UUID] = _id()
    webhook_id: Mapped[uuid.UUID] = _of("webhooks")
    event: Mapped[str] = mapped_column(String(60))
    body: Mapped[dict[str, object]] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[dt.datetime] = _made_at()
    delivered_at: Mapped[dt.datetime | None] = mapped_column(Moment)


class OidcClient(Base):
    """An application that signs people in through this platform."""

    __tablename__ = "oidc_clients"

    id: Mapped[uuid.UUID] = _id()
    tenant_id: Mapped[uuid.UUID] = _of("tenants")
    name: Mapped[str] = mapped_column(String(100))
    secret_hash: Mapped[str] = mapped_column(String(64))
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(String(500)))
    created_at: Mapped[dt.datetime] = _made_at()


class OidcCode(Base):
    """An authorization code: good once, for a minute, with the verifier of its challenge (RFC 7636)."""

    __tablename__ = "oidc_codes"

    id: Mapped[uuid.UUID] = _id()
    client_id: Mapped[uuid.UUID] = _of("oidc_clients")
    account_id: Mapped[uuid.UUID] = _of("accounts")
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    redirect_uri: Mapped[str] = mapped_column(String(500))
    scope: Mapped[str] = mapped_column(String(200))
    nonce: Mapped[str | None] = mapped_column(String(200))
    challenge: Mapped[str | None] = mapped_column(String(128))
    challenge_method: Mapped[str | None] = mapped_column(String(10))
    auth_time: Mapped[dt.datetime] = _made_at()
    expires_at: Mapped[dt.datetime] = mapped_column(Moment)
    used_at: Mapped[dt.datetime | None] = mapped_column(Moment)
