"""Access: the declared matrix of roles executed, every operation asked by nobody, objects of another tenant."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from readiness.access import Access, Role, names
from readiness.accounts import Person, Reply, Visit
from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.openapi import Document, document
from readiness.stranger import NOTHING, ask
from readiness.target import Target
from readiness.wire.exchange import Exchange

METHODS = ("get", "post", "put", "patch", "delete")
_PLACEHOLDER = re.compile(r"\{([^/{}]*)\}")

_OWNED = (("session_revoke", ""), ("api_key_revoke", "api_key_create"), ("webhook_delete", "webhook_create"))
"""What ends an object, and what makes it; sessions are made by signing in."""


@dataclass(frozen=True)
class Attempt:
    """One object of another tenant that was asked for.

    Attributes:
        foreign: The answer to the other tenant's person.
        own: The answer to the owner, later: the object was there.
    """

    foreign: Reply
    own: Reply


@probe(
    Fact(
        "access.rows", "number", "Cells of the declared matrix that were tried: an operation, asked by a role.", "cells"
    ),
    Fact("access.violations", "number", "Cells of the matrix that were answered otherwise than declared.", "cells"),
    Fact("access.matrix_pct", "number", "Documented operations that the declared matrix covers.", "%"),
    Fact("access.swept", "number", "Documented operations, not declared public, that nobody asked for.", "operations"),
    Fact("access.open_operations", "number", "Of these, the ones that did not refuse with 401.", "operations"),
    Fact("access.cross_tenant_tried", "number", "Objects of one tenant that another one asked for.", "objects"),
    Fact("access.cross_tenant", "number", "Of these, the ones that were not refused with 403 or 404.", "objects"),
    deadline=120,
)
async def access(context: Context) -> AsyncIterator[Observation]:
    """Execute the matrix as nobody, a user and the administrator; ask for everything without credentials."""
    cells = asyncio.create_task(_cells(context))
    swept = asyncio.create_task(_sweep(context))
    tried = asyncio.create_task(_cross(context))
    checks = {
        "rows": _rows(cells),
        "violations": _violations(cells),
        "matrix_pct": _matrix(context),
        "swept": _swept(swept),
        "open_operations": _open(swept),
        "cross_tenant_tried": _cross_tried(tried),
        "cross_tenant": _cross_open(tried),
    }
    for one in await asyncio.gather(*(settled(f"access.{name}", check) for name, check in checks.items())):
        yield one


# --- the matrix ----------------------------------------------------------------------------------------------------


async def _cells(context: Context) -> list[tuple[Exchange, bool]]:
    """Every cell's answer and whether it is as declared."""
    if not context.target.access:
        raise Unobservable("the target file declares no matrix of access")
    ana, visits = await _callers(context)
    ids = await _ids(context, ana)
    tried = [
        (visits[role], row, statuses, role) for row in context.target.access for role, statuses in row.expected.items()
    ]
    answers = await asyncio.gather(*(_ask(visit, row, role, ids) for visit, row, _, role in tried))
    for answer in answers:
        if reason := away(answer):
            raise Unobservable(f"a cell of the matrix was not judged: {reason}", answer)
    return [(answer, answer.status in cell[2]) for answer, cell in zip(answers, tried, strict=True)]


async def _callers(context: Context) -> tuple[Visit, dict[Role, Visit]]:
    ana = await context.accounts.visit("ana")
    visits: dict[Role, Visit] = {"nobody": context.accounts.nobody, "user": ana}
    if any(row.admin is not None for row in context.target.access):
        visits["admin"] = await context.accounts.admin()
    return ana, visits


async def _ids(context: Context, ana: Visit) -> dict[str, str]:
    wanted = {name for row in context.target.access for name in _PLACEHOLDER.findall(row.path)}
    ids = {"nothing": NOTHING}
    if unknown := wanted - {"own", "other", "nothing"}:
        raise Unobservable(f"the matrix of access names {', '.join(sorted(unknown))}; expected own, other or nothing")
    if "own" in wanted:
        ids["own"] = str((await ana.ask("me")).succeed().need("id"))
    if "other" in wanted:
        ids["other"] = await _id_of(await context.accounts.person("ben"))
    return ids


async def _id_of(person: Person) -> str:
    return person.id or str((await (await person.sign_in()).ask("me")).succeed().need("id"))


async def _ask(visit: Visit, row: Access, role: Role, ids: dict[str, str]) -> Exchange:
    path = _PLACEHOLDER.sub(lambda match: ids[match[1]], row.path)
    if role == "nobody":  # the sweep asks the same where there is no body
        return await visit.send(row.method, path, json=row.body, fresh=False)
    return await visit.send(row.method, path, headers=visit.shown(), json=row.body, note=f"asked by {role}")


async def _rows(cells: asyncio.Task[list[tuple[Exchange, bool]]]) -> Observation:
    found = await cells
    return observed("access.rows", len(found), *(answer for answer, _ in found))


async def _violations(cells: asyncio.Task[list[tuple[Exchange, bool]]]) -> Observation:
    found = await cells
    bad = [answer for answer, right in found if not right]
    return observed("access.violations", len(bad), *(bad or [answer for answer, _ in found]))


async def _matrix(context: Context) -> Observation:
    read, operations = await _documented(context)
    declared = [row.operation for row in context.target.access]
    if not declared:
        raise Unobservable("the target file declares no matrix of access")
    covered = [one for one in operations if _is_public(context.target, *one) or any(names(d, *one) for d in declared)]
    share = round(100 * len(covered) / len(operations), 1)
    return observed("access.matrix_pct", share, *read.answers)


