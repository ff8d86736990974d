"""Export, erasure, import and the audit log, as whole flows."""

import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

PASSWORD = "correct horse battery staple"


class Person:
    """Somebody signed in at one platform."""

    def __init__(self, client, email, password):
        self.client, self.email, self.password, self.token = client, email, password, ""
        self.token = self.sign_in().json()["access_token"]
        self.id = self.ask("GET", "/auth/me").json()["id"]

    def ask(self, method, path, body=None, **options):
        headers = {"User-Agent": f"laptop of {self.email}"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.client.request(method, f"/api/v1{path}", json=body, headers=headers, **options)

    def sign_in(self):
        return self.ask("POST", "/auth/signin", {"email": self.email, "password": self.password})


class Platform:
    """One running platform, and who is there."""

    def __init__(self, sample, client, inbox):
        self.at, self.client, self.inbox = sample.addresses, client, inbox

    def member(self):
        email = f"ada.{uuid.uuid4().hex[:8]}@example.com"
        self.client.post("/api/v1/auth/signup", json={"email": email, "password": PASSWORD})
        token = self.inbox.token(email, "Verify your address")
        assert self.client.post("/api/v1/auth/verify", json={"token": token}).status_code == 200
        return Person(self.client, email, PASSWORD)

    def administrator(self):
        return Person(self.client, "admin@sample.test", Path(self.at.admin_password_file).read_text())

    def rows(self, query):
        with psycopg.connect(self.at.postgres.replace("+psycopg", "")) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def open_platform(start, connect, open_inbox):
    """`with open_platform(*defects) as platform`: one of its own, since sign-ups are limited."""

    @contextmanager
    def opened(*defects):
        with start(*defects) as sample, connect(sample.addresses) as client:
            yield Platform(sample, client, open_inbox(sample.addresses))

    return opened


@pytest.fixture
def platform(open_platform):
    with open_platform() as opened:
        yield opened


def test_an_export_holds_everything_of_its_owner_and_nothing_else(platform):
    one, other = platform.member(), platform.member()
    assert one.ask("PATCH", "/auth/me", {"name": "Ada of the export"}).status_code == 200
    key = one.ask("POST", "/keys", {"name": "nightly", "scopes": ["profile:read"]}).json()
    other.ask("POST", "/keys", {"name": "of somebody else", "scopes": ["profile:read"]})
    answer = one.ask("POST", "/auth/me/export", {"password": one.password})
    assert answer.status_code == 200
    export = answer.json()
    assert export["profile"]["name"] == "Ada of the export"
    assert export["profile"]["email"] == one.email
    assert [found["device"] for found in export["sessions"]] == [f"laptop of {one.email}"]
    assert [found["name"] for found in export["api_keys"]] == ["nightly"]
    assert {"account.created", "signin.succeeded", "key.created"} <= {
        event["action"] for event in export["audit_events"]
    }
    assert key["key"] not in answer.text
    assert "hash" not in answer.text
    for foreign in (other.email, other.id, "of somebody else"):
        assert foreign not in answer.text


def test_an_export_asks_for_the_password_again(platform):
    one = platform.member()
    assert one.ask("POST", "/auth/me/export", {"password": "another one entirely"}).status_code == 403
    one.token = ""
    assert one.ask("POST", "/auth/me/export", {"password": one.password}).status_code == 401


def people(count):
    return [{"email": f"person-{n}@example.com", "name": f"Person {n}"} for n in range(count)]


def test_an_import_takes_good_rows_reports_bad_ones_and_can_be_repeated(platform):
    admin = platform.administrator()
    rows = people(1_000)
    rows[6] = {"email": "nobody", "name": "x"}
    rows[7] = {"email": "PERSON-5@example.com"}
    rows[8]["name"] = "x" * 101
    begun = time.monotonic()
    first = admin.ask("POST", "/admin/imports", {"rows": rows})
    assert time.monotonic() - begun < 3
    assert first.status_code == 201
    assert first.json()["created"] == 997
    assert [error["row"] for error in first.json()["errors"]] == [7, 8, 9]
    again = admin.ask("POST", "/admin/imports", {"rows": rows}).json()
    assert (again["created"], again["known"]) == (0, 997)
    found = admin.ask("GET", "/admin/users", params={"email": "person-99"}).json()["items"]
    assert len(found) == 11
    assert (
        platform.client.post(
            "/api/v1/auth/signin", json={"email": "person-1@example.com", "password": PASSWORD}
        ).status_code
        == 401
    )
    for made in (again, first.json()):
        assert admin.ask("DELETE", f"/admin/imports/{made['id']}").status_code == 204
    assert admin.ask("DELETE", f"/admin/imports/{again['id']}").status_code == 404
    for table in ("accounts", "tenants"):
        assert platform.rows(f"SELECT count(*) FROM {table}") == [(1,)]


def test_imports_are_for_administrators_and_bounded(platform):
    user, admin = platform.member(), platform.administrator()
    assert user.ask("POST", "/admin/imports", {"rows": people(1)}).status_code == 403
    assert user.ask("DELETE", f"/admin/imports/{uuid.uuid4()}").status_code == 403
    assert admin.ask("POST", "/admin/imports", {"rows": []}).status_code == 422
    assert admin.ask("POST", "/admin/imports", {"rows": people(5_001)}).status_code == 422
    assert admin.ask("POST", "/admin/imports", {"rows": [{"email": "x" * 2_100_000}]}).status_code == 413
    assert user.ask("POST", "/keys", {"name": "x" * 70_000, "scopes": []}).status_code == 413


def test_the_audit_log_is_read_by_administrators_and_by_everybody_for_themselves(platform):
    user, other, admin = platform.member(), platform.member(), platform.administrator()
    platform.client.post("/api/v1/auth/signin", json={"email": user.email, "password": "wrong"})
    own = user.ask("GET", "/audit").json()["items"]
    assert {event["actor_id"] for event in own} == {user.id}
    failed = own[0]
    assert (failed["action"], failed["result"], failed["address"]) == ("signin.failed", "refused", "127.0.0.1")
    assert admin.ask("GET", "/audit", params={"actor": user.id}).json()["items"] == own
    assert user.ask("GET", "/audit", params={"actor": other.id}).status_code == 403
    assert len(admin.ask("GET", "/audit").json()["items"]) > len(own)


def test_a_switched_off_account_stays_though_nobody_can_sign_in(open_platform):
    with open_platform("delete-deactivates") as platform:
        user, admin = platform.member(), platform.administrator()
        assert user.ask("POST", "/auth/me/delete", {"password": user.password}).status_code == 204
        assert user.ask("GET", "/auth/me").status_code == 401
        assert user.sign_in().status_code == 401
        assert len(admin.ask("GET", "/admin/users", params={"email": user.email}).json()["items"]) == 1
        assert admin.ask("DELETE", f"/admin/users/{user.id}").status_code == 204
        assert platform.rows("SELECT count(*) FROM accounts") == [(1,)]


def test_importing_defects_show(open_platform):
    rows = [*people(3), {"email": "nobody"}]
    with open_platform("import-duplicates", "import-hides-bad-rows", "import-open") as platform:
        user = platform.member()
        first, second = (user.ask("POST", "/admin/imports", {"rows": rows}).json() for _ in range(2))
        assert (first["created"], second["created"], second["errors"]) == (3, 3, [])
        assert ("person-0+1@example.com",) in platform.rows("SELECT email FROM accounts")
    with open_platform("import-all-or-nothing") as platform:
        assert platform.administrator().ask("POST", "/admin/imports", {"rows": rows}).status_code == 422
