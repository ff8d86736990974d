"""Cleaning up: what earlier runs made on a target and could not remove: they were killed, or it did not answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from readiness.accounts import Accounts, left_behind
from readiness.target import Target
from readiness.wire.client import Client


@dataclass(frozen=True)
class Cleaned:
    """What came of it.

    Attributes:
        removed: How many things were removed.
        left: What could not be removed, an address or an operation and its id each.
        running: Tags of runs that are still going: theirs is left alone.
    """

    removed: int
    left: tuple[str, ...]
    running: tuple[str, ...]


async def clean_up(target: Target, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Cleaned:
    """Remove what ended runs left on the target.

    Raises:
        BadInput: A secret that the target refers to is not there, or its CA file cannot be read.
    """
    removed, left, running = 0, list[str](), list[str]()
    for ledger in left_behind(target.name):
        if ledger.alive:
            running.append(ledger.run)
            continue
        async with Client(target, now) as client:
            accounts = Accounts(target, client, now, "not read while cleaning up", ledger)
            done = await accounts.remove()
        removed += done.count
        left += done.left
    return Cleaned(removed, tuple(left), tuple(running))


def forget(target: Target) -> int:
    """Drop the ledgers of ended runs, for accounts that were removed by hand; returns how many entries they held."""
    ended = [ledger for ledger in left_behind(target.name) if not ledger.alive]
    for ledger in ended:
        ledger.path.unlink(missing_ok=True)
    return sum(len(list(ledger)) for ledger in ended)
