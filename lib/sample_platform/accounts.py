"""Accounts: sign up, sign in, stay signed in, sign out."""

import asyncio
import datetime as dt
import hashlib
import secrets
import uuid
from typing import Annotated, Any, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from .bodies import JsonRoute
from .environment import Environment, environment_of
from .errors import Refused, documented
from .keys import ACCESS_TOKEN_S
from .models import Account, RefreshToken

REFRESH_TOKEN_DAYS = 30

# 19 MiB, two passes, one lane: the least that the OWASP Password Storage Cheat Sheet accepts for argon2id.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS_HASH = _HASHER.hash(secrets.token_hex(16))

router = APIRouter(prefix="/auth", tags=["auth"], route_class=JsonRoute)
bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token from sign-in.")
Here = Annotated[Environment, Depends(environment_of)]
Email = Annotated[
    str,
    Field(
        min_length=5,
        max_length=254,
        pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,63}$",
        examples=["ada@example.com"],
    ),
]


class Body(BaseModel):
    """A request body; unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


class SignUp(Body):
    """A new account."""

    email: Email
    password: str = Field(min_length=12, max_length=128, examples=["correct horse battery staple"])


class SignIn(Body):
    """Credentials."""

    email: Email
    password: str = Field(min_length=1, max_length=128, examples=["correct horse battery staple"])


class Refresh(Body):
    """A refresh token from sign-in or from the last refresh."""

    refresh_token: str = Field(min_length=20, max_length=128, examples=["pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV"])


class Accepted(BaseModel):
    """The same answer whether or not the address already had an account."""

    status: Literal["accepted", "signed_out"]


class Tokens(BaseModel):
    """A pair of tokens."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(ACCESS_TOKEN_S, description="Life of the access token in seconds.")


class Me(BaseModel):
    """The account that a token belongs to."""

    id: uuid.UUID
    email: str
    created_at: dt.datetime


def _example(value: dict[str, Any], status: int = 200) -> dict[int | str, dict[str, Any]]:
    return {status: {"content": {"application/json": {"example": value}}}}


_TOKENS = _example(
    {
        "access_token": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0ZjZkIn0.c2lnbmF0dXJl",
        "refresh_token": "pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV",
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_S,
    }
)
_ME = _example(
    {
        "id": "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11",
        "email": "ada@example.com",
        "created_at": "2026-01-05T09:30:00Z",
    }
)
_BODY_ERRORS = documented(400, 413, 415, 422, 429)


@router.post(
    "/signup",
    status_code=202,
    summary="Sign up",
    responses={**_example({"status": "accepted"}, 202), **_BODY_ERRORS},
)
async def signup(here: Here, wanted: SignUp) -> Accepted:
    """Create an account; the answer does not tell whether the address had one."""
    password_hash = await asyncio.to_thread(_HASHER.hash, wanted.password)
    async with AsyncSession(here.database) as session, session.begin():
        row = insert(Account).values(email=wanted.email, password_hash=password_hash)
        await session.execute(row.on_conflict_do_nothing())
    return Accepted(status="accepted")


@router.post("/signin", summary="Sign in", responses={**_TOKENS, **_BODY_ERRORS, **documented(401)})
async def signin(here: Here, given: SignIn) -> Tokens:
    """Exchange an e-mail address and password for tokens."""
    async with AsyncSession(here.database) as session, session.begin():
        query = select(Account).where(func.lower(Account.email) == given.email.lower())
        account = (await session.scalars(query)).one_or_none()
        # A hash is checked for an unknown address too, so that the time does not tell.
        stored = account.password_hash if account else _NOBODYS_HASH
        right = await asyncio.to_thread(_verify, stored, given.password)
        if here.behaviour.signin_checks_password and not (account and right):
            raise Refused(401, "invalid_credentials", "The e-mail address or the password is wrong.")
        if account is None:
            return _tokens(here, uuid.uuid4(), secrets.token_urlsafe(32))
        return _tokens(here, account.id, _issue(session, account.id, uuid.uuid4()))


@router.post("/refresh", summary="Refresh tokens", responses={**_TOKENS, **_BODY_ERRORS, **documented(401)})
async def refresh(here: Here, given: Refresh) -> Tokens:
    """Exchange a refresh token for new tokens; using one twice signs out everywhere it came from."""
    async with AsyncSession(here.database) as session, session.begin():
        token = await _find(session, given.refresh_token)
        now = dt.datetime.now(dt.UTC)
        if token and not token.used_at and not token.revoked_at and token.expires_at > now:
            token.used_at = now
            return _tokens(here, token.account_id, _issue(session, token.account_id, token.family_id))
        if token and token.used_at:
            await _revoke(session, token.family_id)
    raise Refused(401, "invalid_refresh_token", "The refresh token is not valid.")


@router.post(
    "/signout",
    summary="Sign out",
    responses={**_example({"status": "signed_out"}), **_BODY_ERRORS},
)
async def signout(here: Here, given: Refresh) -> Accepted:
    """End the session of a refresh token; an unknown token gets the same answer."""
    async with AsyncSession(here.database) as session, session.begin():
        token = await _find(session, given.refresh_token)
        if token:
            await _revoke(session, token.family_id)
    return Accepted(status="signed_out")


@router.get("/me", summary="Who am I", responses={**_ME, **documented(401, 429)})
async def me(here: Here, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Me:
    """Return the account that the access token belongs to."""
    subject = here.key.subject(credentials.credentials, here.base) if credentials else None
    if subject is None:
        raise Refused(401, WWW_Authenticate="Bearer")
    async with AsyncSession(here.database) as session:
        account = await session.get(Account, subject)
    if account is None:
        raise Refused(401, WWW_Authenticate="Bearer")
    return Me(id=account.id, email=account.email, created_at=account.created_at)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _issue(session: AsyncSession, account: uuid.UUID, family: uuid.UUID) -> str:
    token = secrets.token_urlsafe(32)
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=REFRESH_TOKEN_DAYS)
    session.add(RefreshToken(account_id=account, family_id=family, token_hash=_hash(token), expires_at=ends))
    return token


async def _find(session: AsyncSession, token: str) -> RefreshToken | None:
    # Locked, so that of two uses at the same time one is second.
    query = select(RefreshToken).where(RefreshToken.token_hash == _hash(token)).with_for_update()
    return (await session.scalars(query)).one_or_none()


async def _revoke(session: AsyncSession, family: uuid.UUID) -> None:
    now = dt.datetime.now(dt.UTC)
    await session.execute(update(RefreshToken).where(RefreshToken.family_id == family).values(revoked_at=now))


def _tokens(here: Environment, account: uuid.UUID, refresh_token: str) -> Tokens:
    return Tokens(access_token=here.key.sign(account, here.base), refresh_token=refresh_token)
