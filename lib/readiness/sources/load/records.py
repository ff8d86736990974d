"""Records: the load tests in a folder, which of them count as evidence, and what each says."""

import asyncio
import hashlib
import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeGuard

from readiness.artefacts import Unreadable, json_of, moment
from readiness.errors import Unobservable
from readiness.evaluation import SKEW
from readiness.wire.measurement import Measurement

NAME = "load.json"
MOST = 200
"""Records that are read, those in the folders that sort last: they are named by time."""
LARGEST = 20_000_000
"""Bytes of one record; half an hour second by second has a few hundred thousand."""


def places(folder: Path) -> list[Path]:
    """The records in a folder, at most `MOST`; a hidden folder is one that is being written."""
    found = sorted(folder.glob(f"*/{NAME}")) if folder.is_dir() else []
    return [path for path in found if not path.parent.name.startswith(".")][-MOST:]


@dataclass(frozen=True)
class Trial:
    """One load test on record.

    Attributes:
        told: What its record says.
        artefact: The record's file; `observed_at` is when the test ended.
        fault: Why it is no evidence, as what continues "the test …"; empty where it is.
    """

    told: Mapping[str, Any]
    artefact: Measurement
    fault: str = ""

    def number(self, *path: str) -> float:
        """The number at a path.

        Raises:
            Unobservable: There is none.
        """
        value = at(self.told, *path)
        if not is_number(value):
            raise Unobservable(f"the load test's record does not tell {'.'.join(path)}", self.artefact)
        return float(value)

    def within(self, *path: str) -> Mapping[str, Any]:
        """The object at a path; empty where there is none."""
        value = at(self.told, *path)
        return value if isinstance(value, Mapping) else {}


class Loads:
    """The load tests of one target.

    Args:
        folder: Where their records are; None where no folder is known.
        target: Name of the target; a record of another's is passed over.
        now: The run's time.
    """

    def __init__(self, folder: Path | None, target: str, now: datetime) -> None:
        self._folder, self._target, self._now = folder, target, now
        self._lock = asyncio.Lock()
        self._trials: list[Trial] | None = None
        self._chosen: dict[tuple[str, tuple[str, ...]], Trial] = {}

    async def newest(self, model: str, age: timedelta) -> Trial:
        """The newest test that counts as evidence.

        One that is void, partial or otherwise at fault is passed over for the one before it, as long as that is not
        older than `age`; which were passed over, and why, is noted in its artefact.

        Args:
            model: `open` or `closed`; empty for either.
            age: Within which it has to have ended.

        Raises:
            Unobservable: There is none; the reason is the newest one's.
        """
        passed: list[str] = []
        first: Trial | None = None
        for trial in await self._all():
            if model and trial.told.get("model") not in (model, None):
                continue
            first = first or trial
            if self._now - trial.artefact.observed_at > age:
                passed.append(f"{trial.artefact.path} ended longer than {_span(age)} before")
                break
            if not trial.fault:
                return self._noted(trial, tuple(f"passed over: {one}" for one in passed))
            passed.append(f"{trial.artefact.path} {trial.fault}")
        needs = f"readiness load {shlex.quote(self._target)} {'--users N' if model == 'closed' else '--rate N'}"
        if first is None:
            kind = {"open": " with a rate of arrivals", "closed": " with users"}.get(model, "")
            raise Unobservable(f"no load test{kind} is on record", permission=needs)
        rest = "" if len(passed) == 1 else f", and none of the {len(passed) - 1} before it counts"
        raise Unobservable(f"the newest load test does not count: {passed[0]}{rest}", first.artefact, permission=needs)

    def _noted(self, trial: Trial, lines: tuple[str, ...]) -> Trial:
        """The test with these lines in its artefact; one object each time, so that it is recorded once."""
        if not lines:
            return trial
        key = trial.artefact.path, lines
        if key not in self._chosen:
            artefact = replace(trial.artefact, seen=(*trial.artefact.seen, *lines))
            self._chosen[key] = replace(trial, artefact=artefact)
        return self._chosen[key]

    async def _all(self) -> list[Trial]:
        async with self._lock:
            if self._trials is None:
                if self._folder is None:
                    raise Unobservable("no folder of load tests is known", permission="sources.load.folder")
                self._trials = await asyncio.to_thread(self._read, self._folder)
            return self._trials

    def _read(self, folder: Path) -> list[Trial]:
        found = [trial for path in places(folder) if (trial := self._trial(folder, path))]
        return sorted(found, key=lambda one: one.artefact.observed_at, reverse=True)

    def _trial(self, folder: Path, path: Path) -> Trial | None:
        """One record; None where it is another target's."""
        try:
            stat = path.stat()
            content = b"" if stat.st_size > LARGEST else path.read_bytes()
        except OSError:
            return None
        artefact = Measurement(
            path=path.relative_to(folder).as_posix(),
            place=str(folder),
            committed=False,
            size=stat.st_size,
            sha256=hashlib.sha256(content).hexdigest() if content else "",
            observed_at=min(datetime.fromtimestamp(stat.st_mtime, self._now.tzinfo), self._now),
        )
        try:
            told = json_of(content)
        except Unreadable as error:
            return Trial({}, artefact, str(error) if content else f"is larger than {LARGEST} bytes")
        if not isinstance(told, dict) or told.get("kind") != "load" or told.get("format") != 1:
            return Trial({}, artefact, "is no record of a load test in format 1")
        if told.get("target") != self._target:
            return None
        ended = _ended(told)
        if ended is None:
            return Trial(told, artefact, "does not tell when the test ran")
        fault = _fault(told) or (f"is dated {ended:%Y-%m-%d %H:%M}, yet to come" if ended > self._now + SKEW else "")
        seen = tuple(_lines(told))
        return Trial(told, replace(artefact, observed_at=ended, command=command(told), seen=seen), fault)


