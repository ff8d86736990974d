"""One environment of the platform, production or staging: what its routes and middleware work with."""

import hashlib
import json
import logging
import logging.handlers
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fastapi import Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from .behaviour import Behaviour
from .keys import SigningKey

VERSION = "1.4.0"
_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Environment:
    """Everything that differs between production and staging.

    Attributes:
        name: `production` or `staging`.
        base: its public base URL, without a slash at the end.
        window_s: length of the window that rate limits count in, in seconds.
        requests: answers by operation and status, for `/metrics`.
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
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)

    @property
    def release(self) -> str:
        """Which build runs here; staging is never the build that production runs."""
        return f"{VERSION}+{hashlib.sha256(f'{VERSION} {self.name}'.encode()).hexdigest()[:8]}"


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
