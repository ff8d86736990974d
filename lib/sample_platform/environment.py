"""One environment of the platform, production or staging: what its routes and middleware work with."""

import asyncio
import hashlib
import json
import logging
import logging.handlers
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from fastapi import Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from .behaviour import Behaviour
from .keys import SigningKey
from .mail import Post
from .passwords import Passwords

VERSION = "1.4.0"
_LATER_S = (0.05, 0.2)  # at random, so that the load of the work is not met by the same kind of request each time
_RANDOM = random.SystemRandom()
_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Environment:
    """Everything that differs between production and staging.

    Attributes:
        name: `production` or `staging`.
        base: its public base URL, without a slash at the end.
        window_s: length of the window that rate limits count in, in seconds.
        passwords: hashes and checks them.
        post: sends its mail.
        seal: encrypts what has to be read again, such as the secrets of second factors.
        resolver: the name server that it asks where webhooks lead, `address:port`.
        receiver: `host:port` that webhooks may be aimed at, though it is not on the public internet.
        requests: answers by operation and status, for `/metrics`.
        counted: counters and when they end, by the monotonic clock, for as long as the cache is away.
        running: work that goes on after its request was answered.
    """

    name: str
    base: str
    behaviour: Behaviour
    database: AsyncEngine
    cache: Redis
    key: SigningKey
    metrics_token: str
    log: logging.Logger
    window_s: int
    passwords: Passwords
    post: Post
    seal: Fernet
    resolver: str = ""
    receiver: str = ""
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    counted: dict[str, tuple[int, float]] = field(default_factory=dict)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def release(self) -> str:
        """Which build runs here; staging is never the build that production runs."""
        return f"{VERSION}+{hashlib.sha256(f'{VERSION} {self.name}'.encode()).hexdigest()[:8]}"

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A database session that is committed at the end, and rolled back if something is raised.

        What was loaded stays readable afterwards.
        """
        async with AsyncSession(self.database, expire_on_commit=False) as session, session.begin():
            yield session

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something a while after the request was answered, whose time then does not tell what was done."""
        task = asyncio.create_task(self._logged(work))
        self.running.add(task)  # else nothing would keep it alive
        task.add_done_callback(self.running.discard)

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.sleep(_RANDOM.uniform(*_LATER_S))
            await work
        except Exception:
            self.log.exception("background work failed")


def environment_of(request: Request) -> Environment:
    """Return the environment that a request arrived in; a FastAPI dependency."""
    found = request.app.state.environment
    assert isinstance(found, Environment)
    return found


def open_log(state: Path, name: str) -> logging.Logger:
    """Return a logger that writes one JSON object a line to `state/logs/<name>.jsonl`, bounded in size."""
    log = logging.getLogger(f"sample_platform.{name}.{state}")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.handlers.RotatingFileHandler(state / "logs" / f"{name}.jsonl", maxBytes=_LOG_BYTES, backupCount=1)
    handler.setFormatter(_JsonLines(name))
    log.handlers = [handler]
    return log


class _JsonLines(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
            "service": f"sample-{self.service}",
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def milliseconds_since(start: float) -> float:
    """Return the time since a `time.perf_counter()` reading, in ms to one decimal."""
    return round((time.perf_counter() - start) * 1000, 1)
