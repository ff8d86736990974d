"""New Relic: transactions of the last hour; what it asks is held to the part of NerdGraph that it uses."""

import json

import pytest
from graphql import build_schema, graphql_sync

NERDGRAPH = build_schema(
    "scalar Nrql scalar NrdbResult type Query { actor: Actor } type Actor { account(id: Int!): Account }"
    " type Account { nrql(query: Nrql!): Results } type Results { results: [NrdbResult] }"
)


@pytest.fixture
def look(vendor, told, token):
    async def ask(results=None, answer=None, **settings):
        asked = []

        def nerdgraph(request, body):
            sent = json.loads(body)
            asked.append(sent["variables"])
            root = {"actor": {"account": lambda info, id: {"nrql": lambda info, query: {"results": results}}}}
            found = graphql_sync(NERDGRAPH, sent["query"], root, variable_values=sent["variables"])
            assert found.errors is None
            return {"data": found.data}

        scenario, base = vendor({"POST /graphql": answer or nerdgraph})
        source = {"key": token, "base": f"{base}/graphql", "account": 7, "application": "Anna's API", **settings}
        seen = await told("apm", {"newrelic": source})
        assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
        return seen, scenario, asked

    return ask


@pytest.mark.parametrize(
    ("counted", "values"),
    [((100, 100), [100, True]), ((100, 99), [100, False]), ((0, 0), [0, None])],
    ids=["tagged", "some without", "idle"],
)
async def test_transactions_are_counted_with_their_attributes(look, counted, values):
    seen, scenario, asked = await look([dict(zip(("requests", "tagged"), counted, strict=True))])
    assert [seen.value("apm.requests"), seen.value("apm.tagged")] == values
    assert scenario.headers[0]["api-key"] == "credential-of-a-vendor"
    assert asked[0]["account"] == 7
    assert r"WHERE appName = 'Anna\'s API' SINCE 1 hour ago" in asked[0]["nrql"]
    assert "`service.version` IS NOT NULL" in asked[0]["nrql"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"data": None, "errors": [{"message": "Invalid account"}]}, "newrelic answers with an error: Invalid account"),
        ({"data": {"actor": {"account": {"nrql": None}}}}, "holds no data.actor.account.nrql.results.0"),
        ((401, {}), "the credential is refused"),
    ],
)
async def test_an_error_that_is_answered_with_200_is_an_error(look, answer, reason):
    seen, _, _ = await look(answer=answer)
    assert seen["apm.requests"].status == "unavailable"
    assert reason in seen["apm.requests"].reason


async def test_an_attribute_is_a_name(look):
    with pytest.raises(ValueError, match="pattern"):
        await look([], attributes=["appName", "environment", "a` IS NULL"])
