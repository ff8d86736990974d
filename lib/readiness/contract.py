"""The contract: is this frame fit to be scored? Checked by great-expectations at the two seams of a run.

The library takes seconds to import, so a `Contract` keeps it in a process of its own that starts warming up while the
probes still run.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.util import Finalize
from types import TracebackType
from typing import Any, Literal, Self

import pandas as pd

from readiness import evidence, judge
from readiness.errors import RunFailed
from readiness.lean import without_grammars
from readiness.stage import STAGES

Suite = Literal["evidence", "findings"]
SHOWN = 5
"""Rows named of a broken expectation; the count is always given."""


class Contract:
    """A process that checks frames; use it as a context manager."""

    def __init__(self) -> None:
        # spawned, not forked: the parent runs threads and an event loop
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_end_with_parent)
        with _deaf_to_ctrl_c():
            self._warm: Future[None] = self._pool.submit(_warm_up)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:  # nobody waits for an answer any more, and an import cannot be called off
            for process in multiprocessing.active_children():
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def hold(self, frame: pd.DataFrame, suite: Suite) -> None:
        """Check a frame.

        Args:
            frame: Evidence or findings.
            suite: Which of the two it is.

        Raises:
            RunFailed: An expectation is not met; the text says which, and on which rows. Or the process has ended, as
                where the machine is short of memory.
        """
        try:
            breaches = self._pool.submit(breaches_of, frame, suite).result()
        except BrokenProcessPool:
            raise RunFailed(f"contract on {suite}: the process that checks it was ended; is memory short?") from None
        if breaches:
            raise RunFailed("\n".join(f"contract on {suite}: {breach}" for breach in breaches))


def breaches_of(frame: pd.DataFrame, suite: Suite) -> list[str]:
    """What is wrong with a frame, one line an expectation that is not met; empty where it is fit to be scored.

    Args:
        frame: Evidence or findings; it is not changed.
        suite: Which of the two it is.
    """
    columns = {"evidence": evidence.COLUMNS, "findings": judge.COLUMNS}[suite]
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        return [f"columns {', '.join(missing)} are missing"]
    gx = _library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = gx.data_context.types.base.ProgressBarsConfig(globally=False)
    batch = (
        context.data_sources.add_pandas("run")
        .add_dataframe_asset(suite)
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": _views(frame, suite)})
    )
    expectations = _evidence_suite(gx) if suite == "evidence" else _findings_suite(gx)
    result = batch.validate(gx.ExpectationSuite(name=suite, expectations=expectations), result_format="COMPLETE")
    return [_line(item, frame) for item in result.results if not item.success]


def _views(frame: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """The frame with columns that state relations between its columns, so that a breach can name its rows."""
    if suite == "findings":
        known = frame["floor"] == frame["ceiling"]
        says_known = frame["status"].isin(["met", "partial", "unmet"])
        return frame.assign(
            floor_within_ceiling=frame["floor"] <= frame["ceiling"],
            status_agrees=(known & says_known)
            | (~known & (frame["status"] == "unknown"))
            | (frame["status"] == "not applicable"),
            key=frame["target"] + "|" + frame["stage"] + "|" + frame["requirement"],
        )
    values = frame[["number", "boolean", "text"]].notna().sum(axis=1)
    seen = frame["status"] == "observed"
    return frame.assign(
        one_value=(seen & (values == 1)) | (~seen & (values == 0)),
        rests_on_something=~seen | (frame["digest"].str.len() > 0) & (frame["source"].str.len() > 0),
        says_why=seen | (frame["reason"].str.len() > 0),
        bounds_in_order=(frame["low"].isna() & frame["high"].isna())
        | ((frame["low"] <= frame["number"]) & (frame["number"] <= frame["high"])),
        key=frame["target"] + "|" + frame["fact"],
    )


def _evidence_suite(gx: Any) -> list[Any]:
    e = gx.expectations
    return [
        e.ExpectTableRowCountToBeBetween(min_value=1, meta={"says": "there is evidence at all"}),
        e.ExpectColumnValuesToBeUnique(column="key", meta={"says": "each fact of a target once"}),
        *_present(e, "target", "fact", "status"),
        e.ExpectColumnValuesToMatchRegex(column="fact", regex=r"^[a-z0-9_]+\.[a-z0-9_]+$", meta={"says": "fact names"}),
        e.ExpectColumnValuesToBeInSet(
            column="status", value_set=["observed", "unavailable", "error", "skipped"], meta={"says": "known statuses"}
        ),
        e.ExpectColumnValuesToNotBeNull(column="observed_at", meta={"says": "a time of observation"}),
        e.ExpectColumnValuesToNotBeNull(column="max_age", meta={"says": "a maximum age"}),
        *_true(e, "one_value", "exactly one value where observed, none elsewhere"),
        *_true(e, "rests_on_something", "an observed value names its source and exchange"),
        *_true(e, "says_why", "a reason wherever there is no value"),
        *_true(e, "bounds_in_order", "low at most the value, the value at most high"),
    ]


def _findings_suite(gx: Any) -> list[Any]:
    e = gx.expectations
    return [
        e.ExpectTableRowCountToBeBetween(min_value=1, meta={"says": "there are findings at all"}),
        e.ExpectColumnValuesToBeUnique(column="key", meta={"says": "each requirement once a target and stage"}),
        *_present(e, "target", "stage", "requirement", "status", "weight", "reason"),
        e.ExpectColumnValuesToBeInSet(column="stage", value_set=list(STAGES), meta={"says": "known stages"}),
        e.ExpectColumnValuesToBeInSet(column="status", value_set=list(judge.STATUSES), meta={"says": "known statuses"}),
        e.ExpectColumnValuesToBeBetween(column="floor", min_value=0, max_value=1, meta={"says": "floor from 0 to 1"}),
        e.ExpectColumnValuesToBeBetween(column="ceiling", min_value=0, max_value=1, meta={"says": "ceiling 0 to 1"}),
        e.ExpectColumnValuesToBeBetween(column="weight", min_value=0, meta={"says": "no negative weight"}),
        e.ExpectColumnValueLengthsToBeBetween(column="reason", min_value=1, meta={"says": "a reason"}),
        *_true(e, "floor_within_ceiling", "floor at most ceiling"),
        *_true(e, "status_agrees", "known exactly where floor and ceiling agree"),
    ]


def _present(expectations: Any, *columns: str) -> list[Any]:
    # an empty cell passes every other expectation on its column
    return [
        expectations.ExpectColumnValuesToNotBeNull(column=name, meta={"says": f"a {name} on every row"})
        for name in columns
    ]


def _true(expectations: Any, column: str, says: str) -> list[Any]:
    return [
        expectations.ExpectColumnValuesToNotBeNull(column=column, meta={"says": says}),
        expectations.ExpectColumnValuesToBeInSet(column=column, value_set=[True], meta={"says": says}),
    ]


def _line(result: Any, frame: pd.DataFrame) -> str:
    says = (result.expectation_config.meta or {}).get("says", result.expectation_config.type)
    if result.exception_info and result.exception_info.get("raised_exception"):
        return f"expected {says}; it could not be checked: {result.exception_info.get('exception_message', '')}"
    rows = result.result.get("unexpected_index_list") or []
    count = result.result.get("unexpected_count", len(rows))
    if not rows:
        return f"expected {says}; got {result.result.get('observed_value', 'something else')}"
    column = "fact" if "fact" in frame else "requirement"
    shown = ", ".join(f"{index} ({name})" for index, name in frame[column].loc[rows[:SHOWN]].items())
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    return f"expected {says}; broken on row{'s' if count != 1 else ''} {shown}{more}"


def _library() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read at import: the library would send usage figures
    without_grammars()
    import great_expectations as gx
    from great_expectations.data_context.types import base  # noqa: F401

    return gx


def _end_with_parent() -> None:
    """End when the parent was killed, which nothing else tells a process that waits for work."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    # and once there is no more work at once: taking down all that the library loaded takes seconds
    Finalize(None, os._exit, args=(0,), exitpriority=0)


def _warm_up() -> None:
    _library().get_context(mode="ephemeral")


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes started meanwhile do not hear the terminal's Ctrl-C: the parent decides when to stop."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
