"""Jaeger: the trace of a request of our own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from readiness.address import Address
from readiness.answers.trace import Span, reaches_database, spans_of
from readiness.canary import LONGEST_S, Patience, send, sought
from readiness.observation import Observation, observed, unavailable
from readiness.secret import Secret
from readiness.source import Vendor, supplies
from readiness.wire.api import Api, Reading

if TYPE_CHECKING:
    from readiness.probes import Context


class Jaeger(Vendor):
    """Jaeger (query API v3)."""

    base: Address = Field(description="address of its query service, such as `https://jaeger.example.com`")
    token: Secret | None = Field(None, description="bearer token, a reference")
    patience: Patience = Field(timedelta(minutes=2), description="time in which a trace is found, at most 5m")


@supplies("tracing.found", "tracing.database_span", deadline=LONGEST_S + 30)
async def tracing(source: Jaeger, api: Api, context: "Context") -> AsyncIterator[Observation]:
    """Send a request with a trace id, and look for its trace until it reaches the database."""
    await api.get("/api/v3/services")  # else a wrong address would look like a trace that is not there
    canary = await send(context)
    spans: list[Span] = []
    latest: Reading | None = None

    async def look() -> bool | None:
        nonlocal spans, latest
        latest = await api.get(f"/api/v3/traces/{canary.trace_id}", absent=(404,))
        spans = spans_of(latest.value, canary.trace_id)
        return reaches_database(spans) or None  # spans arrive one by one

    whole = await sought(look, source.patience)
    assert latest is not None
    both = canary.exchange, latest.exchange
    yield observed("tracing.found", bool(spans), *both)
    if spans:
        yield observed("tracing.database_span", bool(whole), *both)
    else:
        yield unavailable("tracing.database_span", "the trace is not found", *both)
