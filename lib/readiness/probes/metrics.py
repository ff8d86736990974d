"""Metrics: whether anyone on the internet can read the platform's metrics."""

import itertools
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

from readiness.answers.obstacle import unjudgeable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import catch_all, lost
from readiness.wire.exchange import Exchange

_SAMPLE = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,200}(\{.{0,2000}\})?\s+[-+]?(\d[\d.eE+-]*|Inf|NaN)(\s+-?\d+)?\s*")


@probe(Fact("metrics.public", "boolean", "Anyone can read the platform's metrics without signing in."))
async def metrics(context: Context) -> AsyncIterator[Observation]:
    """GET the metrics route (`/metrics` where none is declared) without credentials."""
    answer = await context.client.get(context.url(context.target.routes.metrics or "/metrics"), follow=3)
    status = answer.status or 0
    if reason := unjudgeable(answer):
        yield unavailable("metrics.public", reason, answer)
    elif status >= 500:
        yield unavailable("metrics.public", f"status {status}: neither refused nor shown", answer)
    elif not answer.ok:
        yield observed("metrics.public", False, answer)
    elif is_metrics(answer):
        if context.target.headers:
            yield unavailable("metrics.public", "asked with the target file's own headers, so not as anyone", answer)
        else:
            yield observed("metrics.public", True, answer)
    elif answer.media_type == "text/html" and _elsewhere(answer):
        yield observed("metrics.public", False, answer)
    elif catch_all(answer, missing := await lost(context)):
        yield observed("metrics.public", False, answer, missing)
    else:
        yield unavailable("metrics.public", f"status {status} with something that is not metrics", answer)


def is_metrics(answer: Exchange) -> bool:
    """Whether a body is metrics: the Prometheus or OpenMetrics text format, or JSON with two numbers or more."""
    if answer.media_type == "text/html":
        return False
    document = answer.json()
    if isinstance(document, dict | list):
        return len(list(itertools.islice(_numbers(document), 2))) == 2
    lines = [line for line in answer.text[:200_000].splitlines() if line.strip()][:500]
    # the last line may have been cut off
    samples = [line for line in lines if not line.startswith("#")]
    fitting = sum(1 for line in samples if _SAMPLE.fullmatch(line))
    return fitting > 0 and fitting >= len(samples) - 1


def _numbers(value: Any, depth: int = 8) -> Iterator[float]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield value
    elif depth and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item, depth - 1)


def _elsewhere(answer: Exchange) -> bool:
    """A redirect led to another page (a sign-in), not to the same one with a slash."""
    return urlsplit(answer.final_url).path.rstrip("/") != urlsplit(answer.url).path.rstrip("/")
