"""What a platform keeps of secrets in a real database: hashed and sealed, or in clear; and what an erasure leaves."""

import secrets

import pyotp
import pytest
from readiness.probes import stored as module
from readiness.probes.stored import stored
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...readiness.test_rows import database as database
from .house import DESCRIBED, OPERATIONS, House

TABLES = """
DROP TABLE users;
CREATE TABLE users (email text, hash text, totp bytea);
CREATE TABLE keys (digest text);
CREATE TABLE mails (body text);
"""
FACTS = ("password_scheme", "key_hidden", "totp_hidden", "text_columns", "erased_rows")
RIGHT = ["argon2id", True, True, 8, 0]
COLUMNS = {"email": "users.email", "password": "users.hash", "totp": "users.totp", "api_key": "keys.digest"}
MORE = {
    "api_key_create": {"path": "/keys", "answer": {"id": "id", "key": "key"}},
    "totp_enrol": {"path": "/factor", "answer": {"secret": "secret", "uri": "uri"}},
    "totp_confirm": {"path": "/factor/confirm", "body": {"code": "{code}"}},
}


class Vault(House):
    """The small platform with a database behind it."""

    def __init__(self, run, faults):
        super().__init__(frozenset(faults))
        self.run = run
        self.app.router.routes += [
            Route("/keys", self.make_key, methods=["POST"]),
            Route("/factor", self.enrol, methods=["POST"]),
            Route("/factor/confirm", self.confirm, methods=["POST"]),
        ]

    def email(self, request):
        user = self.session_of(request)["user"]
        return next(one["email"] for one in self.users.values() if one["id"] == user)

    async def sign_up(self, request):
        answer, given = await super().sign_up(request), await request.json()
        fast, plain = "fast" in self.faults, "plain" in self.faults
        kept = given["password"] if plain else "5f4dcc3b5aa7" if fast else "$argon2id$v=19$m=65536,t=3,p=4$c2Fs$aGFz"
        self.run("INSERT INTO users VALUES (%s, %s, NULL)", (given["email"], kept))
        self.run("INSERT INTO mails VALUES (%s)", (f"Dear {given['email'].upper()},",))
        return answer

    async def make_key(self, request):
        key = f"key_{secrets.token_urlsafe(24)}"
        if "keeps no key" not in self.faults:
            self.run("INSERT INTO keys VALUES (%s)", (key if "plain" in self.faults else secrets.token_hex(32),))
        return JSONResponse({"id": "1", "key": key}, 201)

    async def enrol(self, request):
        secret = pyotp.random_base32()
        kept = pyotp.TOTP(secret).byte_secret() if "plain" in self.faults else secrets.token_bytes(40)
        self.run("UPDATE users SET totp = %s WHERE email = %s", (kept, self.email(request)))
        shown = {} if "by address" in self.faults else {"secret": secret}
        return JSONResponse({"uri": pyotp.TOTP(secret).provisioning_uri(name="a"), **shown})

    async def confirm(self, request):
        return Response(status_code=204)

    async def bye(self, request):
        email, answer = self.email(request), await super().bye(request)
        self.run("DELETE FROM users WHERE email = %s", (email,))
        if "leaves mails" not in self.faults:
            self.run("DELETE FROM mails WHERE strpos(lower(body), lower(%s)) > 0", (email,))
        if "later" in self.faults:
            return JSONResponse({"erased_at": "2099-01-01T00:00:00Z"})
        return answer


@pytest.fixture
def look(serve, target_of, observe, database, monkeypatch):
    """`await look(*faults, **settings)`: what is seen of a platform with these faults and its database."""
    monkeypatch.setattr(module, "PAUSE_S", 0.01)

    async def ask(*faults, configured=True, **settings):
        rows, run = database
        run(TABLES)
        at = rows.place.parameters
        address = f"postgresql://{at['user']}:{at['password']}@{at['host']}:{at['port']}/{at['dbname']}"
        monkeypatch.setenv("DATABASE", address)
        vault = Vault(run, faults)
        delete = {**OPERATIONS["delete"], "answer": {"erased_at": "erased_at"}}
        described = {**DESCRIBED, "operations": {**OPERATIONS, **MORE, "delete": delete}}
        sources = {"postgres": {"address": "env:DATABASE", **COLUMNS, **settings}} if configured else {}
        seen = await observe(stored, target_of(serve(vault.app), sources=sources, **described))
        for one in vault.users.values():
            assert one["password"] not in str(seen.survey.exchanges)
        return seen

    return ask


def values(seen):
    return [seen.value(f"stored.{name}") for name in FACTS]


@pytest.mark.parametrize("faults", [(), ("by address",)])
async def test_secrets_that_are_hashed_and_sealed_and_an_erasure_that_leaves_nothing(look, faults):
    assert values(await look(*faults)) == RIGHT


async def test_secrets_in_clear_are_seen(look):
    assert values(await look("plain"))[:3] == ["none", False, False]


async def test_a_fast_hash_is_none_that_is_known(look):
    assert (await look("fast")).value("stored.password_scheme") == "none that is known"


async def test_rows_that_an_erasure_leaves_are_counted_but_for_those_the_law_keeps(look):
    assert (await look("leaves mails")).value("stored.erased_rows") == 1


async def test_tables_that_the_law_keeps_are_left_out(look):
    seen = await look("leaves mails", legal_hold=["mails"])
    assert values(seen)[3:] == [7, 0]


async def test_an_erasure_that_is_scheduled_says_nothing_of_what_it_will_leave(look):
    row = (await look("later"))["stored.erased_rows"]
    assert row.reason == "the erasure is scheduled for 2099-01-01 00:00"


async def test_a_column_that_gains_nothing_proves_nothing(look):
    row = (await look("keeps no key"))["stored.key_hidden"]
    assert row.reason == "keys.digest has no value more than before one was given"


async def test_a_column_that_is_not_named_is(look):
    assert (await look(totp=""))["stored.totp_hidden"].permission == "sources.postgres.totp"


async def test_without_the_database_nothing_is_known(look):
    seen = await look(configured=False)
    assert {row.permission for row in seen.values()} == {"sources.postgres"}
