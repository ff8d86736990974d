"""Vendors on loopback: what a test says they answer, held to their own descriptions where those are at hand."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import botocore.loaders
import pytest
from readiness.evidence import Fact
from readiness.probes import discover, supplied
from readiness.survey import survey
from starlette.requests import Request
from starlette.responses import Response

from ...conftest import Observed
from ..probes.conftest import authority as authority
from ..probes.conftest import listen as listen
from ..probes.conftest import members as members
from ..probes.conftest import new_authority as new_authority

SPECS = Path(__file__).parents[4] / "shared" / "vendor-specs"
"""Vendors' own descriptions of their APIs; they are not part of the project."""

Answer = Any
"""JSON values (status 200), (status, JSON values), (status, JSON values, headers), or a function of the request."""


@dataclass
class Scenario:
    """One vendor on loopback.

    Attributes:
        answers: `GET /path` (as asked, without query) → answer, or a list of answers given in turn.
        asked: Every request: `GET /path?query`.
        headers: Headers of each.
        contract: Holds every request and answer to the vendor's description; raises what is not as described.
        beyond: Paths (a pattern) that the description at hand leaves out.
    """

    answers: dict[str, Answer]
    contract: "Contract | None" = None
    beyond: str = ""
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        body = await request.body()
        query = request.url.query
        self.asked.append(f"{request.method} {request.url.path}" + (f"?{query}" if query else ""))
        self.headers.append(dict(request.headers))
        found = self.answers.get(f"{request.method} {request.url.path}", (404, {"message": "not found"}))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if callable(found):
            found = found(request, body)
        status, value, headers = (*found, {})[:3] if isinstance(found, tuple) else (200, found, {})
        text = value if isinstance(value, str) else json.dumps(value)
        if self.contract and not re.fullmatch(self.beyond, request.url.path):
            self.broken += self.contract.check(request, body, status, text)
        await Response(text, status, {"content-type": "application/json", **headers})(scope, receive, send)


class Contract:
    """A vendor's OpenAPI description.

    Args:
        path: The document.
    """

    def __init__(self, path: Path) -> None:
        from openapi_core import OpenAPI

        self.document = json.loads(path.read_text(encoding="utf-8"))
        self.server = urlsplit(self.document.setdefault("servers", [{"url": "/"}])[0]["url"])
        self.paths = self.document["paths"]
        self.openapi = OpenAPI.from_dict(self.document)

    def check(self, request: Request, body: bytes, status: int, text: str) -> list[str]:
        """What of one exchange is not as described, a line each; of one that is refused, the request alone."""
        from openapi_core.exceptions import OpenAPIError

        asked = _Asked(self.server, request, body)
        answered = _Answered(status, text.encode())
        found = []
        try:
            operation = self.openapi.unmarshal_request(asked)
        except OpenAPIError as error:
            return [f"{request.method} {request.url.path}: {error!r} {error.__cause__!r}"]
        if operation.errors:
            return [f"{request.method} {request.url.path}: {error!r}" for error in operation.errors]
        found += [f"{request.url.path}: unknown query parameter {name!r}" for name in self._unknown(asked)]
        if status < 400:
            try:
                self.openapi.validate_response(asked, answered)
            except OpenAPIError as error:
                wrong = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
                places = [
                    (".".join(map(str, getattr(one, "absolute_path", ()))), getattr(one, "message", one))
                    for one in wrong
                ]
                found += [
                    f"{request.method} {request.url.path}: answer: {place}: {message}" for place, message in places
                ]
        return found

    def _unknown(self, asked: "_Asked") -> list[str]:
        """Query parameters that the operation does not have: openapi-core passes them over."""
        within = asked.path.removeprefix(self.server.path.rstrip("/"))
        template = min(
            (path for path in self.paths if re.fullmatch(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)), within)),
            key=lambda path: path.count("{"),
        )
        holders = (self.paths[template], self.paths[template][asked.method])
        described = [one for holder in holders for one in holder.get("parameters", [])]
        known = {self.resolved(one)["name"] for one in described}
        return [name for name in asked.names if name not in known]

    def skeleton(self, path: str, *within: str) -> Any:
        """The least that GET of a path may be answered with, all of it empty; `within` leads into its schema."""
        schema = self.paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        for step in within:
            schema = self.resolved(schema)[step]
        return self._least(schema)

    def _least(self, schema: dict[str, Any]) -> Any:
        schema = self.resolved(schema)
        for one in schema.get("oneOf") or schema.get("anyOf") or ():
            return self._least(one)
        if schema.get("nullable"):
            return None
        if "enum" in schema:
            return schema["enum"][0]
        if "properties" in schema or schema.get("type") == "object":
            known = schema.get("properties", {})
            return {name: self._least(known[name]) for name in schema.get("required", ())}
        text = "2026-03-01T00:00:00Z" if schema.get("format") == "date-time" else ""
        kinds = {"array": [], "string": text, "boolean": False, "integer": 0, "number": 0}
        return kinds.get(schema.get("type", ""), {})

    def resolved(self, value: dict[str, Any]) -> dict[str, Any]:
        """What a reference leads to."""
        while "$ref" in value:
            found: Any = self.document
            for step in value["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            value = found
        return value


class _Asked:
    """A request as openapi-core wants it: at the described server, whatever loopback port took it."""

    def __init__(self, server: Any, request: Request, body: bytes) -> None:
        from openapi_core.datatypes import RequestParameters
        from werkzeug.datastructures import Headers, ImmutableMultiDict

        self.host_url = f"{server.scheme}://{server.netloc}" if server.netloc else "http://localhost"
        self.path = server.path.rstrip("/") + request.url.path
        self.full_url_pattern = self.host_url + self.path
        self.method = request.method.lower()
        self.body = body or None
        self.content_type = request.headers.get("content-type", "application/json").partition(";")[0]
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        self.names = list(dict.fromkeys(name for name, _ in pairs))
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(pairs),
            header=Headers(list(request.headers.items())),
            cookie=ImmutableMultiDict(),
        )


