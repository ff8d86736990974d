"""Factor: a small platform with a second factor that is kept well, and one for each way not to."""

import pyotp
import pytest
from readiness.probes.factor import factor
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WELL_KEPT = {
    "enrols": True,
    "demanded": True,
    "wrong_refused": True,
    "used_once": True,
    "drift": 1,
    "recovery_once": True,
    "removal_proven": True,
    "tries_limited": True,
}


def refusal(status=401):
    return JSONResponse({"error": "no"}, status)


class Vault:
    """Accounts with a second factor; `faults` names what is wrong with it."""

    def __init__(self, members, now, *faults):
        self.members, self.faults, self.totp = members, faults, pyotp.TOTP(SECRET)
        self.step = int(now.timestamp()) // 30
        self.confirmed, self.used, self.recovered, self.wrong = set(), {}, set(), {}
        posts = {
            "/v1/visits": self.sign_in,
            "/v1/factor": self.enrol,
            "/v1/factor/confirm": self.confirm,
            "/v1/challenges": self.challenge,
            "/v1/challenges/recovery": self.recover,
            "/v1/factor/remove": self.remove,
        }
        self.app = Starlette(
            routes=[
                *(Route(path, handle, methods=["POST"]) for path, handle in posts.items()),
                Route("/v1/me", self.me),
                *members.routes,
            ]
        )

    def person(self, request):
        id = self.members.who(request)
        if "challenge is a token" in self.faults and id is None:
            id = request.headers.get("authorization", "").removeprefix("Bearer challenge-of-")
        return id if id in self.members.emails else None

    def accepts(self, id, code):
        if "any code" in self.faults:
            return True
        reach = 4 if "wide" in self.faults else 1
        for step in range(self.step - reach, self.step + reach + 1):
            if self.totp.generate_otp(step) == code and (step not in self.used[id] or "reusable" in self.faults):
                self.used[id].add(step)
                return True
        return False

    async def sign_in(self, request):
        given = await request.json()
        id = next(id for id, known in self.members.emails.items() if known == given["email"])
        if id in self.confirmed and "not demanded" not in self.faults:
            return JSONResponse({"challenge": f"challenge-of-{id}"})
        return JSONResponse({"token": f"token-of-{id}"})

    async def me(self, request):
        return JSONResponse({"id": self.person(request)}) if self.person(request) else refusal()

    async def enrol(self, request):
        self.used[self.person(request)] = set()
        answer = {"uri": self.totp.provisioning_uri(name="ana", issuer_name="Fake"), "secret": SECRET}
        if "no address" in self.faults:
            del answer["uri"]
        return JSONResponse(answer)

    async def confirm(self, request):
        id = self.person(request)
        if "never right" in self.faults:
            return refusal(403)
        if "confirms anything" not in self.faults and not self.accepts(id, (await request.json())["code"]):
            return refusal(403)
        self.confirmed.add(id)
        return JSONResponse({"codes": ["recovery-one", "recovery-two"]})

    async def challenge(self, request):
        given = await request.json()
        id = given["challenge"].removeprefix("challenge-of-")
        many = self.wrong.get(id, 0) >= 5
        if many and "unlimited" not in self.faults:
            return refusal(401 if "locks silently" in self.faults else 423 if "locks" in self.faults else 429)
        if not self.accepts(id, given["code"]):
            self.wrong[id] = self.wrong.get(id, 0) + 1
            return refusal(500 if "breaks" in self.faults else 401)
        self.wrong[id] = 0
        return JSONResponse({"token": f"token-of-{id}"})

    async def recover(self, request):
        given = await request.json()
        id, code = given["challenge"].removeprefix("challenge-of-"), given["code"]
        if (id, code) in self.recovered and "recovery reusable" not in self.faults:
            return refusal()
        self.recovered.add((id, code))
        return JSONResponse({"token": f"token-of-{id}"})

    async def remove(self, request):
        given = await request.json()
        if "removed unproven" in self.faults or ("removed with nothing" in self.faults and not given["password"]):
            self.confirmed.discard(self.person(request))
            return JSONResponse({})
        return refusal(404 if "removal is elsewhere" in self.faults else 403)


