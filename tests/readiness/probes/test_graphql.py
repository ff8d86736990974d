"""GraphQL: endpoints that bound and authorize what is asked, and those that do not."""

from datetime import UTC, date, datetime

import pytest
from graphql import GraphQLError, build_schema, graphql_sync, parse, validate
from readiness.attestation import Attestation
from readiness.probes.graphql import graphql
from readiness.survey import survey
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

SCHEMA = """
type Query { viewer: Person person(id: ID!): Person }
type Person { id: ID! email: String friends: [Person!] }
"""
SOUND = {"query": "answered", "deep_query": "refused", "anonymous": "refused", "others": "refused"}
ENDING = "type Query { viewer: Person person(id: ID!): Person } type Person { id: ID! email: String }"


class Endpoint:
    """An endpoint over the members; `faults` names what it does wrong."""

    def __init__(self, members, *faults, text=SCHEMA, friends=1):
        self.members, self.faults, self.friends = members, faults, friends
        self.schema = build_schema(text)
        self.app = Starlette(routes=[*members.routes, Route("/graph", self.answer, methods=["POST"])])

    async def answer(self, request):
        query, asking = (await request.json())["query"], self.members.who(request)
        if asking is None and "open" not in self.faults:
            return JSONResponse({"error": "nobody"}, 401)
        if "limited" in self.faults:
            return JSONResponse({"error": "slow down"}, 429)
        if "schema" in query and "secretive" in self.faults:
            return JSONResponse({"errors": [{"message": "no introspection"}]}, 400)
        if query.count("{") > 11 and "__schema" not in query and "deep" not in self.faults:
            return JSONResponse({"errors": [{"message": "too deep"}]})
        if errors := validate(self.schema, parse(query)):
            return JSONResponse({"errors": [one.formatted for one in errors]}, 400)
        found = graphql_sync(self.schema, query, field_resolver=self.resolver(asking))
        return JSONResponse(found.formatted)

    def resolver(self, asking):
        def resolve(source, info, **arguments):
            match info.field_name:
                case "viewer":
                    return asking
                case "person":
                    if arguments["id"] != asking and asking is not None and "careless" not in self.faults:
                        raise GraphQLError("not yours")
                    return arguments["id"]
                case "id":
                    return source
                case "email":
                    return self.members.emails.get(source, "")
            return [source] * self.friends

        return resolve


@pytest.fixture
def look(serve, target_of, observe, members):
    async def run(*faults, **options):
        endpoint = Endpoint(members, *faults, **options)
        described = {"graphql": {"path": "/graph", "body": {"query": "{query}"}}}
        values = {**members.keys, "operations": {**members.keys["operations"], **described}}
        return await observe(graphql, target_of(serve(endpoint.app), **values))

    return run


async def test_a_bounded_and_authorized_endpoint_passes(look):
    seen = await look()
    assert {name: seen.value(f"graphql.{name}") for name in SOUND} == SOUND
    assert seen.survey.left == ()
    assert seen.survey.accounts == 2


@pytest.mark.parametrize(
    ("fault", "fact"),
    [("deep", {"deep_query": "answered"}), ("open", {"anonymous": "shown"}), ("careless", {"others": "shown"})],
)
async def test_what_is_missing_is_seen(look, fault, fact):
    seen = await look(fault)
    assert {name: seen.value(f"graphql.{name}") for name in SOUND} == SOUND | fact


async def test_a_schema_that_comes_to_an_end_admits_no_deep_query(look):
    assert (await look("deep", text=ENDING)).value("graphql.deep_query") == "refused"


async def test_a_query_that_would_multiply_is_not_sent(look):
    seen = await look("deep", friends=3)
    assert "too much" in seen["graphql.deep_query"].reason
    assert max(item.get("content", "").count("friends") for item in seen.survey.exchanges) == 2


async def test_without_the_schema_nothing_can_be_made(look):
    seen = await look("secretive")
    assert seen.value("graphql.query") == "answered"
    for name in ("deep_query", "anonymous", "others"):
        assert "schema is not told" in seen[f"graphql.{name}"].reason


async def test_being_rate_limited_says_nothing(look):
    assert {row.status for row in (await look("limited")).values()} == {"unavailable"}


async def test_a_platform_without_graphql_stays_unknown(target_of, observe):
    seen = await observe(graphql, target_of("http://127.0.0.1:9"))
    assert {row.reason for row in seen.values()} == {"the target file does not describe the operation graphql"}


async def test_a_recorded_decision_stands_for_a_platform_without_graphql(target_of):
    days = {"attested_on": date(2026, 1, 1), "expires_on": date(2026, 12, 31)}
    items = [
        Attestation(fact=f"graphql.{name}", value="declined", statement="Not offered: REST does.", by="Us", **days)
        for name in SOUND
    ]
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    result = await survey(target_of("http://127.0.0.1:9"), [graphql], attestations=items, now=lambda: now)
    assert result.evidence["text"].tolist() == ["declined"] * 4
