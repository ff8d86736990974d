import uuid
from pathlib import Path
from types import SimpleNamespace

import jwt
import psycopg
import pytest

AUTH = "/api/v1/auth"
PASSWORD = "correct horse battery staple"
ANOTHER = "a rather different passphrase"
VERIFY = "Verify your address"
RESET = "Reset your password"


class User:
    """Somebody at one platform: asks, and reads the mail that comes."""

    def __init__(self, client, inbox):
        self.client, self.inbox = client, inbox
        self.email, self.password, self.token = f"ada.{uuid.uuid4().hex[:8]}@example.com", PASSWORD, ""
        self.device = "laptop"

    def ask(self, method, path, body=None, **options):
        headers = {"User-Agent": self.device} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        return self.client.request(method, f"/api/v1{path}", json=body, headers=headers, **options)

    def sign_up(self):
        return self.ask("POST", "/auth/signup", {"email": self.email, "password": self.password})

    def verify(self):
        token = self.inbox.token(self.email, VERIFY)
        return self.ask("POST", "/auth/verify", {"token": token})

    def sign_in(self, **changes):
        given = {"email": self.email, "password": self.password, **changes}
        answer = self.ask("POST", "/auth/signin", given)
        if answer.status_code == 200:
            self.tokens = answer.json()
            self.token = self.tokens["access_token"]
        return answer

    def refresh(self, token=None):
        return self.ask("POST", "/auth/refresh", {"refresh_token": token or self.tokens["refresh_token"]})

    def me(self):
        return self.ask("GET", "/auth/me")


@pytest.fixture
def platform(start, connect, open_inbox):
    # A platform of its own: sign-ups are limited.
    with start() as sample, connect(sample.addresses) as client:
        inbox = open_inbox(sample.addresses)

        def newcomer():
            user = User(client, inbox)
            assert user.sign_up().status_code == 202
            return user

        def member():
            user = newcomer()
            assert user.verify().status_code == 200
            assert user.sign_in().status_code == 200
            return user

        def administrator():
            admin = User(client, inbox)
            admin.email = "admin@sample.test"
            admin.password = Path(sample.addresses.admin_password_file).read_text()
            assert admin.sign_in().status_code == 200
            return admin

        yield SimpleNamespace(
            at=sample.addresses,
            client=client,
            inbox=inbox,
            newcomer=newcomer,
            member=member,
            administrator=administrator,
        )


def rows(platform, query):
    with psycopg.connect(platform.at.postgres.replace("+psycopg", "")) as database:
        return database.execute(query).fetchall()


def test_an_account_signs_up_verifies_signs_in_refreshes_and_is_known(platform):
    user = platform.member()
    fresh = user.refresh().json()
    user.token = fresh["access_token"]
    assert user.me().json()["email"] == user.email
    assert fresh["expires_in"] == 900


def test_until_the_address_is_verified_nothing_is_protected_but_refused(platform):
    user = platform.newcomer()
    assert user.sign_in().status_code == 200
    for path in ("/auth/me", "/sessions", "/notices"):
        refused = user.ask("GET", path)
        assert (refused.status_code, refused.json()["code"]) == (403, "email_not_verified")
    assert user.verify().status_code == 200
    assert user.me().status_code == 200


def test_a_verification_token_works_once(platform):
    user = platform.newcomer()
    given = {"token": platform.inbox.token(user.email, VERIFY)}
    first, second = (user.ask("POST", "/auth/verify", given) for _ in range(2))
    assert (first.status_code, second.status_code, second.json()["code"]) == (200, 400, "invalid_token")


def test_a_verification_mail_is_sent_again_three_times_an_hour_at_most(platform):
    user = platform.newcomer()
    answers = [user.ask("POST", "/auth/verify/resend", {"email": user.email}) for _ in range(4)]
    answers.append(user.ask("POST", "/auth/verify/resend", {"email": "stranger@example.com"}))
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    for _ in range(3):
        platform.inbox.wait(user.email, VERIFY)
    user.ask("POST", "/auth/forgot", {"email": user.email})
    platform.inbox.wait(user.email, "Reset your password")  # mails to one person leave in order
    assert platform.inbox.mails == []


