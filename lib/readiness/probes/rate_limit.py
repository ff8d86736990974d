"""Rate limit: whether declared limits hold when somebody really exceeds them."""

import asyncio
import re
import time
from collections.abc import AsyncIterator

from readiness.accounts import Person, Reply
from readiness.answers.allowance import announces
from readiness.answers.obstacle import unjudgeable
from readiness.burst import WAIT, Burst, retry_after
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled, unavailable
from readiness.probes.errors import leaks, shape
from readiness.stranger import fill, lost, sign_in
from readiness.target import Limit, Target
from readiness.wire.exchange import Exchange

TRIES = 20
"""Wrong passwords that one account is tried with at most: few next to the 100 in a row that NIST SP 800-63B-4 (3.2.2)
allows at most, and twice what platforms that lock allow as a rule."""

_CLAIMS = {"X-Forwarded-For": "{}", "Forwarded": "for={}", "X-Real-IP": "{}"}
"""Headers in which a caller can claim another address, and how (RFC 7239 for the second)."""

_AUTHENTICATION = {
    "sign-in": ("sign_in",),
    "sign-up": ("sign_up",),
    "refresh": ("refresh",),
    "reset": ("forgot", "reset"),
}
"""What has to be limited so that nobody guesses, and the operations of the vocabulary that stand for each."""

_BURST = (
    "operations",
    "unlimited_operations",
    "retry_after",
    "refusal_in_shape",
    "recovers",
    "spoofable",
    "authentication_unlimited",
    "read_limited",
)


@probe(
    Fact("rate_limit.headers", "boolean", "Answers tell callers their rate limit before they exceed it."),
    Fact("rate_limit.operations", "number", "Declared operations whose limit was tried out.", "operations"),
    Fact(
        "rate_limit.unlimited_operations",
        "number",
        "Declared operations that never refused within their limit and 10 % more.",
        "operations",
    ),
    Fact("rate_limit.retry_after", "boolean", "Every refusal says in how many seconds to try again."),
    Fact("rate_limit.refusal_in_shape", "boolean", "A refusal is an error like any other: code, text, request id."),
    Fact("rate_limit.recovers", "boolean", "A caller who waits as long as told is served again."),
    Fact("rate_limit.spoofable", "boolean", "A caller evades the limit by claiming another address in a header."),
    Fact(
        "rate_limit.authentication_unlimited",
        "number",
        "Of sign-in, sign-up, refresh and password reset, how many never refused within their declared limit and 10 % "
        "more.",
        "operations",
    ),
    Fact("rate_limit.read_limited", "boolean", "An operation that only reads refused within its declared limit."),
    Fact(
        "rate_limit.answered_operations",
        "number",
        "Described operations that were answered with a success in this run.",
        "operations",
    ),
    Fact(
        "rate_limit.silent_operations",
        "number",
        "Of those, the ones whose successes never tell callers their rate limit.",
        "operations",
    ),
    Fact(
        "rate_limit.per_account",
        "boolean",
        f"After at most {TRIES} wrong passwords an account is refused while another from the same address is served.",
    ),
    deadline=150,
    alone=True,
)
async def rate_limit(context: Context) -> AsyncIterator[Observation]:
    """Read limit headers; where a burst is granted, exceed every declared limit and try to evade the first."""
    yield await _announces(context)
    limits = context.target.limits
    permitted = await context.client.permits("burst")
    bursts: list[tuple[Limit, Burst]] = []
    people = await _people(context, permitted)  # before limits are exceeded that would hold this up
    if not limits or not permitted:
        reason = "the target file names no limits" if permitted else "exceeding a limit is not granted"
        for name in _BURST:
            yield unavailable(f"rate_limit.{name}", reason, permission="" if permitted else "burst")
    else:
        first = await _burst(context, limits[0])
        yield await _evasion(first)
        bursts = [(limits[0], first)] + [(limit, await _burst(context, limit)) for limit in limits[1:]]
        for observation in _results([burst for _, burst in bursts]):
            yield observation
        yield await settled("rate_limit.refusal_in_shape", _in_shape(context, [burst for _, burst in bursts]))
        yield await settled("rate_limit.authentication_unlimited", _authentication(context.target, bursts))
        yield await settled("rate_limit.read_limited", _reading(bursts))
        yield await _recovery(first)
    yield await settled("rate_limit.per_account", _per_account(context, people, bursts))
    for observation in _telling(context):
        yield observation


async def _announces(context: Context) -> Observation:
    routes, fact = context.target.routes, "rate_limit.headers"
    answers = [await context.client.get(context.url(routes.protected))] if routes.protected else []
    answers += [answer] if (answer := await sign_in(context)) else []
    answers = answers or [await context.client.get(context.url(routes.page), follow=3)]
    for answer in answers:
        if answer.status not in (None, 429) and announces(answer):
            return observed(fact, True, answer)
    judged = [a for a in answers if not unjudgeable(a) and a.status not in (404, 405) and (a.status or 0) < 500]
    if judged:
        return observed(fact, False, *judged)
    return unavailable(fact, unjudgeable(answers[0]) or f"status {answers[0].status}", *answers)


