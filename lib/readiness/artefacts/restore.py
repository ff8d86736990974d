"""The report of a restore: what was brought back, and how it compares with what was backed up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readiness.artefacts import Unreadable, json_of, moment


@dataclass(frozen=True)
class Restore:
    """What a report says.

    Attributes:
        faults: What was not brought back as it was, or not compared, a line each; empty for a good restore.
        minutes: How long it took.
        started_at: When it began.
        finished_at: When it ended.
        taken_at: When the backup was made, where it tells.
    """

    faults: tuple[str, ...]
    minutes: float
    started_at: datetime
    finished_at: datetime
    taken_at: datetime | None


def restore(content: bytes) -> Restore:
    """Read a report.

    It is JSON: `backup.taken_at`, `started_at`, `finished_at`, and pairs of `expected` and `restored` in `rows` (by
    table), `checksums` (by sample) and `revision` (of the schema). What was compared is compared again here: that the
    job ended without an error says nothing.

    Raises:
        Unreadable: It is no such report.
    """
    told = json_of(content)
    if not isinstance(told, dict):
        raise Unreadable("is no report of a restore")
    began, ended = moment(told.get("started_at")), moment(told.get("finished_at"))
    if began is None or ended is None or ended < began:
        raise Unreadable("is no report of a restore: it does not tell when the restore began and ended")
    faults = [
        *_faults("rows", told.get("rows"), empty=False),
        *_faults("checksums", told.get("checksums"), empty=True),
        *_faults("", {"revision": told.get("revision")}, empty=True),
    ]
    backup = told.get("backup")
    taken = moment(backup.get("taken_at")) if isinstance(backup, dict) else None
    return Restore(tuple(faults), round((ended - began).total_seconds() / 60, 2), began, ended, taken)


def _faults(what: str, pairs: Any, *, empty: bool) -> list[str]:
    """Pairs that differ. Where `empty` is set, an empty value is no proof; tables that are all empty never are one."""
    if not isinstance(pairs, dict) or not pairs:
        return [f"{what} were not compared"]
    found, seen = [], False
    for name, pair in pairs.items():
        expected, restored = (pair.get("expected"), pair.get("restored")) if isinstance(pair, dict) else (None, None)
        label = f"{what}.{name}" if what else name
        if expected is None or restored is None or (empty and not expected):
            found.append(f"{label[:80]} was not compared")
        elif expected != restored or isinstance(expected, bool):
            found.append(f"{label[:80]} is not what it was")
        seen |= bool(expected)
    return found if seen or found else [f"{what} are all 0: nothing was restored"]