@pytest.mark.parametrize("password", ["Password1234!", "aaaaaaaaaaaa", "123456789012", "1q2w3e4r5t6y", "short"])
def test_a_well_known_password_is_refused(platform, password):
    user = User(platform.client, platform.inbox)
    user.password = password
    assert user.sign_up().status_code == 422


def test_a_refresh_token_used_twice_ends_its_session(platform):
    user = platform.member()
    first = user.tokens["refresh_token"]
    fresh = user.refresh(first).json()
    reuse = user.refresh(first)
    assert (reuse.status_code, reuse.json()["code"]) == (401, "invalid_refresh_token")
    assert user.refresh(fresh["refresh_token"]).status_code == 401
    user.token = fresh["access_token"]
    assert user.me().status_code == 401


def test_signing_out_ends_the_session_at_once_and_says_the_same_to_a_stranger(platform):
    user = platform.member()
    known = user.ask("POST", "/auth/signout", {"refresh_token": user.tokens["refresh_token"]})
    unknown = user.ask("POST", "/auth/signout", {"refresh_token": "x" * 43})
    assert known.json() == unknown.json() == {"status": "signed_out"}
    assert user.refresh().status_code == 401
    assert user.me().status_code == 401


def test_being_remembered_is_asked_for(platform):
    user = platform.member()
    assert user.tokens["refresh_expires_in"] in (12 * 3600, 12 * 3600 - 1)
    user.sign_in(remember=True)
    assert user.tokens["refresh_expires_in"] in (30 * 86_400, 30 * 86_400 - 1)


def test_signing_up_twice_looks_the_same_makes_one_account_and_tells_the_owner(platform):
    user = platform.member()
    again = {"email": user.email.upper(), "password": ANOTHER}
    repeated = user.ask("POST", "/auth/signup", again)
    fresh = user.ask("POST", "/auth/signup", {**again, "email": "new@example.com"})
    assert (repeated.status_code, repeated.text) == (fresh.status_code, fresh.text)
    platform.inbox.wait(user.email, "Somebody signed up with your address")
    assert user.sign_in(**again).status_code == 401
    assert rows(platform, "SELECT count(*) FROM accounts") == [(3,)]  # the administrator is one
    assert rows(platform, "SELECT count(*) FROM tenants") == [(3,)]


def test_secrets_are_stored_hashed_and_never_logged(platform, tmp_path):
    user = platform.member()
    mailed = platform.inbox.token(platform.newcomer().email, VERIFY)
    stored = str(rows(platform, "SELECT password_hash FROM accounts"))
    stored += str(rows(platform, "SELECT token_hash FROM refresh_tokens UNION SELECT token_hash FROM mail_tokens"))
    log = (tmp_path / "state" / "logs" / "production.jsonl").read_text()
    assert stored.count("$argon2id$") == 3
    assert '"path": "/api/v1/auth/signin"' in log
    for secret in (user.password, user.tokens["refresh_token"], user.token, mailed):
        assert secret not in stored
        assert secret not in log


@pytest.mark.parametrize("change", [{"password": "not the password"}, {"email": "stranger@example.com"}])
def test_wrong_password_and_unknown_address_get_the_same_refusal(platform, change):
    user = platform.newcomer()
    refused = user.sign_in(**change)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize("known", [True, False])
def test_ten_wrong_passwords_lock_an_address_known_or_not(platform, known):
    user = platform.member() if known else User(platform.client, platform.inbox)
    wrong = [user.sign_in(password="not the password").status_code for _ in range(10)]
    assert wrong == [401] * 10
    locked = user.sign_in()
    assert (locked.status_code, locked.json()["code"]) == (429, "too_many_attempts")
    assert 1 <= int(locked.headers["retry-after"]) <= 15


