"""Inputs: whether invalid input is refused as the caller's error, and never makes the platform fail."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from readiness.accounts import Person, Visit
from readiness.answers.negative import Case, Described, shape
from readiness.answers.obstacle import AWAY, away
from readiness.body import FORM, JSON, Body
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.operation import OPERATIONS, Operation
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.probes.openapi import operations
from readiness.stranger import HARMLESS, fill, mark
from readiness.wire.exchange import Exchange

DEPTH = 2_000
"""Levels of nesting that a reader that calls itself for each of them does not survive; no real body comes near."""

BEYOND = 1_000_000
"""Bytes that a body is larger than the largest one that is accepted (1 MB where none is declared)."""

_SIGNING_IN = (
    "sign_up", "verify", "resend_verification", "sign_in", "refresh", "forgot", "reset", "totp_challenge",
    "totp_recover", "confirm_email", "sign_out", "change_password",
)  # fmt: skip
_LAST = {"delete", "sign_out", "change_password", "change_email", "session_revoke", "totp_enrol", "totp_confirm"}
"""What could end the session that the others are tried in, were it accepted."""

_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


@dataclass(frozen=True)
class Trial:
    """One invalid request.

    Attributes:
        operation: Its name in the target file; empty where that does not describe it.
        described: What the document says of it.
        case: What is sent.
        refusable: Accepting it is a fault; otherwise only failing is.
    """

    operation: str
    described: Described
    case: Case
    refusable: bool = True

    @property
    def signing_in(self) -> bool:
        """It goes to an operation by which somebody becomes or stays a user."""
        return self.operation in _SIGNING_IN


@dataclass(frozen=True)
class Tried:
    """A trial and its answer."""

    trial: Trial
    answer: Exchange

    @property
    def failed(self) -> bool:
        """The platform failed."""
        status = self.answer.status or 0
        return status >= 500 and status not in AWAY

    @property
    def looked_at(self) -> bool:
        """The input was looked at: it was not turned away for who sent it, or for how often."""
        stranger = self.answer.status in (401, 403) and not self.trial.signing_in
        return not away(self.answer) and not stranger

    @property
    def refused(self) -> bool:
        """It was refused as the caller's error."""
        return 400 <= (self.answer.status or 0) < 500


@probe(
    Fact("inputs.auth_cases", "number", "Invalid requests to the operations of signing in.", "requests"),
    Fact("inputs.auth_server_errors", "number", "Invalid sign-in requests that made the platform fail.", "requests"),
    Fact(
        "inputs.auth_refused_pct", "number", "Invalid requests to the operations of signing in that were refused.", "%"
    ),
    Fact("inputs.oversize_refused", "boolean", "A body far larger than any that is accepted is refused."),
    Fact("inputs.cases", "number", "Invalid requests to all operations.", "requests"),
    Fact("inputs.server_errors", "number", "Invalid requests that made the platform fail.", "requests"),
    Fact("inputs.refused_pct", "number", "Invalid requests to all operations that were refused.", "%"),
    deadline=400,
    alone=True,
)
async def inputs(context: Context) -> AsyncIterator[Observation]:
    """Send what the platform's own document forbids, with an account of its own where a user is asked for."""
    yield await settled("inputs.oversize_refused", _oversize(context))
    trying = asyncio.create_task(_tried(context))
    for name in ("auth_cases", "auth_server_errors", "auth_refused_pct", "cases", "server_errors", "refused_pct"):
        yield await settled(f"inputs.{name}", _counted(f"inputs.{name}", trying))