@pytest.fixture
def look(serve, target_of, observe, members, now):
    """`await look("wide", without=("totp_recover",))` runs the probe on a platform with these faults."""

    async def run(*faults, without=()):
        vault = Vault(members, now, *faults)
        operations = {
            "me": {"method": "GET", "path": "/v1/me", "answer": {"id": "id"}},
            "sign_in": {
                "path": "/v1/visits",
                "body": {"email": "{email}"},
                "answer": {"access": "token", "challenge": "challenge"},
            },
            "totp_enrol": {"path": "/v1/factor", "answer": {"uri": "uri", "secret": "secret"}},
            "totp_confirm": {"path": "/v1/factor/confirm", "body": {"code": "{code}"}, "answer": {"recovery": "codes"}},
            "totp_disable": {"path": "/v1/factor/remove", "body": {"password": "{password}", "code": "{code}"}},
        }
        for name, path in (("totp_challenge", "/v1/challenges"), ("totp_recover", "/v1/challenges/recovery")):
            body = {"challenge": "{challenge}", "code": "{code}"}
            operations[name] = {"path": path, "body": body, "answer": {"access": "token"}}
        described = {name: how for name, how in operations.items() if name not in without}
        keys = members.keys | {"operations": members.keys["operations"] | described}
        seen = await observe(factor, target_of(serve(vault.app), **keys))
        assert not members.emails  # nothing is left behind
        return seen

    return run


def values(seen):
    return {name: seen.value(f"factor.{name}") for name in WELL_KEPT}


@pytest.mark.parametrize("faults", [(), ("locks",), ("locks silently",)], ids=str)
async def test_a_second_factor_that_is_kept_well_passes_everything(look, faults):
    assert values(await look(*faults)) == WELL_KEPT


@pytest.mark.parametrize(
    ("fault", "fact", "value"),
    [
        ("confirms anything", "enrols", False),
        ("challenge is a token", "demanded", False),
        ("reusable", "used_once", False),
        ("wide", "drift", 3),
        ("recovery reusable", "recovery_once", False),
        ("removed unproven", "removal_proven", False),
        ("removed with nothing", "removal_proven", False),
        ("unlimited", "tries_limited", False),
    ],
)
async def test_one_fault_turns_one_fact(look, fault, fact, value):
    assert values(await look(fault)) == WELL_KEPT | {fact: value}


async def test_a_password_that_suffices_leaves_the_rest_unseen(look):
    seen = await look("not demanded")
    assert seen.value("factor.enrols") is True
    assert seen.value("factor.demanded") is False
    assert {seen.value(f"factor.{name}") for name in WELL_KEPT if name not in ("enrols", "demanded")} == {None}


async def test_a_wrong_code_that_signs_in_is_seen(look):
    seen = await look("any code")
    assert seen.value("factor.enrols") is False
    assert seen.value("factor.wrong_refused") is False
    assert seen["factor.used_once"].reason == "no code has signed in"


async def test_a_server_error_is_no_refusal(look):
    seen = await look("breaks")
    assert seen.value("factor.wrong_refused") is None
    assert "500" in seen["factor.wrong_refused"].reason


async def test_a_right_code_that_is_refused_may_be_due_to_the_clocks(look):
    seen = await look("never right")
    assert {seen.value(f"factor.{name}") for name in WELL_KEPT} == {None}
    assert seen["factor.enrols"].reason.startswith("the platform's clock and this machine's are ")


async def test_a_removal_at_another_address_is_not_taken_for_refused(look):
    assert (await look("removal is elsewhere")).value("factor.removal_proven") is None


async def test_a_secret_without_an_address_is_enough_for_everything_but_enrolling(look):
    seen = await look("no address")
    assert values(seen) == WELL_KEPT | {"enrols": None}


async def test_what_is_not_described_stays_unknown_alone(look):
    seen = await look(without=("totp_recover",))
    assert values(seen) == WELL_KEPT | {"recovery_once": None}
    assert "totp_recover" in seen["factor.recovery_once"].reason


async def test_no_record_shows_a_code_or_a_secret(look):
    seen = await look()
    records = str(seen.survey.exchanges)
    assert SECRET not in records
    assert "recovery-one" not in records