async def _burst(context: Context, limit: Limit) -> Burst:
    """Exceed one declared limit with requests that the operation refuses without effect."""
    body = fill(limit, context.now)

    async def ask(headers: dict[str, str]) -> Exchange:
        return await context.client.request(
            limit.method,
            context.url(limit.route),
            content=body.content,
            headers={**body.headers, **headers},
            fresh=True,
            patient=False,
        )

    name = limit.route if limit.method == "POST" else f"{limit.method} {limit.route}"
    return await Burst(name, limit.requests, limit.window.total_seconds(), ask).run()


def _results(bursts: list[Burst]) -> list[Observation]:
    seen = [burst for burst in bursts if burst.limited is not None]
    unlimited = [burst for burst in seen if burst.limited is False]
    answers = [burst.answers[-1] for burst in bursts if burst.answers]
    reasons = "; ".join(burst.reason for burst in bursts if burst.reason)
    refusals = [answer for burst in bursts for answer in burst.refusals]
    return [
        observed("rate_limit.operations", len(seen), *answers)
        if seen
        else unavailable("rate_limit.operations", reasons, *answers),
        # one that was not seen may be unlimited: the count stands only when it is whole or bad already
        observed("rate_limit.unlimited_operations", len(unlimited), *answers)
        if unlimited or len(seen) == len(bursts)
        else unavailable("rate_limit.unlimited_operations", reasons, *answers),
        observed("rate_limit.retry_after", all(retry_after(answer) is not None for answer in refusals), *refusals)
        if refusals
        else unavailable("rate_limit.retry_after", "no operation refused with 429", *answers),
    ]


async def _in_shape(context: Context, bursts: list[Burst]) -> Observation:
    """One refusal of each operation, beside the error for an address where nothing is."""
    refusals = [burst.refusals[0] for burst in bursts if burst.refusals]
    if not refusals:
        raise Unobservable("nothing was refused for being one too many", *(burst.answers[-1] for burst in bursts))
    usual = await lost(context)
    wanted = shape(usual) if usual.status in (401, 403, 404) else None
    shapes = {shape(answer) for answer in refusals}
    alike = len(shapes) == 1 and None not in shapes and (wanted is None or wanted in shapes)
    return observed("rate_limit.refusal_in_shape", alike and not any(map(leaks, refusals)), *refusals, usual)


async def _evasion(burst: Burst) -> Observation:
    """While refused, ask under made-up addresses (RFC 5737), another one each time.

    A single request that passes proves nothing, for a place in the window may just have become free; more than the
    limit allows within one window do.
    """
    fact = "rate_limit.spoofable"
    if not burst.limited:
        return unavailable(fact, burst.reason or "the first declared operation is not limited", *burst.answers[-1:])
    refusals = []
    for header, form in _CLAIMS.items():
        passed, began = [], time.monotonic()
        for number in range(burst.most + 1):
            answer = await burst.ask({header: form.format(f"203.0.113.{number + 7}")})
            burst.ended = time.monotonic()
            if answer.status == 429:
                refusals.append(answer)
                break
            if not answer.status or answer.status >= 500:
                return unavailable(fact, answer.failure or f"status {answer.status} to a made-up address", answer)
            passed.append(answer)
        else:
            if time.monotonic() - began > burst.window:
                return unavailable(fact, "the window ended while evasion was tried", *passed)
            return observed(fact, True, *passed)
    burst.answers += refusals
    return observed(fact, False, *refusals)


async def _recovery(burst: Burst) -> Observation:
    fact = "rate_limit.recovers"
    if not burst.limited:
        return unavailable(fact, burst.reason or "the first declared operation is not limited", *burst.answers[-1:])
    last = burst.answers[-1]
    seconds = retry_after(last)
    if seconds is None:
        return unavailable(fact, "the refusal does not say when to try again", last)
    if seconds > WAIT:
        return unavailable(fact, f"Retry-After is {seconds} s; {WAIT:g} s are waited at most", last)
    await asyncio.sleep(max(0.0, burst.ended + seconds + 0.2 - time.monotonic()))
    answer = await burst.ask({})
    if answer.status is None or answer.status >= 500:
        return unavailable(fact, answer.failure or f"status {answer.status} after the wait", last, answer)
    return observed(fact, answer.status != 429, last, answer)