def test_a_token_is_refused_unless_this_environment_signed_it(platform, connect):
    user = platform.member()
    right = user.token
    claims = jwt.decode(right, options={"verify_signature": False})
    forged = jwt.encode(claims, key=None, algorithm="none")
    for token in (forged, right[:-6] + "AAAAAA", "x", "x.y.z"):
        user.token = token
        answer = user.me()
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    with connect(platform.at, platform.at.staging) as staging:
        assert staging.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {right}"}).status_code == 401


def test_a_profile_changes_in_what_it_lists_and_in_nothing_else(platform):
    user = platform.member()
    assert user.ask("PATCH", "/auth/me", {"name": "Ada", "product_mail": False}).json()["name"] == "Ada"
    for beyond in ({"role": "admin"}, {"role": None}, {"tenant_id": str(uuid.uuid4())}, {"email": "ben@example.com"}):
        assert user.ask("PATCH", "/auth/me", {"name": "Eve", **beyond}).status_code == 422
    shown = user.me().json()
    assert (shown["name"], shown["product_mail"], shown["role"]) == ("Ada", False, "user")


def test_a_new_address_counts_once_its_mail_was_opened(platform):
    user = platform.member()
    new = f"new.{user.email}"
    wrong = user.ask("POST", "/auth/me/email", {"email": new, "password": ANOTHER})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    assert user.ask("POST", "/auth/me/email", {"email": new, "password": user.password}).status_code == 202
    assert user.me().json()["email"] == user.email
    token = platform.inbox.token(new, "Confirm your new address")
    assert user.ask("POST", "/auth/verify", {"token": token}).status_code == 400
    assert user.ask("POST", "/auth/me/email/confirm", {"token": token}).status_code == 200
    assert user.me().json()["email"] == new


def test_an_address_that_another_account_took_meanwhile_is_not_taken_over(platform):
    user, other = platform.member(), platform.member()
    user.ask("POST", "/auth/me/email", {"email": other.email, "password": user.password})
    token = platform.inbox.token(other.email, "Confirm your new address")
    assert user.ask("POST", "/auth/me/email/confirm", {"token": token}).status_code == 409
    assert user.me().json()["email"] == user.email


def test_a_new_password_ends_other_sessions_and_the_owner_is_told(platform):
    user = platform.member()
    elsewhere = user.token
    user.sign_in()
    wanted = {"password": user.password, "new_password": ANOTHER}
    assert user.ask("POST", "/auth/me/password", wanted).status_code == 200
    platform.inbox.wait(user.email, "Your password was changed")
    notices = user.ask("GET", "/notices").json()["items"]
    assert [(notice["kind"], notice["read"]) for notice in notices] == [("password_changed", False)]
    assert user.ask("POST", "/notices/read").status_code == 204
    assert user.ask("GET", "/notices").json()["items"][0]["read"] is True
    user.token = elsewhere
    assert user.me().status_code == 401
    assert user.sign_in(password=ANOTHER).status_code == 200


