"""The log file: its last lines are counted, none is kept, and a request of our own is found by its id."""

import json
import os

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

GOOD = {"time": "2026-03-02T09:00:00Z", "level": "info", "message": "ok", "service": "api", "request_id": "r-1"}
PERSON = "anna@example.com"


@pytest.fixture
def log(tmp_path):
    """`log(records, …)` is a log file of these records or lines."""

    def write(*records):
        path = tmp_path / "api.log"
        lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


@pytest.fixture
def look(serve, told):
    async def ask(path, logging=True, status=200, **settings):
        async def health(request):
            if logging:
                with path.open("a") as file:
                    file.write(json.dumps(GOOD | {"request_id": request.headers["x-request-id"]}) + "\n")
            return JSONResponse({}, status)

        platform = serve(Router(routes=[Route("/health", health)]))
        source = {"path": str(path), "patience": "1s", **settings}
        return await told("logs", {"logfile": source}, production=platform)

    return ask


def facts(seen):
    return [
        seen.value(f"logs.{name}") for name in ("lines", "structured_pct", "traced_pct", "secrets", "request_found")
    ]


async def test_structured_lines_without_secrets_in_which_our_request_is_found(look, log):
    seen = await look(log(*[GOOD | {"trace_id": "t"}] * 250))
    assert facts(seen) == [250, 100, 100, 0, True]
    recorded = next(one for one in seen.survey.exchanges if one["kind"] == "log")
    assert (recorded["structured"], recorded["kinds"]) == (250, {})
    assert recorded["repeat"].startswith("tail -n 250 ")


async def test_free_text_with_an_address_in_which_our_request_is_not_found(look, log):
    seen = await look(log(*[GOOD] * 150, *[f"{PERSON} signed in"] * 50), logging=False)
    assert facts(seen) == [200, 75, 0, 50, False]
    assert PERSON not in str(seen.survey.exchanges)


async def test_names_of_fields_and_the_number_of_lines_can_be_said(look, log):
    other = {"at": 1, "sev": "info", "text": "ok", "svc": "api", "rid": "r-1"}
    names = {"time": ["at"], "level": ["sev"], "message": ["text"], "service": ["svc"], "request_id": ["rid"]}
    seen = await look(log(*["old"] * 500, *[other] * 300), fields=names, lines=300)
    assert facts(seen)[:2] == [300, 100]


async def test_an_empty_log_shows_nothing(look, log):
    seen = await look(log(), logging=False)
    assert facts(seen) == [0, None, None, None, False]
    assert seen["logs.secrets"].reason == "the log file is empty"


async def test_only_the_end_of_a_large_log_is_read(look, log, monkeypatch):
    import importlib

    monkeypatch.setattr(importlib.import_module("readiness.sources.logfile"), "MOST", 1_000)
    seen = await look(log(*[GOOD] * 500))
    assert facts(seen)[1] == 100  # the line that the cut goes through does not count
    assert facts(seen)[0] < 10


async def test_what_is_no_file_is_told(look, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, reason in (
        (pipe, "no regular file"),
        (tmp_path, "cannot be read"),
        (tmp_path / "gone", "cannot be read"),
    ):
        seen = await look(path, logging=False)
        assert reason in seen["logs.lines"].reason


async def test_a_platform_that_is_away_logs_no_request(look, log):
    seen = await look(log(*[GOOD] * 200), logging=False, status=503)
    assert seen["logs.request_found"].reason == "the request that was to be found again: status 503"
    assert seen.value("logs.lines") == 200