# --- nobody asks for everything ------------------------------------------------------------------------------------


async def _documented(context: Context) -> tuple[Document, list[tuple[str, str]]]:
    """Method and path of every operation of the OpenAPI document.

    Raises:
        Unobservable: There is none, or it describes more than are told of one document.
    """
    read = await document(context)
    told = read.found.get("listed")
    if not told:
        raise Unobservable(read.reason or "the OpenAPI document describes no operation", *read.answers)
    if len(told) < read.found["operations"]:
        raise Unobservable(f"the OpenAPI document describes more than {len(told)} operations", *read.answers)
    operations = [(method, path) for method, path in told if method in METHODS]
    if not operations:
        raise Unobservable("the OpenAPI document describes no operation that can be asked for", *read.answers)
    return read, operations


def _is_public(target: Target, method: str, path: str) -> bool:
    """Whether anybody may ask: it is declared so, or is one of the routes that are there to be read by strangers."""
    routes = target.routes
    open_routes = (routes.health, routes.live, routes.ready, routes.openapi, routes.docs, routes.jwks)
    readable = [*open_routes, routes.security_txt, routes.page, routes.static]
    return any(names(one, method, path) for one in target.public) or (method == "get" and path in readable)


async def _sweep(context: Context) -> list[Exchange]:
    """Ask for every operation that is not public, without credentials; harmless because it has to be refused."""
    await context.accounts.permitted()
    _, operations = await _documented(context)
    closed = [one for one in operations if not _is_public(context.target, *one)]
    if not closed:
        raise Unobservable("every documented operation is declared public")
    answers = await asyncio.gather(
        *(ask(context, method.upper(), _PLACEHOLDER.sub(NOTHING, path)) for method, path in closed)
    )
    for answer in answers:
        if reason := away(answer):
            raise Unobservable(f"an operation was not judged: {reason}", answer)
    return answers


async def _swept(swept: asyncio.Task[list[Exchange]]) -> Observation:
    answers = await swept
    return observed("access.swept", len(answers), *answers)


async def _open(swept: asyncio.Task[list[Exchange]]) -> Observation:
    answers = await swept
    bad = [answer for answer in answers if answer.status != 401]
    return observed("access.open_operations", len(bad), *(bad or answers))


# --- another tenant's objects --------------------------------------------------------------------------------------


async def _cross(context: Context) -> list[Attempt]:
    """Ana asks for what is Ben's; then Ben does, which shows that it was there to be had."""
    ana = await context.accounts.visit("ana")
    ben = await context.accounts.person("ben")
    owner = await ben.sign_in()
    attempts, obstacles = [], []
    for attempt in (_read(ana, owner, await _id_of(ben)), *(_end(ana, ben, owner, *kind) for kind in _OWNED)):
        try:
            attempts.append(await attempt)
        except Unobservable as obstacle:
            obstacles.append(obstacle)
    if not attempts:
        reasons = "; ".join(obstacle.reason for obstacle in obstacles)
        raise Unobservable(f"no object of another tenant could be asked for: {reasons}")
    return attempts


async def _read(ana: Visit, owner: Visit, id: str) -> Attempt:
    foreign = (await ana.ask("user", id=id, note="of another tenant")).settle()
    return Attempt(foreign, (await owner.ask("user", id=id, note="by its owner")).succeed())


async def _end(ana: Visit, ben: Person, owner: Visit, operation: str, make: str) -> Attempt:
    if not owner.describes(operation):
        raise Unobservable(f"the target file does not describe the operation {operation}")
    if make:
        receiver = owner.target.receiver
        values: dict[str, Any] = {"name": "readiness", "expires_at": (ben.now() + timedelta(days=1)).isoformat()}
        values |= {"url": f"{receiver.address}/readiness"} if receiver else {}
        made = (await owner.ask(make, **values)).succeed()
        id = str(made.need("id"))
    else:
        id = await _new_session(ben)
    foreign = (await ana.ask(operation, id=id, note="of another tenant")).settle()
    own = (await owner.ask(operation, id=id, note="by its owner")).settle()
    if foreign.status in (403, 404):
        own.succeed()  # else neither could have it, and the refusal says nothing
    return Attempt(foreign, own)


async def _new_session(ben: Person) -> str:
    """The id of a session of Ben's that nobody uses: of one that asks for the list itself, so that it is marked."""
    listed = (await (await ben.sign_in(device="readiness-spare")).ask("sessions")).succeed()
    marked = zip(listed.need("id"), listed.need("current"), strict=False)
    own = [str(id) for id, current in marked if current is True]
    if len(own) != 1:
        raise Unobservable("the list of sessions does not mark the one that asks for it", listed.exchange)
    return own[0]


async def _cross_tried(tried: asyncio.Task[list[Attempt]]) -> Observation:
    found = await tried
    return observed("access.cross_tenant_tried", len(found), *(one.foreign.exchange for one in found))


async def _cross_open(tried: asyncio.Task[list[Attempt]]) -> Observation:
    found = await tried
    bad = [one for one in found if one.foreign.status not in (403, 404)]
    return observed(
        "access.cross_tenant", len(bad), *(reply.exchange for one in bad or found for reply in (one.foreign, one.own))
    )
