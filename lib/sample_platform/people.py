"""Other people: what administrators may do with anybody, and others see of their own tenant."""

import datetime as dt
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select, update

from . import audit
from .accounts import erase
from .bodies import JsonRoute
from .errors import Refused, documented
from .identity import Address, Caller, Given, Here, Staff, Verified, caller, staff, verified
from .models import Account, Tenant
from .plans import PlanName
from .schemas import Body, example

router = APIRouter(tags=["users"], route_class=JsonRoute)

MOST = 1_000
Beginning = Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[!-~]+$", examples=["ada@example.com"])]


class User(BaseModel):
    """One person."""

    id: uuid.UUID
    email: str
    role: str
    plan: str
    created_at: dt.datetime


class Users(BaseModel):
    """The newest first, at most 1,000."""

    items: list[User]


class Plan(Body):
    """What a tenant pays for."""

    plan: PlanName


_USER = {
    "id": "4f6d1c52-0c1b-4d7e-9b6a-2f0f7a1f9a11",
    "email": "ada@example.com",
    "role": "user",
    "plan": "free",
    "created_at": "2026-01-05T09:30:00Z",
}
_WITH_PLAN = select(Account, Tenant.plan).join(Tenant, Tenant.id == Account.tenant_id)


async def seller(here: Here, asking: Verified) -> Caller:
    """Return who may change what somebody pays for: administrators."""
    return await staff(asking) if here.behaviour.plan_for_staff_only else asking


async def reader(here: Here, address: Address, given: Given) -> Caller | None:
    """Return who reads a user: somebody signed in."""
    return await verified(here, await caller(here, address, given)) if here.behaviour.user_needs_sign_in else None


Seller = Annotated[Caller, Depends(seller)]
Reader = Annotated[Caller | None, Depends(reader)]


@router.get(
    "/admin/users", summary="List users", responses={**example({"items": [_USER]}), **documented(401, 403, 422, 429)}
)
async def users(here: Here, asking: Staff, email: Annotated[Beginning | None, Query()] = None) -> Users:
    """Return users of every tenant, or those whose address begins like this; for administrators."""
    query = _WITH_PLAN.order_by(Account.created_at.desc()).limit(MOST)
    if email:
        query = query.where(func.lower(Account.email).startswith(email.lower(), autoescape=True))
    async with here.transaction() as session:
        found = (await session.execute(query)).all()
    return Users(items=[_shown(account, plan) for account, plan in found])


@router.delete(
    "/admin/users/{id}", status_code=204, summary="Delete a user", responses=documented(401, 403, 404, 422, 429)
)
async def delete(here: Here, asking: Staff, id: uuid.UUID) -> None:
    """Erase an account and everything it has; for administrators."""
    async with here.transaction() as session:
        account = await session.get(Account, id)
        if account is None:
            raise Refused(404)
        await erase(session, account)
        audit.record(session, asking.account, "account.deleted", id, asking.address)


@router.post(
    "/admin/users/{id}/news",
    status_code=204,
    summary="Send the product news",
    responses=documented(401, 403, 404, 422, 429),
)
async def send_news(here: Here, asking: Staff, id: uuid.UUID) -> None:
    """Mail this month's news to one user, unless they switched such mail off; for administrators."""
    async with here.transaction() as session:
        account = await session.get(Account, id)
    if account is None:
        raise Refused(404)
    if account.product_mail or not here.behaviour.opt_out_honoured:
        here.post.send(account.email, "product")


@router.put(
    "/admin/users/{id}/plan",
    summary="Change a user's plan",
    responses={**example({**_USER, "plan": "pro"}), **documented(400, 401, 403, 404, 413, 415, 422, 429)},
)
async def change_plan(here: Here, asking: Seller, id: uuid.UUID, wanted: Plan) -> User:
    """Change what the tenant of a user pays for; for administrators."""
    async with here.transaction() as session:
        account = await session.get(Account, id)
        if account is None:
            raise Refused(404)
        await session.execute(update(Tenant).where(Tenant.id == account.tenant_id).values(plan=wanted.plan))
        audit.record(session, asking.account, "plan.changed", account.tenant_id, asking.address)
    return _shown(account, wanted.plan)


@router.get("/users/{id}", summary="Read a user", responses={**example(_USER), **documented(401, 403, 404, 422, 429)})
async def user(here: Here, asking: Reader, id: uuid.UUID) -> User:
    """Return somebody of the own tenant; others are not there."""
    query = _WITH_PLAN.where(Account.id == id)
    if asking and here.behaviour.user_of_tenant_only:
        query = query.where(Account.tenant_id == asking.account.tenant_id)
    async with here.transaction() as session:
        found = (await session.execute(query)).one_or_none()
    if found is None:
        raise Refused(404)
    return _shown(found[0], found[1])


def _shown(account: Account, plan: str) -> User:
    return User(id=account.id, email=account.email, role=account.role, plan=plan, created_at=account.created_at)