def _ended(told: Mapping[str, Any]) -> datetime | None:
    started, warm_up_s, seconds = moment(told.get("started_at")), told.get("warm_up_s"), told.get("seconds")
    if started is None or not is_number(warm_up_s) or not is_number(seconds) or min(warm_up_s, seconds) < 0:
        return None
    try:
        return started + timedelta(seconds=warm_up_s + seconds)
    except OverflowError:
        return None


def _fault(told: Mapping[str, Any]) -> str:
    """Why a record is no evidence; what it has to say for itself and does not say counts against it."""
    void, partial, completed = told.get("void"), told.get("partial"), told.get("completed")
    if told.get("model") not in ("open", "closed"):
        return "does not tell its model"
    if not isinstance(void, list) or not isinstance(partial, str):
        return "does not tell whether it is whole"
    if partial:
        return f"was stopped before its end: {partial}"
    if void:
        return f"is void: {void[0]}"
    if not told.get("foreign") and at(told, "generator", "held") is not True:
        return "is void: the load generator did not hold"
    if not is_number(completed) or completed <= 0:
        return "completed no request"
    return ""


def command(told: Mapping[str, Any]) -> str:
    """What runs the same test again; empty for another tool's."""
    if told.get("foreign") is not False:
        return ""
    parts = ["readiness", "load", str(told["target"])]
    for name, value in (("rate", told.get("rate")), ("users", told.get("users"))):
        parts += [f"--{name}", f"{value:.10g}"] if is_number(value) else []
    parts += ["--duration", f"{told['seconds']:.10g}s"]
    return shlex.join(parts + (["--journey", str(told["journey"])] if told.get("journey") else []))


def _lines(told: Mapping[str, Any]) -> list[str]:
    load = " and ".join(f"{told[name]:g} {unit}" for name, unit in _LOADS if is_number(told.get(name)))
    lines = [f"{told.get('model')} model, {load or 'no load told'}, {told['seconds']:g} s"]
    lines.append(f"{told.get('completed')} requests completed, {told.get('error_pct')} % failed")
    p99 = at(told, "latency_ms", "p99")
    if isinstance(p99, Mapping):
        lines.append(f"p99 {p99.get('value')} ms, 95 % interval {p99.get('low')} to {p99.get('high')} ms")
    why, omits = at(told, "slo", "why"), told.get("omits")
    lines += [str(why)] if why else []
    return lines + [f"omits: {one}" for one in omits] if isinstance(omits, list) else lines


_LOADS = (("rate", "requests/s"), ("users", "users"))


def at(value: Any, *path: str) -> Any:
    """The value at a path of keys; None where there is none."""
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a number that can be measured."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _span(age: timedelta) -> str:
    return f"{age.days} days" if age.days > 1 else f"{age.total_seconds() / 3600:g} h"
