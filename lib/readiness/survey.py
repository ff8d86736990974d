"""The survey: every probe run against one target, its observations gathered into an evidence frame."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import pandas as pd

from readiness.accounts import Accounts, Ledger
from readiness.attestation import Attestation
from readiness.completion import completed
from readiness.errors import Unobservable
from readiness.evidence import Evidence, Fact, frame
from readiness.mailbox import OpenMailbox, open_mailbox
from readiness.probes import Context, Observation, Probe
from readiness.secret import mask
from readiness.sources.load import among
from readiness.supply import Supply
from readiness.target import Target
from readiness.wire.client import Client
from readiness.wire.transport import trust_in

Progress = Callable[[str], None]


LONGEST = 500
"""Characters of a source, a reason or a text value."""


@dataclass(frozen=True)
class Survey:
    """What one survey brought home.

    Attributes:
        evidence: The evidence frame.
        exchanges: Records of every exchange, in the order they were made; evidence points at them by digest.
        seconds: Duration of each probe, by name.
        permissions: Permissions that were made use of, those that loopback does not need granted included.
        finished_at: When the last probe was done, UTC.
        requests: HTTP requests that were sent, redirects followed included.
        accounts: Test accounts that were asked for.
        left: What the run made and could not remove, an address or an operation and its id each.
    """

    evidence: pd.DataFrame
    exchanges: list[dict[str, Any]]
    seconds: dict[str, float]
    permissions: tuple[str, ...]
    finished_at: datetime
    requests: int = 0
    accounts: int = 0
    left: tuple[str, ...] = ()

    @property
    def account(self) -> dict[str, Any]:
        """What was done to the target, as JSON values: seconds a probe took, permissions, requests, accounts."""
        return {
            "seconds": self.seconds,
            "permissions": list(self.permissions),
            "requests": self.requests,
            "accounts": self.accounts,
            "left": list(self.left),
        }


async def survey(
    target: Target,
    probes: Collection[Probe],
    *,
    skip: Collection[str] = (),
    attestations: Sequence[Attestation] = (),
    loads: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress = lambda name: None,
) -> Survey:
    """Run the probes concurrently, then those that want to be alone, one by one.

    Args:
        target: The platform.
        probes: Which probes to know of; every fact of theirs gets a row.
        skip: Names of probes that are not run; their facts are `skipped`.
        attestations: The target's dated statements.
        loads: Folder of the target's published load tests, `<test>/load.json` each.
        now: Clock, UTC.
        progress: Called with a probe's name when it is done.

    Returns:
        Evidence with one row a fact, whatever happened to its probe.

    Raises:
        BadInput: A secret that the target refers to is not there, or its CA file cannot be read.
    """
    rows: list[Evidence] = []
    seconds: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    async with context_of(target, now, attestations, loads) as context:
        client, accounts = context.client, context.accounts

        async def run(probe: Probe) -> None:
            started = loop.time()
            rows.extend(await _observe(probe, context, now))
            seconds[probe.name] = round(loop.time() - started, 3)
            progress(probe.name)

        left: tuple[str, ...] = ()
        wanted = [probe for probe in probes if probe.name not in skip]
        try:
            async with asyncio.TaskGroup() as group:
                for probe in wanted:
                    if not probe.alone:
                        group.create_task(run(probe))
            for probe in wanted:
                if probe.alone:
                    await run(probe)
        finally:
            left = (await completed(accounts.remove())).left
        for probe in probes:
            if probe.name in skip:
                reason = "not part of this run, which is restricted to some dimensions"
                rows += [Evidence(target.name, fact, "skipped", now(), reason=reason) for fact in probe.facts]
                progress(probe.name)
        exchanges = [item.record() | {"digest": item.digest} for item in client.records]
    return Survey(
        frame(rows),
        exchanges,
        seconds,
        tuple(sorted(client.used)),
        now(),
        requests=client.sent,
        accounts=accounts.made,
        left=left,
    )


@asynccontextmanager
async def context_of(
    target: Target,
    now: Callable[[], datetime],
    attestations: Sequence[Attestation] = (),
    loads: Path | None = None,
) -> AsyncIterator[Context]:
    """What probes use: a client, the sources, and test accounts with the platform's mailbox open where it can be.

    Whoever leaves the block removes the accounts first (`Accounts.remove`).

    Raises:
        BadInput: A secret that the target refers to is not there, or its CA file cannot be read.
    """
    ledger = Ledger(target.name, f"{now():%y%m%d%H%M%S}{token_hex(2)}", now())
    mailbox: OpenMailbox | str = "the target file names no mailbox"
    async with Client(target, now) as client, AsyncExitStack() as stack:
        if target.mailbox and target.accounts and await client.permits("accounts"):
            mine = re.compile(
                re.escape(target.accounts.email.lower()).replace(re.escape("{tag}"), f"{ledger.run}-\\d+")
            )
            opened = open_mailbox(
                target.mailbox,
                now=now,
                lookup=client.lookup,
                trust=trust_in(target.ca_file),
                accepts=lambda to: mine.fullmatch(to) is not None,
            )
            try:
                mailbox = await stack.enter_async_context(opened)
            except Unobservable as obstacle:
                mailbox = obstacle.reason
        supply = await stack.enter_async_context(Supply(among(target.sources.configured, loads), attestations))
        yield Context(target, client, now(), Accounts(target, client, now, mailbox, ledger), supply)


async def _observe(probe: Probe, context: Context, now: Callable[[], datetime]) -> list[Evidence]:
    facts = {fact.name: fact for fact in probe.facts}
    seen: dict[str, Evidence] = {}
    problem = ""
    try:
        async with asyncio.timeout(probe.deadline):
            async for observation in probe.run(context):
                context.client.keep(*observation.exchanges)
                row = _evidence(observation, facts, context, now)
                seen[row.fact.name] = row
    except TimeoutError:
        problem = f"the probe was stopped after {probe.deadline:g} s"
    except Exception as error:  # a probe that crashes costs its own facts alone; the run goes on
        problem = _line(f"the probe failed: {type(error).__name__}: {error}")
    for fact in _missing(facts.values(), seen):
        status = "error" if problem else "unavailable"
        reason = problem or "the probe said nothing of it"
        seen[fact.name] = Evidence(context.target.name, fact, status, now(), source=probe.name, reason=reason)  # type: ignore[arg-type]
    return list(seen.values())


def _line(text: str) -> str:
    """One line, bounded and fit for every file: a part of it may come from the target."""
    return " ".join(text.split())[:LONGEST].encode("utf-8", "replace").decode("utf-8")


def _missing(facts: Iterable[Fact], seen: Collection[str]) -> list[Fact]:
    return [fact for fact in facts if fact.name not in seen]


def _evidence(
    observation: Observation, facts: dict[str, Fact], context: Context, now: Callable[[], datetime]
) -> Evidence:
    fact = facts[observation.fact]
    value = observation.value
    kinds = {"boolean": bool, "text": str, "number": (int, float)}
    if value is not None and (
        not isinstance(value, kinds[fact.type]) or (fact.type == "number" and isinstance(value, bool))  # type: ignore[arg-type]
    ):
        raise TypeError(f"{fact.name} is a {fact.type}, got {value!r}")
    sources = list(dict.fromkeys(item.source for item in observation.exchanges))
    source = sources[0] + (f" and {len(sources) - 1} more" if len(sources) > 1 else "") if sources else ""
    return Evidence(
        target=context.target.name,
        fact=fact,
        status="observed" if value is not None else "error" if observation.crashed else "unavailable",
        observed_at=min((getattr(item, "observed_at") for item in observation.exchanges), default=now()),  # noqa: B009
        value=_line(value) if isinstance(value, str) else value,
        source=_line(source),
        reason=_line(mask(observation.reason, context.client.secrets)),  # it may be in a vendor's words
        permission=observation.permission,
        digest=" ".join(dict.fromkeys(item.digest for item in observation.exchanges)),
        low=observation.low,
        high=observation.high,
        max_age=observation.max_age,
    )
