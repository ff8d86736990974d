"""Jaeger: the trace of our own request, as soon as it reaches the database."""

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from ..answers.test_trace import document, span

NOT_YET = (404, {"httpCode": 404, "message": "trace not found"})


@pytest.fixture
def look(vendor, told, serve, members):
    """`await look(*answers)`: what Jaeger answers in turn; `{trace}` in it is the id of the trace that was sent."""

    async def ask(*answers, services=None, spec="jaeger.json", patience="1s", accounts=False, **settings):
        sent = []

        async def health(request):
            sent.append((request.headers["traceparent"], request.url.path, members.who(request)))
            return JSONResponse({"status": "ok"})

        def traces(request, body):
            (parent, _, _), asked = sent[0], request.url.path.rpartition("/")[2]
            assert parent.split("-")[1] == asked
            found = left.pop(0) if len(left) > 1 else left[0]
            return found if isinstance(found, tuple) else found(asked)

        left = list(answers)
        scenario, base = vendor({"GET /api/v3/services": services or {"services": ["api"]}}, spec)
        scenario.answers = _Any(scenario.answers, traces)
        routes = [Route("/health", health), Route("/v1/me", health), *members.routes]
        keys = {"routes": {"protected": "/v1/me"}, **members.keys} if accounts else {}
        source = {"base": base, "patience": patience, **settings}
        seen = await told("tracing", {"jaeger": source}, production=serve(Router(routes=routes)), **keys)
        return seen, scenario, sent

    return ask


class _Any(dict):
    """Answers for any trace."""

    def __init__(self, known, traces):
        super().__init__(known)
        self.traces = traces

    def get(self, key, default=None):
        return self.traces if key.startswith("GET /api/v3/traces/") else super().get(key, default)


def whole(trace):
    root = span("a1", "ff", trace) | {"name": "GET /health"}
    return document(root, span("a2", "a1", trace, db_system="postgresql") | {"name": "SELECT"})


def facts(seen):
    return [seen.value("tracing.found"), seen.value("tracing.database_span")]


async def test_a_trace_is_followed_into_the_database(look, token):
    seen, scenario, sent = await look(NOT_YET, lambda trace: document(span("a1", "ff", trace)), whole, token=token)
    assert facts(seen) == [True, True]
    assert sent[0][0].endswith("-01")
    assert scenario.headers[0]["authorization"] == "Bearer credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)


async def test_a_trace_that_ends_before_the_database_is_seen(look):
    seen, _, _ = await look(lambda trace: document(span("a1", "ff", trace)))
    assert facts(seen) == [True, False]


async def test_a_trace_that_is_lost_is_seen(look):
    seen, _, _ = await look(NOT_YET)
    assert facts(seen) == [False, None]
    assert seen["tracing.database_span"].reason == "the trace is not found"


async def test_a_signed_in_user_is_what_reaches_the_database(look):
    seen, _, sent = await look(whole, accounts=True)
    assert facts(seen) == [True, True]
    assert sent[0][1:] == ("/v1/me", "person-0")


async def test_an_address_where_no_jaeger_is_does_not_look_like_a_lost_trace(look):
    seen, _, sent = await look(NOT_YET, services=(404, {}), spec="")
    assert seen["tracing.found"].status == "unavailable"
    assert sent == []
