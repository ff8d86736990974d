"""Traces: spans of the trace that was asked for alone count, and a query has to be part of something."""

import base64

import pytest
from readiness.answers.trace import reaches_database, spans_of

TRACE = "0af7651916cd43dd8448eb211c80319c"


def span(id, parent="", trace=TRACE, **attributes):
    pairs = [{"key": key.replace("_", "."), "value": {"stringValue": value}} for key, value in attributes.items()]
    return {"traceId": trace, "spanId": id, "parentSpanId": parent, "attributes": pairs}


def document(*spans):
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


@pytest.mark.parametrize(
    ("spans", "reaches"),
    [
        ([span("a", "ours"), span("b", "a", db_system="postgresql")], True),
        ([span("a", "ours"), span("b", "a"), span("c", "b", db_query_text="select 1")], True),
        ([span("a", "ours"), span("b", "a", http_method="GET")], False),
        ([span("a", "ours", db_system="postgresql")], False),
        ([span("a", "a", db_system="postgresql")], False),
        ([], False),
    ],
    ids=["a child", "a grandchild", "no query", "a root", "its own parent", "nothing"],
)
def test_a_trace_reaches_the_database_by_a_span_within_another(spans, reaches):
    assert reaches_database(spans_of(document(*spans), TRACE)) is reaches


def test_ids_may_be_base64_and_the_answer_wrapped():
    encoded = base64.b64encode(bytes.fromhex(TRACE)).decode()
    assert len(spans_of({"result": document(span("a", trace=encoded))}, TRACE)) == 1
    assert len(spans_of(document(span("a", trace=TRACE.upper())), TRACE)) == 1


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {"result": None},
        {"resourceSpans": [7]},
        document(span("a", trace="f" * 32)),
        document(span("a", trace="?")),
    ],
)
def test_what_is_no_span_of_the_trace_is_none(found):
    assert spans_of(found, TRACE) == []