async def _counted(fact: str, trying: "asyncio.Task[list[Tried]]") -> Observation:
    everything = await asyncio.shield(trying)
    whole = not fact.startswith("inputs.auth_")
    tried = [one for one in everything if whole or one.trial.signing_in]
    seen = [one for one in tried if one.looked_at]
    failed = [one.answer for one in tried if one.failed]
    if not seen and not failed:
        why = [away(one.answer) or f"status {one.answer.status}" for one in tried]
        raise Unobservable(
            f"no invalid request was looked at: {why[0]}" if why else "there is no operation to send invalid input to",
            *[one.answer for one in tried[:20]],
        )
    answers = [one.answer for one in seen]
    if fact.endswith("cases"):
        return observed(fact, len(seen), *answers)
    if fact.endswith("server_errors"):
        return observed(fact, len(failed), *(failed or answers))
    judged = [one for one in seen if one.trial.refusable]
    if not judged:
        raise Unobservable("nothing was sent that has to be refused", *answers)
    accepted = [one.answer for one in judged if not one.refused]
    share = round(100 * (len(judged) - len(accepted)) / len(judged), 1)
    return observed(fact, share, *(accepted or [one.answer for one in judged]))


# --- what is sent ---------------------------------------------------------------------------------------------------


async def _tried(context: Context) -> list[Tried]:
    """Every trial that was sent within the target's bounds.

    Raises:
        Unobservable: There is no document to make them from.
    """
    found = await operations(context)
    bounds, tried = context.target.negative, list[Tried]()
    trials = chosen([trial for one in found for trial in trials_of(context, one)], bounds.requests)
    caller = await _Caller.of(context)
    with suppress(TimeoutError):
        async with asyncio.timeout(bounds.seconds):
            for late in (False, True):  # what could end the session comes last
                wave = [trial for trial in trials if (trial.operation in _LAST) is late]
                async with asyncio.TaskGroup() as group:
                    for trial in wave:
                        group.create_task(_send(context, caller, trial, tried))
    caller.settle(context, tried)
    return tried


def trials_of(context: Context, described: Described) -> list[Trial]:
    """What is tried on one operation: what the document forbids, then by hand what no document speaks of."""
    operation = next(
        (
            name
            for name, one in context.target.operations.items()
            if (one.method, shape(one.path.partition("?")[0])) == described.key
        ),
        "",
    )
    trials = [Trial(operation, described, case) for case in described.cases]
    path, takes = described.address(), described.takes
    body = described.body if isinstance(described.body, dict) else {}

    def by_hand(what: str, sent: Body, refusable: bool = True) -> None:
        trials.append(Trial(operation, described, Case(what, path, sent), refusable))

    if takes:
        null = {key: f"{value}\0" if isinstance(value, str) else value for key, value in body.items()}
        by_hand("NUL in every text", Body.of(null, takes), refusable=False)
    if takes == JSON:
        by_hand("nested too deeply", Body("[" * DEPTH + "]" * DEPTH, JSON))
    if takes == JSON and operation in _SIGNING_IN:
        by_hand("broken JSON", Body('{"email": ', JSON))
        by_hand("a form instead of JSON", Body("a=b", FORM))
    if takes == FORM and operation in _SIGNING_IN:
        by_hand("JSON instead of a form", Body.of(body))
    return trials


def chosen(trials: list[Trial], most: int) -> list[Trial]:
    """At most so many: those of signing in first, then of every operation the first, the second, …"""
    turn: dict[tuple[str, str], int] = {}
    ranked = []
    for index, trial in enumerate(trials):
        rank = turn.get(trial.described.key, 0)
        turn[trial.described.key] = rank + 1
        ranked.append((0 if trial.signing_in else 1, rank, index))
    return [trials[index] for _, _, index in sorted(ranked)][:most]


@dataclass
class _Caller:
    """Who sends the trials: an account of its own, an administrator for what only reads, or nobody."""

    nobody: Visit
    user: Visit | None = None
    admin: Visit | None = None
    email: str = ""
    newcomer: Person | None = None

    @classmethod
    async def of(cls, context: Context) -> "_Caller":
        accounts = context.accounts
        caller = cls(accounts.nobody, email=f"nobody-{mark(context.now)}@{HARMLESS}")
        with suppress(Unobservable):
            await accounts.permitted()
            person = await accounts.new()
            caller.user, caller.email = await person.sign_in(), person.email
        with suppress(Unobservable):
            await accounts.permitted()
            caller.newcomer = accounts.stranger()
        with suppress(Unobservable):
            caller.admin = await accounts.admin()
        return caller

    def settle(self, context: Context, tried: list[Tried]) -> None:
        """Strike the newcomer's name where every sign-up was refused; a failure may have made it all the same."""
        sent = [one for one in tried if one.trial.operation == "sign_up"]
        if self.newcomer and sent and all(one.refused for one in sent):
            context.accounts.gone(self.newcomer)

    def visit(self, trial: Trial) -> Visit | None:
        """None where it would be turned away for who asks."""
        described = self.nobody.target.operations.get(trial.operation)
        by = (described.by if described else None) or (OPERATIONS[trial.operation].by if trial.operation else "user")
        if by == "admin":
            return self.admin if trial.described.method == "GET" else None
        return self.nobody if by == "nobody" else self.user or self.nobody


