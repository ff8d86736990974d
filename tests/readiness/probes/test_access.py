"""The declared matrix, the sweep and the tenants of a small platform."""

import pytest
from readiness.probes.access import access

from .house import COOKIE, DESCRIBED, House

MATRIX = {
    "access": [
        {"operation": "GET /me", "nobody": 401, "user": 200},
        {"operation": "GET /users/{own}", "nobody": 401, "user": 200},
        {"operation": "GET /users/{other}", "nobody": [401, 403], "user": [403, 404]},
    ],
    "public": ["POST /users", "POST /login"],
}
RIGHT = {
    "access.rows": 6,
    "access.violations": 0,
    "access.matrix_pct": 80,
    "access.swept": 3,
    "access.open_operations": 0,
    "access.cross_tenant_tried": 2,
    "access.cross_tenant": 0,
}


@pytest.fixture
def look(serve, target_of, observe):
    async def run(house, described=DESCRIBED, **keys):
        return await observe(access, target_of(serve(house.app), **{**described, **MATRIX, **keys}))

    return run


def values(seen):
    return {fact: seen.value(fact) for fact in RIGHT}


@pytest.mark.parametrize(("cookie", "described"), [(False, DESCRIBED), (True, COOKIE)], ids=["token", "cookie"])
async def test_a_platform_that_is_right(look, cookie, described):
    house = House(cookie=cookie)
    assert values(await look(house, described)) == RIGHT
    assert house.users == {}


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("any user", {"access.violations": 1, "access.cross_tenant": 1}),
        ("open", {"access.violations": 3, "access.cross_tenant": 1, "access.open_operations": 1}),
        ("any session", {"access.cross_tenant": 1}),
    ],
)
async def test_what_is_open_is_seen(look, fault, wrong):
    assert values(await look(House(frozenset({fault})))) == {**RIGHT, **wrong}


async def test_a_refusal_that_meets_the_owner_as_well_is_no_refusal(look):
    operations = {**DESCRIBED["operations"], "session_revoke": {"method": "DELETE", "path": "/nowhere/{id}"}}
    seen = await look(House(), operations=operations)
    assert seen.value("access.cross_tenant_tried") == 1


async def test_a_platform_without_a_matrix_or_a_document_is_unknown(look):
    seen = await look(House(), access=[], routes={})
    for fact in ("access.rows", "access.violations", "access.matrix_pct", "access.swept", "access.open_operations"):
        assert seen[fact].status == "unavailable"
    assert seen.value("access.cross_tenant") == 0


async def test_a_platform_that_declares_everything_public_is_not_swept(look):
    everything = ["POST /users", "POST /login", "GET /me", "GET /sessions", "GET /users/{id}"]
    seen = await look(House(), public=everything)
    assert "declared public" in seen["access.open_operations"].reason


async def test_a_column_of_the_administrator_needs_one(look):
    seen = await look(House(), access=[{"operation": "GET /me", "admin": 200}])
    assert "administrator" in seen["access.violations"].reason
