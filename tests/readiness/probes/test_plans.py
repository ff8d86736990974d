"""Plans: limiters of several plans that are as published, or not."""

import time

import pytest
from readiness.probes.plans import plans
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

FREE, PRO = {"free": 10, "pro": 20}.items()


class Seller:
    """Sells plans; a fixed window for each key, begun by its first request."""

    def __init__(self, members, enforced=None, advertised=None, published=None, window=1.0, retry=1):
        sold = dict([FREE, PRO])
        self.enforced, self.advertised = enforced or sold, advertised or enforced or sold
        self.published, self.window, self.retry = published or sold, window, retry
        self.members, self.plans, self.windows = members, {"key-of-free": "free", "key-of-pro": "pro"}, {}
        members.emails["admin"] = "admin@fake.example"
        routes = [
            Route("/v1/keyed", self.keyed),
            Route("/v1/plans", self.table),
            Route("/v1/people/{id}/plan", self.change, methods=["PUT"]),
            Route("/v1/keys", self.make, methods=["POST"]),
        ]
        self.app = Starlette(routes=[*routes, *members.routes])

    async def table(self, request):
        items = [{"name": name, "requests": requests} for name, requests in self.published.items()]
        return JSONResponse({"items": items})

    async def change(self, request):
        if self.members.who(request) != "admin":
            return JSONResponse({}, 403)
        self.plans[f"key-of-{request.path_params['id']}"] = (await request.json())["plan"]
        return JSONResponse({})

    async def make(self, request):
        return JSONResponse({"key": f"key-of-{self.members.who(request)}"})

    async def keyed(self, request):
        key = request.headers.get("x-api-key", "")
        if key not in self.plans:
            return JSONResponse({}, 401)
        now = time.monotonic()
        begun, count = self.windows.get(key, (now, 0))
        if now - begun >= self.window:
            begun, count = now, 0
        self.windows[key] = begun, count + 1
        plan = self.plans[key]
        headers = {"X-RateLimit-Limit": str(self.advertised[plan]), "X-RateLimit-Remaining": "0"}
        if count < self.enforced[plan]:
            return JSONResponse({}, headers=headers)
        return JSONResponse({}, 429, headers=headers | {"Retry-After": str(self.retry)})


@pytest.fixture
def look(serve, target_of, observe, members, monkeypatch):
    """`await look(own=False, **what_the_seller_does)`: plans of declared keys, or of accounts that are put on them."""
    for plan in ("free", "pro"):
        monkeypatch.setenv(f"KEY_OF_{plan.upper()}", f"key-of-{plan}")
    monkeypatch.setenv("ADMIN_PASSWORD", "not a real password")

    async def run(*, own=False, names=("free", "pro"), without=(), **sold):
        seller = Seller(members, **sold)
        operations = {
            "keyed": {"method": "GET", "path": "/v1/keyed", "headers": {"X-API-Key": "{key}"}},
            "plans": {
                "method": "GET",
                "path": "/v1/plans",
                "answer": {"name": "items.*.name", "requests": "items.*.requests"},
            },
            "set_plan": {"method": "PUT", "path": "/v1/people/{id}/plan", "body": {"plan": "{plan}"}},
            "api_key_create": {"path": "/v1/keys", "answer": {"key": "key"}},
        }
        described = {name: how for name, how in operations.items() if name not in without}
        declared = [
            {"name": name, "requests": requests, "window": f"{sold.get('window', 1.0):g}s"}
            | ({} if own else {"key": f"env:KEY_OF_{name.upper()}"})
            for name, requests in (FREE, PRO)
            if name in names
        ]
        keys = members.keys | {
            "operations": members.keys["operations"] | described,
            "plans": declared,
            "admin": {"email": "admin@fake.example", "password": "env:ADMIN_PASSWORD"},
        }
        return await observe(plans, target_of(serve(seller.app), **keys))

    return run


def values(seen):
    return [seen.value(f"plans.{name}") for name in ("tried", "mismatched", "distinct", "all_as_published")]


@pytest.mark.parametrize("own", [True, False], ids=["account", "key"])
async def test_plans_with_the_published_limits_pass(look, members, own):
    seen = await look(own=own)
    assert values(seen) == [2, 0, True, True]
    assert members.emails == {"admin": "admin@fake.example"}
    assert "key-of-" not in str(seen.survey.exchanges)


@pytest.mark.parametrize(
    ("sold", "mismatched", "distinct"),
    [
        ({"enforced": {"free": 10, "pro": 10}}, 1, False),
        ({"enforced": {"free": 10, "pro": 14}, "advertised": {"free": 10, "pro": 20}}, 1, True),
        ({"enforced": {"free": 10, "pro": 1000}, "advertised": {"free": 10, "pro": 20}, "window": 20.0}, 1, True),
        ({"advertised": {"free": 10, "pro": 25}}, 1, True),
        ({"published": {"free": 10, "pro": 25}}, 1, True),
        ({"published": {"free": 10}}, 1, True),
    ],
    ids=["alike", "too low", "none", "advertised", "published", "left out"],
)
async def test_a_limit_other_than_the_published_one_is_seen(look, sold, mismatched, distinct):
    assert values(await look(**sold)) == [2, mismatched, distinct, False]


async def test_a_table_that_is_not_described_is_not_missed(look):
    assert values(await look(without=("plans",), published={"free": 1})) == [2, 0, True, True]


async def test_one_plan_shows_no_difference(look):
    seen = await look(names=("free",))
    assert values(seen) == [1, 0, None, True]
    assert seen["plans.distinct"].reason == "the target file names one plan only"


async def test_a_plan_that_was_not_seen_leaves_the_whole_open(look, monkeypatch):
    monkeypatch.setenv("KEY_OF_PRO", "key-of-nobody")
    seen = await look()
    assert values(seen) == [None, 0, None, None]
    assert seen["plans.all_as_published"].reason == "pro: keyed was answered with 401"


async def test_nothing_is_exceeded_without_plans_or_a_grant(target_of, observe):
    seen = await observe(plans, target_of("http://127.0.0.1:1"))
    assert seen["plans.tried"].reason == "the target file names no plans"
    one = [{"name": "free", "requests": 10, "window": "1s"}]
    seen = await observe(plans, target_of("http://192.0.2.1:9", plans=one, pace={"timeout": "0.2s"}))
    assert {row.permission for row in seen.values()} == {"burst"}
