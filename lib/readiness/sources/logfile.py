"""The log file: the last records that the platform wrote, one JSON object a line."""

import asyncio
import os
import shlex
import stat
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from readiness.answers.logbook import Logbook, examine
from readiness.canary import LONGEST_S, Patience, send, sought
from readiness.document import Record, folder_of
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import Source, supplies
from readiness.wire.exchange import _Base

if TYPE_CHECKING:
    from readiness.probes import Context

MOST = 8_000_000
"""Bytes at the end of the file that are read."""
Names = Annotated[list[str], Field(min_length=1)]


class Fields(Record):
    """Names under which a record may say what it has to say; one with dots may be a path."""

    time: Names = Field(["time", "timestamp", "ts", "@timestamp"], description="when")
    level: Names = Field(["level", "severity", "levelname", "log.level"], description="how bad")
    message: Names = Field(["message", "msg", "event", "body"], description="what")
    service: Names = Field(["service", "service.name", "app"], description="who")
    request_id: Names = Field(
        ["request_id", "requestId", "req_id", "correlation_id", "http.request.id"], description="in which request"
    )
    trace_id: Names = Field(["trace_id", "traceId", "trace.id", "dd.trace_id"], description="in which trace")


class LogFile(Source):
    """A log file that can be read here."""

    path: Path = Field(description="the file, relative to the target file")
    lines: Annotated[int, Field(ge=200, le=10_000)] = Field(1_000, description="last lines looked at, at most 10000")
    fields: Fields = Field(default_factory=Fields, description="names of what a record has to say, see below")
    patience: Patience = Field(timedelta(seconds=60), description="time in which a request is logged, at most 5m")

    @field_validator("path", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    def open(self, context: "Context") -> AbstractAsyncContextManager[None]:
        """Nothing: the file is opened whenever it is read."""
        return nullcontext()

    def end(self) -> bytes:
        """The end of the file.

        Raises:
            Unobservable: It cannot be read, or it is no file.
        """
        try:
            # a pipe would be waited for without end
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise Unobservable("the log file is no regular file")
                file.seek(max(found.st_size - MOST, 0))
                return file.read(MOST)
        except OSError as error:
            words = f"the log file cannot be read: {error.strerror}"
            raise Unobservable(words, permission="sources.logfile: a file that can be read") from None


@dataclass(frozen=True, kw_only=True)
class Tail(_Base):
    """The record of having read the end of a log: what was counted, and nothing that stands there."""

    path: str
    book: Logbook

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"the last {self.book.lines} lines of {self.path}"

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "log",
            "observed_at": self.observed_at.isoformat(),
            "path": self.path,
            **vars(self.book),
            "repeat": shlex.join(["tail", "-n", str(self.book.lines), self.path]),
        }


@supplies(
    "logs.lines",
    "logs.structured_pct",
    "logs.traced_pct",
    "logs.secrets",
    "logs.request_found",
    deadline=LONGEST_S + 30,
)
async def logs(source: LogFile, connection: None, context: "Context") -> AsyncIterator[Observation]:
    """Look at the last lines, and look for the id of a request of our own."""
    end = await asyncio.to_thread(source.end)
    whole = end.partition(b"\n")[2] if len(end) == MOST else end
    lines = [line for line in whole.decode("utf-8", "replace").splitlines() if line.strip()][-source.lines :]
    book = await asyncio.to_thread(examine, lines, source.fields.model_dump())
    tail = Tail(path=str(source.path), book=book, observed_at=context.client.time())
    yield observed("logs.lines", book.lines, tail)
    if book.lines:
        yield observed("logs.structured_pct", 100 * book.structured / book.lines, tail)
        yield observed("logs.traced_pct", 100 * book.traced / book.lines, tail)
        yield observed("logs.secrets", book.leaking, tail)
    else:
        for fact in ("logs.structured_pct", "logs.traced_pct", "logs.secrets"):
            yield unavailable(fact, "the log file is empty", tail)
    yield await settled("logs.request_found", _found(source, context, tail))


async def _found(source: LogFile, context: "Context", tail: Tail) -> Observation:
    canary = await send(context)

    async def look() -> bool | None:
        return canary.request_id.encode() in await asyncio.to_thread(source.end) or None

    return observed("logs.request_found", bool(await sought(look, source.patience)), canary.exchange, tail)
