"""Keys: a platform that keeps to its keys' scope and life, and others that do not."""

import importlib
from datetime import UTC, datetime

import pytest
from readiness.probes.keys import keys
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # what the observing's clock says all the time
GOOD = {
    "keys.accepted": True,
    "keys.unknown_refused": True,
    "keys.shown_once": True,
    "keys.last_use_shown": True,
    "keys.scope_kept": True,
    "keys.rotates": True,
    "keys.expires": True,
}
OPERATIONS = {
    "api_key_create": {
        "path": "/v1/tokens",
        "body": {"label": "{name}", "until": "{expires_at}"},
        "answer": {"id": "data.id", "key": "data.text"},
    },
    "api_keys": {"method": "GET", "path": "/v1/tokens", "answer": {"id": "*.id", "last_used": "*.used"}},
    "api_key_revoke": {"method": "DELETE", "path": "/v1/tokens/{id}"},
    "api_key_rotate": {"path": "/v1/tokens/{id}/next", "answer": {"id": "data.id", "key": "data.text"}},
    "keyed": {"method": "GET", "path": "/v1/in", "headers": {"X-Token": "{key}"}},
    "keyed_other": {"method": "GET", "path": "/v1/out", "headers": {"X-Token": "{key}"}},
}


class Locksmith:
    """Makes keys; right in everything but what `wrong` names. One with an expiry ends with its first use."""

    def __init__(self, members, wrong=""):
        self.members, self.wrong, self.keys, self.made = members, wrong, {}, 0
        self.app = Starlette(
            routes=[
                Route("/v1/tokens", self.create, methods=["POST"]),
                Route("/v1/tokens", self.listed),
                Route("/v1/tokens/{id}", self.revoke, methods=["DELETE"]),
                Route("/v1/tokens/{id}/next", self.rotate, methods=["POST"]),
                Route("/v1/in", self.within),
                Route("/v1/out", self.beyond),
                *members.routes,
            ]
        )

    def make(self, ends=False):
        self.made += 1
        text = f"k{self.made}-{chr(96 + self.made) * 6}QRSTUVWXYZ0123456789"
        self.keys[text] = {"id": str(self.made), "ends": ends, "ended": False, "used": None, "revoked": False}
        return {"data": {"id": str(self.made), "text": text}}

    async def create(self, request):
        until = (await request.json()).get("until")
        return JSONResponse(self.make(bool(until) and datetime.fromisoformat(until) > NOW), 201)

    async def listed(self, request):
        shown = 40 if self.wrong == "shown" else 20 if self.wrong == "half shown" else 4
        items = [{**key, "text": text[:shown]} for text, key in self.keys.items() if not key["revoked"]]
        return JSONResponse([] if self.wrong == "empty list" else items)

    async def revoke(self, request):
        for key in self.keys.values():
            if key["id"] == request.path_params["id"]:
                key["revoked"] = self.wrong != "revocation"
        return JSONResponse({})

    async def rotate(self, request):
        if self.wrong == "cuts":
            await self.revoke(request)
        return JSONResponse(self.make())

    def answer(self, request, scope):
        key = self.keys.get(request.headers.get("x-token", ""))
        if self.wrong == "any":
            return JSONResponse({})
        if not key or key["revoked"] or self.wrong == "none":
            return JSONResponse({}, 401)
        if key["ended"] and self.wrong != "expiry":
            return JSONResponse({}, 401)
        key["ended"] = key["ends"]
        if scope == "out" and self.wrong != "scope":
            return JSONResponse({}, 500 if self.wrong == "broken" else 403)
        key["used"] = None if self.wrong == "last use" else key["used"] or "2026-03-02T09:00:00Z"
        return JSONResponse({})

    async def within(self, request):
        return self.answer(request, "in")

    async def beyond(self, request):
        return self.answer(request, "out")


@pytest.fixture
def look(serve, target_of, observe, members, monkeypatch):
    module = importlib.import_module("readiness.probes.keys")
    for name, seconds in {"REVOKED_WITHIN": 0.6, "LIFE": 0.1, "LATE": 0.1, "LAST_USE_WITHIN": 0.1}.items():
        monkeypatch.setattr(module, name, seconds)

    async def run(wrong="", leave_out=(), **described):
        operations = {**members.keys["operations"], **OPERATIONS, **described}
        operations = {name: value for name, value in operations.items() if name not in leave_out}
        locksmith = Locksmith(members, wrong)
        seen = await observe(keys, target_of(serve(locksmith.app), **{**members.keys, "operations": operations}))
        seen.locksmith = locksmith
        return seen

    return run


async def test_keys_that_are_kept_to_everything_pass_and_are_revoked_at_the_end(look):
    seen = await look()
    assert {fact: seen.value(fact) for fact in GOOD} == GOOD
    assert seen.value("keys.revocation_s") > 0
    assert [exchange["status"] for exchange in seen.survey.exchanges if "revoked key" in exchange["note"]] == [401]
    assert all(key["revoked"] for key in seen.locksmith.keys.values())
    assert seen.locksmith.members.emails == {}
    recorded = str(seen.survey.exchanges)
    assert not any(text in recorded for text in seen.locksmith.keys)


@pytest.mark.parametrize(
    ("wrong", "fact"),
    [
        ("shown", "keys.shown_once"),
        ("half shown", "keys.shown_once"),
        ("scope", "keys.scope_kept"),
        ("expiry", "keys.expires"),
        ("last use", "keys.last_use_shown"),
        ("cuts", "keys.rotates"),
    ],
)
async def test_each_fault_is_seen_in_its_own_fact(look, wrong, fact):
    seen = await look(wrong)
    assert {name for name, value in GOOD.items() if seen.value(name) is not value} == {fact}
    assert seen.value(fact) is False


async def test_a_revoked_key_that_goes_on_working_has_the_time_it_was_tried_for(look):
    assert (await look("revocation")).value("keys.revocation_s") > 0.6


async def test_an_operation_open_to_everybody_proves_nothing_of_scope_but_its_own_fault(look):
    seen = await look("any")
    assert seen.value("keys.unknown_refused") is False
    assert seen.value("keys.scope_kept") is False
    assert seen.value("keys.expires") is False


async def test_keys_that_never_work_prove_no_refusal(look):
    seen = await look("none")
    assert seen.value("keys.accepted") is False
    for fact in ("keys.scope_kept", "keys.expires", "keys.last_use_shown", "keys.rotates", "keys.revocation_s"):
        assert seen[fact].reason == "a new key is refused within its scope"


async def test_a_server_error_is_no_refusal(look):
    seen = await look("broken")
    assert seen["keys.scope_kept"].reason == "keyed_other was answered with status 500"


async def test_a_list_without_the_key_shows_nothing(look):
    seen = await look("empty list")
    assert seen["keys.shown_once"].status == seen["keys.last_use_shown"].status == "unavailable"


async def test_what_is_not_described_is_unknown_with_that_reason(look):
    seen = await look(
        leave_out=("api_key_rotate", "keyed_other"),
        api_key_create={**OPERATIONS["api_key_create"], "body": {"label": "{name}"}},
    )
    assert seen["keys.rotates"].reason == "the target file does not describe the operation api_key_rotate"
    assert seen["keys.scope_kept"].reason == "the target file does not describe the operation keyed_other"
    assert seen["keys.expires"].reason == "the description of api_key_create has no {expires_at}"
    assert seen.value("keys.accepted") is True