async def _send(context: Context, caller: _Caller, trial: Trial, tried: list[Tried]) -> None:
    visit = caller.visit(trial)
    signs_up = trial.operation == "sign_up"
    if visit is None or (signs_up and caller.newcomer is None):
        return
    newcomer, email = caller.newcomer, caller.email
    if signs_up and newcomer:
        email = newcomer.email
    body = _addressed(context, trial, email)
    odd = await _written_down(context, body, newcomer) if signs_up and newcomer else None
    answer = await visit.send(
        trial.described.method,
        trial.case.path,
        headers={**visit.shown(), **body.headers},
        content=body.content,
        note=trial.case.what,
    )
    tried.append(Tried(trial, answer))
    if odd and 400 <= (answer.status or 0) < 500:
        context.accounts.gone(odd)


async def _written_down(context: Context, body: Body, newcomer: Person) -> Person | None:
    """Write down whom a sign-up would make, before it is asked for: what should be refused may be accepted.

    Returns:
        Somebody with an address of their own, which is what is wrong with it; None for the newcomer.
    """
    context.accounts.moved(newcomer, newcomer.email)
    members, operation = body.members, context.target.operations["sign_up"]
    values = [members[name] for name in _held(operation, "email") if isinstance(members.get(name), str)]
    if not values or not values[0] or values[0] == newcomer.email:
        return None
    passwords = [members[name] for name in _held(operation, "password") if isinstance(members.get(name), str)]
    odd = context.accounts.stranger(values[0], passwords[0] if passwords else "")
    context.accounts.moved(odd, odd.email)
    return odd


def _held(operation: Operation | None, placeholder: str) -> list[str]:
    """Members of an operation's body or form that hold a placeholder."""
    template = (operation.body if operation.form is None else operation.form) if operation else None
    members = template if isinstance(template, dict) else {}
    return [name for name, text in members.items() if text == f"{{{placeholder}}}"]


def _addressed(context: Context, trial: Trial, email: str) -> Body:
    """The body with every e-mail address in it replaced, so that nobody's is used, but for one that is wrong itself."""
    body = trial.case.body
    members = body.members
    if not members:
        return body
    addresses = [key for key, value in members.items() if _is_address(value)]
    addresses += _held(context.target.operations.get(trial.operation), "email")
    right = [key for key in addresses if key in members and not trial.case.what.startswith(f"{key}: ")]
    return Body.of({**members, **dict.fromkeys(right, email)}, body.media)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 254 and bool(_ADDRESS.fullmatch(value))


async def _oversize(context: Context) -> Observation:
    """A sign-in that is right but for what means nothing after it, 1 MB more than is accepted."""
    fact, login = "inputs.oversize_refused", context.target.login
    if login is None:
        raise Unobservable("the target file names no login")
    size = (context.target.largest_body or 1_000_000) + BEYOND
    body = fill(login, context.now)
    content = body.content.ljust(size, " " if login.form is None else "&")
    answer = await context.client.request(
        "POST", context.url(login.route), content=content, headers=body.headers, fresh=True
    )
    if away(answer):
        raise Unobservable(away(answer), answer)
    if answer.status in (404, 405):
        raise Unobservable(f"status {answer.status}: the sign-in is not at the declared route", answer)
    return observed(fact, answer.status in (400, 413), answer)