def test_a_forgotten_password_is_reset_once_and_every_session_ends(platform):
    user = platform.member()
    known = user.ask("POST", "/auth/forgot", {"email": user.email})
    unknown = user.ask("POST", "/auth/forgot", {"email": "stranger@example.com"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert known.json()["expires_in"] == 1800
    given = {"token": platform.inbox.token(user.email, RESET), "password": ANOTHER}
    assert user.ask("POST", "/auth/reset", {**given, "password": "Password1234!"}).json()["code"] == "weak_password"
    first, second = (user.ask("POST", "/auth/reset", given) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 400)
    platform.inbox.wait(user.email, "Your password was changed")
    assert user.me().status_code == 401
    assert user.sign_in().status_code == 401
    assert user.sign_in(password=ANOTHER).status_code == 200


def test_an_unknown_device_is_told_of_and_the_first_is_not(platform):
    user = platform.member()
    user.device = "phone"
    user.sign_in()
    platform.inbox.wait(user.email, "A new device signed in")
    assert [notice["kind"] for notice in user.ask("GET", "/notices").json()["items"]] == ["new_device"]
    assert platform.inbox.mails == []


def test_sessions_are_listed_and_ended_by_their_owner_alone(platform):
    user, other = platform.member(), platform.member()
    laptop = user.token
    user.device = "phone"
    user.sign_in()
    listed = user.ask("GET", "/sessions").json()["items"]
    assert {(one["device"], one["address"], one["current"]) for one in listed} == {
        ("laptop", "127.0.0.1", False),
        ("phone", "127.0.0.1", True),
    }
    path = f"/sessions/{next(one['id'] for one in listed if not one['current'])}"
    assert other.ask("DELETE", path).status_code == 404
    assert user.ask("DELETE", path).status_code == 204
    assert user.me().status_code == 200
    user.token = laptop
    assert user.me().status_code == 401


def test_a_deleted_account_leaves_nothing_but_events_without_a_name(platform):
    user = platform.member()
    assert user.ask("POST", "/auth/me/delete", {"password": ANOTHER}).status_code == 403
    assert user.ask("POST", "/auth/me/delete", {"password": user.password}).status_code == 204
    assert user.me().status_code == 401
    assert user.sign_in().status_code == 401
    assert rows(platform, "SELECT email FROM accounts") == [("admin@sample.test",)]
    for table in ("tenants", "sessions", "refresh_tokens", "mail_tokens", "notices"):
        assert rows(platform, f"SELECT count(*) FROM {table}") == [(1 if table == "tenants" else 0,)]
    actions = rows(platform, "SELECT action, result FROM audit_events ORDER BY at")
    expected = ["account.created", "account.verified", "signin.succeeded", "account.deleted"]
    assert [action for action, result in actions if result == "success"] == expected
    assert user.email not in str(rows(platform, "SELECT audit_events::text FROM audit_events"))


def test_administrators_find_delete_and_change_the_plan_of_anybody(platform):
    user, admin = platform.member(), platform.administrator()
    found = admin.ask("GET", "/admin/users", params={"email": user.email.upper()}).json()["items"]
    assert [one["email"] for one in found] == [user.email]
    path = f"/admin/users/{found[0]['id']}"
    assert admin.ask("PUT", f"{path}/plan", {"plan": "pro"}).json()["plan"] == "pro"
    assert admin.ask("DELETE", path).status_code == 204
    assert admin.ask("DELETE", path).status_code == 404
    assert user.me().status_code == 401


def test_product_news_reach_those_who_want_them(platform):
    user, admin = platform.member(), platform.administrator()
    id = user.me().json()["id"]
    assert admin.ask("POST", f"/admin/users/{id}/news").status_code == 204
    platform.inbox.wait(user.email, "Product news")
    user.ask("PATCH", "/auth/me", {"product_mail": False})
    assert admin.ask("POST", f"/admin/users/{id}/news").status_code == 204
    wanted = {"password": user.password, "new_password": ANOTHER}
    assert user.ask("POST", "/auth/me/password", wanted).status_code == 200
    platform.inbox.wait(user.email, "Your password was changed")  # mails to one person leave in order
    assert platform.inbox.mails == []
    assert admin.ask("POST", f"/admin/users/{uuid.uuid4()}/news").status_code == 404


def test_others_may_not_and_see_nobody_of_another_tenant(platform):
    user, other = platform.member(), platform.member()
    id, own = other.me().json()["id"], user.me().json()["id"]
    for method, path, body in (
        ("GET", "/admin/users", None),
        ("DELETE", f"/admin/users/{id}", None),
        ("POST", f"/admin/users/{id}/news", None),
        ("PUT", f"/admin/users/{id}/plan", {"plan": "pro"}),
    ):
        assert user.ask(method, path, body).status_code == 403
    assert user.ask("GET", f"/users/{id}").status_code == 404
    assert user.ask("GET", f"/users/{own}").json()["email"] == user.email
