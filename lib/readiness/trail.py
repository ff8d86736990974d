"""The trail: what an audit log says of the actions of one account, and what its events lack."""

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from readiness.errors import Unobservable

if TYPE_CHECKING:
    from readiness.accounts import Reply

Action = Literal[
    "sign_up",
    "verify",
    "sign_in",
    "sign_in_failed",
    "session_revoke",
    "change_password",
    "api_key_create",
    "api_key_revoke",
]
"""Actions that an audit log has to tell of; the target file says what the log calls each."""

ACTIONS: tuple[Action, ...] = get_args(Action)

BY_NOBODY: frozenset[Action] = frozenset({"sign_up", "verify", "sign_in_failed"})
"""Actions of somebody who is not signed in: it is enough that their target names the account."""

SKEW = timedelta(minutes=5)
"""How far the platform's clock and the run's may be apart."""


@dataclass(frozen=True)
class Event:
    """One event as the log shows it: what NIST SP 800-53 AU-3 asks of an audit record, each None where it is not."""

    actor: Any = None
    action: Any = None
    target: Any = None
    address: Any = None
    time: Any = None
    result: Any = None

    def of(self, account: Collection[str]) -> bool:
        """Whether it concerns an account, given by its id and address."""
        return str(self.actor) in account or str(self.target) in account

    def lacks(self, action: Action, account: Collection[str], at: datetime) -> list[str]:
        """What is missing from it or cannot be right, for an action of this account at this time."""
        wrong = {
            "actor": str(self.actor) not in account and not (action in BY_NOBODY and str(self.target) in account),
            "target": self.target in (None, ""),
            "address": not _is_address(self.address),
            "time": abs((moment(self.time) or datetime.min.replace(tzinfo=UTC)) - at) > SKEW,
            "result": self.result in (None, ""),
        }
        return [name for name, lacking in wrong.items() if lacking]


PARTS = tuple(field.name for field in fields(Event))


def events(reply: "Reply", described: Mapping[str, str]) -> list[Event]:
    """The events that a page of the audit log shows.

    Args:
        reply: The answer to the operation `audit`.
        described: Its `answer` in the target file.

    Raises:
        Unobservable: The description does not say where a part of an event is, or the parts do not belong together.
    """
    if unknown := [name for name in PARTS if name not in described]:
        raise Unobservable(f"the description of audit does not say where its events hold {', '.join(unknown)}")
    if not reply.values:
        return []
    columns = [reply.values.get(name) for name in PARTS]
    lists = [column for column in columns if isinstance(column, list)]
    if len({len(column) for column in lists}) != 1:
        raise Unobservable("the parts of the audit log's events cannot be told apart", reply.exchange)
    length = len(lists[0])
    whole = [column if isinstance(column, list) else [None] * length for column in columns]
    return [Event(*parts) for parts in zip(*whole, strict=True)]


def moment(value: Any) -> datetime | None:
    """A time as an answer holds it, ISO 8601 or seconds or milliseconds since 1970, in UTC; None for anything else."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _is_address(value: Any) -> bool:
    try:
        ipaddress.ip_address(str(value).partition("/")[0])
    except ValueError:
        return False
    return True