async def _authentication(target: Target, bursts: list[tuple[Limit, Burst]]) -> Observation:
    """How many were seen to be unlimited; none counts only where all of them were seen to be limited."""
    fact, unseen = "rate_limit.authentication_unlimited", []
    limited: list[Exchange] = []
    unlimited: list[Exchange] = []
    for title, names in _AUTHENTICATION.items():
        routes = {(op.method, op.path) for name in names if (op := target.operations.get(name))}
        if title == "refresh" and not routes and not target.session.refresh:
            continue  # there are no refresh tokens to guess
        tried = [burst for limit, burst in bursts if (limit.method, limit.route) in routes]
        seen = [burst for burst in tried if burst.limited is not None]
        if not routes:
            unseen.append(f"the target file does not describe the operation {names[-1]}")
        elif not seen:
            unseen.append(tried[0].reason if tried else f"the target file names no limit for {title}")
        else:
            (limited if all(burst.limited for burst in seen) else unlimited).append(seen[0].answers[-1])
    if unseen and not unlimited:
        raise Unobservable("; ".join(unseen), *limited)
    return observed(fact, len(unlimited), *(unlimited or limited))


async def _reading(bursts: list[tuple[Limit, Burst]]) -> Observation:
    reading = [burst for limit, burst in bursts if limit.method == "GET"]
    seen = [burst for burst in reading if burst.limited is not None]
    if not seen:
        raise Unobservable(
            reading[0].reason if reading else "the target file names no limit of an operation that reads"
        )
    return observed("rate_limit.read_limited", all(burst.limited for burst in seen), *(b.answers[-1] for b in seen))


def _telling(context: Context) -> list[Observation]:
    """What the successes of this run, whoever asked for them, say of their limits."""
    shown: dict[str, Exchange] = {}
    for name, operation in context.target.operations.items():
        place = re.compile("[^/]+".join(map(re.escape, re.split(r"\{[a-z_]+\}", operation.path.partition("?")[0]))))
        successes = [
            record
            for record in context.client.records
            if isinstance(record, Exchange)
            and record.ok
            and record.method == operation.method
            and record.url.startswith(context.target.production)
            and place.fullmatch(record.url.removeprefix(context.target.production).partition("?")[0])
        ]
        if successes:
            shown[name] = next(filter(announces, successes), successes[0])
    facts = ("rate_limit.answered_operations", "rate_limit.silent_operations")
    if not shown:
        return [unavailable(fact, "no described operation was answered with a success") for fact in facts]
    silent = [answer for answer in shown.values() if not announces(answer)]
    return [
        observed(facts[0], len(shown), *shown.values()),
        observed(facts[1], len(silent), *(silent or shown.values())),
    ]


async def _people(context: Context, permitted: bool) -> tuple[Person, Person] | Unobservable:
    """An account to try wrong passwords on, and another one; or why there is none."""
    if not permitted:
        return Unobservable("exceeding a limit is not granted", permission="burst")
    try:
        return await context.accounts.new(), await context.accounts.person("ana")
    except Unobservable as obstacle:
        return obstacle


async def _per_account(
    context: Context, people: tuple[Person, Person] | Unobservable, bursts: list[tuple[Limit, Burst]]
) -> Observation:
    """Try wrong passwords on an account of the run's own; then the right one, there and on another account."""
    if isinstance(people, Unobservable):
        raise people
    person, other = people
    pause = await _room(context.target, bursts)
    wrong = []
    for _ in range(TRIES):
        wrong.append(await _sign_in(person, f"{person.password}x"))
        if wrong[-1].status in (423, 429):
            break
        if not 400 <= (wrong[-1].settle().status or 0) < 500:
            raise Unobservable(f"status {wrong[-1].status} to a wrong password", wrong[-1].exchange)
        await asyncio.sleep(pause)
    right, others = await _sign_in(person, person.password), await _sign_in(other, other.password)
    seen = (wrong[-1].exchange, right.exchange, others.exchange)
    if not others.ok:
        raise Unobservable(f"another account from the same address was answered with {others.status} as well", *seen)
    if not right.ok and not 400 <= (right.status or 0) < 500:
        raise Unobservable(f"status {right.status} to the right password", *seen)
    return observed("rate_limit.per_account", not right.ok, *seen)


async def _room(target: Target, bursts: list[tuple[Limit, Burst]]) -> float:
    """Wait until the limit of sign-in from one address has room; return seconds to pause between tries to keep it so.

    Else what refuses is that limit, and nothing is seen of the account's own.
    """
    described = target.operations.get("sign_in")
    for limit, burst in bursts:
        if described and (limit.method, limit.route) == (described.method, described.path):
            await asyncio.sleep(max(0.0, burst.ended + burst.window + 0.2 - time.monotonic()))
    limits = [
        one for one in target.limits if described and (one.method, one.route) == (described.method, described.path)
    ]
    scarce = [one for one in limits if one.requests < TRIES + 3]
    return max((one.window.total_seconds() / one.requests * 1.2 for one in scarce), default=0.0)


async def _sign_in(person: Person, password: str) -> Reply:
    # impatient: what is looked for is the refusal itself
    return await person.visit().ask("sign_in", email=person.email, password=password, remember=False, patient=False)
