"""Imports: many accounts at once, made by administrators."""

import re
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncSession

from . import audit
from .bodies import JsonRoute
from .errors import Refused, documented
from .identity import Caller, Here, Staff, Verified, staff
from .models import Account, Import, Tenant
from .schemas import Body, Email, Name, example

MOST = 5_000
_BATCH = 1_000


class ImportRoute(JsonRoute):
    """A route with room for 5,000 rows."""

    room = 2_000_000


router = APIRouter(prefix="/admin/imports", tags=["imports"], route_class=ImportRoute)


class Row(Body):
    """One person, bounded here and looked at one by one: a bad row must not stop the others."""

    email: Annotated[str, Field(max_length=500, examples=["ada@example.com"])]
    name: Annotated[str, Field(max_length=500, examples=["Ada"])] = ""


class NewImport(Body):
    """The people to make accounts for."""

    rows: Annotated[list[Row], Field(min_length=1, max_length=MOST)]


class RowError(BaseModel):
    """Why one row was left out."""

    row: int = Field(description="Its number, the first being 1.")
    message: str


class Imported(BaseModel):
    """What came of an import."""

    id: uuid.UUID
    created: int
    known: int = Field(description="Addresses that had an account already, which stays as it is.")
    errors: list[RowError]


_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_IMPORTED = {
    "id": "5f1f4c7e-26d3-4f0b-8f4e-6d4f6d9f4a10",
    "created": 2,
    "known": 0,
    "errors": [{"row": 3, "message": "The address is not in the expected form."}],
}


async def importer(here: Here, asking: Verified) -> Caller:
    """Return who asks; refuses with 403 everybody but administrators."""
    return await staff(asking) if here.behaviour.import_for_staff_only else asking


Importer = Annotated[Caller, Depends(importer)]


@router.post(
    "",
    status_code=201,
    summary="Import users",
    responses={**example(_IMPORTED, 201), **documented(400, 401, 403, 413, 415, 422, 429)},
)
async def create(here: Here, asking: Importer, wanted: NewImport) -> Imported:
    """Make an account for each row whose address has none; each is without a password until its owner resets it.

    For administrators. Rows that cannot be used are left out and reported; the rest is imported.
    """
    people, errors = _sorted(wanted.rows)
    if errors and not here.behaviour.import_takes_good_rows:
        raise Refused(422, "bad_rows", "The import has bad rows; nothing was imported.")
    async with here.transaction() as session:
        made = Import(id=uuid.uuid4())
        session.add(made)
        await session.flush()
        known = await _known(session, people)
        if not here.behaviour.import_keeps_addresses:
            people = {_made_unique(email) if email in known else email: name for email, name in people.items()}
            known = await _known(session, people)
        new = {email: name for email, name in people.items() if email not in known}
        created = await _insert(session, made.id, new)
        audit.record(session, asking.account, "import.created", made.id, asking.address)
    reported = errors if here.behaviour.import_reports_rows else []
    return Imported(id=made.id, created=created, known=len(people) - created, errors=reported)


@router.delete("/{id}", status_code=204, summary="Undo an import", responses=documented(401, 403, 404, 422, 429))
async def undo(here: Here, asking: Staff, id: uuid.UUID) -> None:
    """Erase the accounts that an import made; for administrators."""
    async with here.transaction() as session:
        if await session.get(Import, id) is None:
            raise Refused(404)
        tenants = select(Account.tenant_id).where(Account.import_id == id)
        await session.execute(delete(Tenant).where(Tenant.id.in_(tenants)))
        await session.execute(delete(Import).where(Import.id == id))
        audit.record(session, asking.account, "import.removed", id, asking.address)


def _sorted(rows: list[Row]) -> tuple[dict[str, str], list[RowError]]:
    """Return the usable people, name by address, and what is wrong with the other rows."""
    people: dict[str, str] = {}
    seen: dict[str, int] = {}
    errors = []
    for number, row in enumerate(rows, 1):
        folded = row.email.lower()
        if not _fits(_EMAIL, row.email):
            errors.append(RowError(row=number, message="The address is not in the expected form."))
        elif not _fits(_NAME, row.name):
            errors.append(RowError(row=number, message="The name is too long."))
        elif folded in seen:
            errors.append(RowError(row=number, message=f"The address is that of row {seen[folded]}."))
        else:
            seen[folded] = number
            people[row.email] = row.name
    return people, errors


def _fits(kind: TypeAdapter[str], value: str) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


async def _known(session: AsyncSession, people: dict[str, str]) -> set[str]:
    folded = {email.lower(): email for email in people}
    found = await session.scalars(select(func.lower(Account.email)).where(func.lower(Account.email).in_(folded)))
    return {folded[address] for address in found}


async def _insert(session: AsyncSession, import_id: uuid.UUID, people: dict[str, str]) -> int:
    """Make the accounts, each in a tenant of its own, with a few statements for all; return how many came about."""
    rows = [
        # no hash matches any password
        {"tenant_id": uuid.uuid4(), "import_id": import_id, "email": email, "name": name, "password_hash": ""}
        for email, name in people.items()
    ]
    created = 0
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        tenants = {row["tenant_id"] for row in batch}
        await session.execute(insert(Tenant), [{"id": tenant} for tenant in tenants])
        # Somebody may have signed up since the known ones were looked up.
        new = insert_new(Account).on_conflict_do_nothing().returning(Account.tenant_id)
        taken = set(await session.scalars(new, batch))
        created += len(taken)
        if late := tenants - taken:
            await session.execute(delete(Tenant).where(Tenant.id.in_(late)))
    return created


def _made_unique(email: str) -> str:
    return re.sub(r"@", "+1@", email, count=1)