@pytest.fixture(scope="session", autouse=True)
def descriptions_once() -> Iterator[None]:
    """boto3 reads megabytes of JSON with each session, and each test begins sessions of its own: they are read once."""
    with pytest.MonkeyPatch.context() as patch:
        loader = botocore.loaders.JSONFileLoader
        patch.setattr(loader, "load_file", staticmethod(cache(loader().load_file)))
        yield


class _Answered:
    """An answer as openapi-core wants it."""

    def __init__(self, status: int, data: bytes) -> None:
        from werkzeug.datastructures import Headers

        self.status_code, self.data, self.content_type = status, data, "application/json"
        self.headers = Headers({"content-type": "application/json"})


@cache
def contract_of(name: str) -> Contract:
    """The description of a vendor; skips the test where it is not at hand."""
    path = SPECS / name
    if not path.is_file():
        pytest.skip(f"the vendor's description {name} is not at hand")
    return Contract(path)


@pytest.fixture
def at_hand() -> Callable[[str], str]:
    """`at_hand("github.json")`: the name where the description is there, else empty: then nothing is held to it."""
    return lambda name: name if name and (SPECS / name).is_file() else ""


@pytest.fixture
def example() -> Callable[..., Any]:
    """`example("github.json", "/repos/…")`: the first answer that a description gives as an example, else `{}`."""

    def read(name: str, path: str) -> Any:
        if not (SPECS / name).is_file():
            return {}
        described = contract_of(name)
        answer = described.resolved(described.paths[path]["get"]["responses"]["200"])
        given = answer["content"]["application/json"]["examples"]
        return deepcopy(described.resolved(next(iter(given.values())))["value"])

    return read


@pytest.fixture
def vendor(serve: Callable[..., str]) -> Iterator[Callable[..., tuple[Scenario, str]]]:
    """`scenario, base = vendor(answers, "github.json")`: a vendor on loopback, held to its description where named."""
    started: list[Scenario] = []

    def start(answers: dict[str, Answer], spec: str = "", beyond: str = "") -> tuple[Scenario, str]:
        scenario = Scenario(answers, contract_of(spec) if spec else None, beyond)
        started.append(scenario)
        return scenario, serve(scenario)

    yield start
    for scenario in started:
        assert scenario.broken == []


@pytest.fixture
def told(observe: Callable[..., Any], target_of: Callable[..., Any]) -> Callable[..., Any]:
    """`await told("uptime", {"uptimerobot": {…}}, **target_keys)`: what a subject's probe says with these sources."""

    async def ask(subject: str, sources: dict[str, Any], **keys: Any) -> Any:
        probe = next(probe for probe in discover() if probe.name == subject)
        return await observe(probe, target_of(keys.pop("production", "http://127.0.0.1:9"), sources=sources, **keys))

    return ask


@pytest.fixture
def tell(target_of: Callable[..., Any], now: datetime) -> Callable[..., Any]:
    """`await tell({"cache.bounded": "boolean"}, {"upstash": {…}})`: these facts, of whatever subjects, by sources."""

    async def ask(facts: dict[str, Any], sources: dict[str, Any]) -> Observed:
        subjects = dict.fromkeys(name.partition(".")[0] for name in facts)
        probes = [
            supplied(*(Fact(name, kind, "A fact.") for name, kind in facts.items() if name.startswith(f"{subject}.")))
            for subject in subjects
        ]
        result = await survey(target_of("http://127.0.0.1:9", sources=sources), probes, now=lambda: now)
        seen = Observed({row.fact: row for row in result.evidence.itertuples()})
        seen.survey = result
        return seen

    return ask


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """A reference to a credential; its value is `credential-of-a-vendor`."""
    monkeypatch.setenv("VENDOR_TOKEN", "credential-of-a-vendor")
    return "env:VENDOR_TOKEN"
