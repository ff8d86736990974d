"""Traces: the spans of a trace as OTLP's JSON tells them, and whether they reach a database."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DATABASE = {"db.system", "db.system.name", "db.statement", "db.query.text"}
"""Attributes of a database client's span (OpenTelemetry Semantic Conventions, Database Client Spans)."""


@dataclass(frozen=True)
class Span:
    """One span.

    Attributes:
        id, parent: Its id and that of the span it is part of, as they were told; empty for none.
        database: It is a query of a database.
    """

    id: str
    parent: str
    database: bool


def spans_of(document: Any, trace_id: str) -> list[Span]:
    """The spans of one trace in an answer (`resourceSpans`, perhaps within `result`); whatever else it holds is none.

    Args:
        document: JSON values.
        trace_id: 32 hexadecimal digits; in the answer they may be base64.
    """
    if isinstance(document, dict) and "result" in document:  # as a gateway wraps what is streamed
        document = document["result"]
    return [
        Span(str(span.get("spanId") or ""), str(span.get("parentSpanId") or ""), _asks_database(span))
        for resource in _within(document, "resourceSpans")
        for scope in _within(resource, "scopeSpans")
        for span in _within(scope, "spans")
        if _hexadecimal(str(span.get("traceId"))) == trace_id
    ]


def reaches_database(spans: list[Span]) -> bool:
    """Whether a span that queries a database is part of another span of the trace."""
    known = {span.id for span in spans}
    return any(span.database and span.parent in known - {span.id} for span in spans)


def _within(value: Any, name: str) -> Iterator[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


def _asks_database(span: dict[str, Any]) -> bool:
    return any(attribute.get("key") in DATABASE for attribute in _within(span, "attributes"))


def _hexadecimal(text: str) -> str:
    if len(text) == 32:
        return text.lower()
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""
