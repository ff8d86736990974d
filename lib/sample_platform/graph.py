"""GraphQL: the own account and its sessions in one question (GraphQL specification of October 2021)."""

import inspect
import uuid
from asyncio import Task, create_task
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    SelectionSetNode,
    ValidationRule,
    build_schema,
    default_field_resolver,
    execute,
    parse,
    specified_rules,
    validate,
)
from graphql.language import OperationDefinitionNode
from graphql.validation import MaxIntrospectionDepthRule
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select

from . import identity
from .bodies import JsonRoute
from .environment import Environment
from .errors import documented
from .identity import Address, Caller, Given, Here
from .models import Account, Session
from .schemas import Body, example

LONGEST = 10_000
MOST_TOKENS = 1_000
MOST_SESSIONS = 5  # they multiply with every turn of a circle, ten levels being four of them

SCHEMA = build_schema("""
  type Query {
    "Who asks."
    me: Account
    "An account of the own tenant."
    account(id: ID!): Account
  }
  type Account {
    id: ID!
    email: String!
    tenant: ID!
    "Where it is signed in: the last five used."
    sessions: [Session!]!
  }
  type Session {
    id: ID!
    device: String!
    lastUsedAt: String!
    account: Account!
  }
""")

Scalar = Annotated[str, Field(max_length=200)] | int | float | bool | None

router = APIRouter(tags=["graphql"], route_class=JsonRoute)


class Question(Body):
    """A GraphQL request."""

    model_config = ConfigDict(extra="forbid", validate_by_alias=True, serialize_by_alias=True)

    query: str = Field(min_length=1, max_length=LONGEST, examples=["{ me { email } }"])
    variables: dict[str, Scalar] | None = Field(None, max_length=50, examples=[{}])
    operation_name: str | None = Field(None, alias="operationName", max_length=100)


class Place(BaseModel):
    """A place in the query."""

    line: int
    column: int


class Mistake(BaseModel):
    """What is wrong with the query, or with one field."""

    message: str
    locations: list[Place] | None = None
    path: list[str | int] | None = None


class GraphAnswer(BaseModel):
    """Data, errors or both; a query that is refused has no data."""

    data: dict[str, Any] | None = None
    errors: list[Mistake] | None = None


@dataclass(frozen=True)
class Asking:
    """What every field is resolved with.

    Attributes:
        caller: who asks; None for somebody unknown.
        accounts, sessions: what was read already, by account: a query that goes in circles reads it once.
    """

    here: Environment
    caller: Caller | None
    accounts: dict[uuid.UUID, Account] = field(default_factory=dict)
    sessions: dict[uuid.UUID, Task[list[Session]]] = field(default_factory=dict)


async def asking(here: Here, address: Address, given: Given) -> Asking:
    """Return who asks; refuses with 401 and 403 like every other operation."""
    if given is None and not here.behaviour.graphql_signed_in_only:
        return Asking(here, None)
    return Asking(here, await identity.verified(here, await identity.caller(here, address, given)))


@router.post(
    "/graphql",
    response_model=GraphAnswer,
    summary="Ask by GraphQL",
    responses={
        **example({"data": {"me": {"email": "ada@example.com"}}}),
        **documented(400, 401, 403, 413, 415, 422, 429),
    },
)
async def graphql(context: Annotated[Asking, Depends(asking)], question: Question) -> JSONResponse:
    """Answer a query; one that is invalid or too deep is answered with errors and no data."""
    result = await answer(context, question)
    # status 200 whatever the errors, as GraphQL over HTTP has it for application/json
    return JSONResponse(result.formatted if result.errors is None else {**result.formatted, "errors": _told(result)})


async def answer(context: Asking, question: Question) -> ExecutionResult:
    """Parse, validate and execute one query."""
    try:
        document = parse(question.query, max_tokens=MOST_TOKENS)
    except GraphQLError as error:
        return ExecutionResult(errors=[error])
    except RecursionError:
        return ExecutionResult(errors=[GraphQLError("The query is nested too deeply.")])
    rules = [*specified_rules, MaxIntrospectionDepthRule, _no_deeper_than(context.here.behaviour.graphql_deepest)]
    if errors := validate(SCHEMA, document, rules, max_errors=10):
        return ExecutionResult(errors=errors)
    result = execute(
        SCHEMA,
        document,
        context_value=context,
        variable_values=question.variables,
        operation_name=question.operation_name,
        field_resolver=_resolve,
    )
    return await result if inspect.isawaitable(result) else result


def _no_deeper_than(limit: int) -> type[ValidationRule]:
    class Deepest(ValidationRule):
        """Refuses a query whose fields are nested more deeply; introspection has a limit of its own."""

        def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
            if _exceeds(self.context.document, node.selection_set, limit):
                self.report_error(GraphQLError(f"The query is nested more than {limit} levels deep.", node))

    return Deepest


def _exceeds(document: DocumentNode, selections: SelectionSetNode | None, left: int) -> bool:
    """Whether fields are nested more than `left` levels; fragments count where they are used, also in a circle."""
    if selections is None:
        return False
    if left < 0:
        return True
    for node in selections.selections:
        if isinstance(node, FieldNode):
            deeper = left - 1 if not node.name.value.startswith("__") else None
            if deeper is not None and (deeper < 0 or _exceeds(document, node.selection_set, deeper)):
                return True
        elif isinstance(node, FragmentSpreadNode):
            for definition in document.definitions:
                named = getattr(getattr(definition, "name", None), "value", None)
                if named == node.name.value and _exceeds(document, definition.selection_set, left - 1):  # type: ignore[attr-defined]
                    return True
        elif _exceeds(document, node.selection_set, left):  # type: ignore[attr-defined]
            return True
    return False


async def _me(context: Asking) -> Account | None:
    return context.caller.account if context.caller else None


async def _account(context: Asking, id: str) -> Account | None:
    try:
        wanted = uuid.UUID(id)
    except ValueError:
        return None
    async with context.here.transaction() as session:
        found = await session.get(Account, wanted)
    own = not context.caller or (found and found.tenant_id == context.caller.account.tenant_id)
    return found if own or not context.here.behaviour.graphql_own_tenant_only else None


async def _sessions(context: Asking, account: Account) -> list[Session]:
    context.accounts[account.id] = account
    if account.id not in context.sessions:
        context.sessions[account.id] = create_task(_alive(context, account))
    return await context.sessions[account.id]


async def _alive(context: Asking, account: Account) -> list[Session]:
    alive = (Session.account_id == account.id) & Session.revoked_at.is_(None) & (Session.ends_at > func.now())
    query = select(Session).where(alive).order_by(Session.last_used_at.desc()).limit(MOST_SESSIONS)
    async with context.here.transaction() as session:
        return list((await session.scalars(query)).all())


def _resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    match info.parent_type.name, info.field_name:
        case "Query", "me":
            return _me(info.context)
        case "Query", "account":
            return _account(info.context, **arguments)
        case "Account", "sessions":
            return _sessions(info.context, source)
        case "Account", "tenant":
            return source.tenant_id
        case "Session", "account":
            return info.context.accounts[source.account_id]
        case "Session", "lastUsedAt":
            return source.last_used_at.isoformat()
    return default_field_resolver(source, info, **arguments)


def _told(result: ExecutionResult) -> list[dict[str, Any]]:
    """Errors without what is inside: what went wrong in a resolver is nobody's business."""
    told = []
    for error in result.errors or []:
        inside = error.original_error is not None and not isinstance(error.original_error, GraphQLError)
        told.append({**error.formatted, **({"message": "This field cannot be read."} if inside else {})})
    return told
