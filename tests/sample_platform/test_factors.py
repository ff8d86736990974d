import time
from pathlib import Path

import psycopg
import pyotp
import pytest

AUTH = "/api/v1/auth"
EMAIL = "admin@sample.test"


class Owner:
    """An account that enrols a second factor; the administrator's, for it is there from the start."""

    def __init__(self, addresses, client):
        self.at, self.client = addresses, client
        self.password = Path(addresses.admin_password_file).read_text()
        self.token = self.sign_in().json()["access_token"]

    def ask(self, path, **given):
        return self.client.post(AUTH + path, json=given, headers={"Authorization": f"Bearer {self.token}"})

    def sign_in(self):
        return self.client.post(f"{AUTH}/signin", json={"email": EMAIL, "password": self.password})

    def enrol(self):
        made = self.ask("/me/totp", password=self.password).json()
        self.totp = pyotp.parse_uri(made["uri"])
        assert self.totp.secret == made["secret"]
        left_s = 30 - time.time() % 30
        time.sleep(left_s if left_s < 2 else 0)  # the step of time must not end between making a code and using it
        self.recovery = self.ask("/me/totp/confirm", code=self.code(-1)).json()["recovery_codes"]
        return self

    def code(self, steps=0):
        return self.totp.generate_otp(int(time.time()) // 30 + steps)

    def wrong(self):
        near = {self.code(steps) for steps in range(-12, 13)}
        return next(code for number in range(100) if (code := f"{number:06}") not in near)

    def answer(self, code, how="/challenge"):
        return self.ask(how, challenge=self.sign_in().json()["challenge"], code=code)


@pytest.fixture
def owner(start, connect):
    with start() as sample, connect(sample.addresses) as client:
        yield Owner(sample.addresses, client)


def test_a_second_factor_is_demanded_once_it_is_confirmed(owner):
    made = owner.ask("/me/totp", password=owner.password).json()
    owner.totp = pyotp.TOTP(made["secret"])
    assert "access_token" in owner.sign_in().json()
    assert owner.ask("/me/totp/confirm", code=owner.wrong()).status_code == 403
    assert len(owner.ask("/me/totp/confirm", code=owner.code(-1)).json()["recovery_codes"]) == 10
    challenged = owner.sign_in()
    assert challenged.status_code == 200
    assert challenged.json().keys() == {"challenge", "methods", "expires_in"}
    assert owner.ask("/me/totp", password=owner.password).status_code == 409


def test_a_code_signs_in_once_and_within_one_step(owner):
    owner.enrol()
    assert owner.answer(owner.code(3)).json()["code"] == "wrong_code"
    code = owner.code()
    assert owner.answer(code).status_code == 200
    assert owner.answer(code).status_code == 401
    assert owner.answer(owner.code(1)).status_code == 200


def test_a_challenge_is_answered_once(owner):
    owner.enrol()
    challenge = owner.sign_in().json()["challenge"]
    assert owner.ask("/challenge", challenge=challenge, code=owner.code()).status_code == 200
    again = owner.ask("/challenge", challenge=challenge, code=owner.code(1))
    assert (again.status_code, again.json()["code"]) == (401, "invalid_challenge")


def test_after_five_wrong_codes_the_right_one_is_refused_as_well(owner):
    owner.enrol()
    assert [owner.answer(owner.wrong()).status_code for _ in range(5)] == [401] * 5
    refused = owner.answer(owner.code())
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert 0 < int(refused.headers["retry-after"]) <= 15
    assert owner.answer(owner.recovery[0], "/challenge/recovery").status_code == 429


def test_a_recovery_code_works_once(owner):
    owner.enrol()
    assert owner.answer(owner.recovery[0], "/challenge/recovery").status_code == 200
    assert owner.answer(owner.recovery[0], "/challenge/recovery").status_code == 401


def test_removing_it_takes_the_password_and_a_code(owner):
    owner.enrol()
    wrong = [
        owner.ask("/me/totp/disable", password="not the password", code=owner.code()),
        owner.ask("/me/totp/disable", password=owner.password, code=owner.wrong()),
        owner.ask("/me/totp/disable", password=owner.password),
    ]
    assert [answer.status_code for answer in wrong] == [403, 403, 422]
    assert owner.ask("/me/totp/disable", password=owner.password, code=owner.code()).status_code == 204
    assert "access_token" in owner.sign_in().json()


def test_its_secrets_are_stored_neither_plain_nor_reversible_without_the_key(owner):
    owner.enrol()
    with psycopg.connect(owner.at.postgres.replace("+psycopg", "")) as database:
        ((secret,),) = database.execute("SELECT totp_secret FROM accounts").fetchall()
        hashes = [row[0] for row in database.execute("SELECT code_hash FROM recovery_codes").fetchall()]
    assert owner.totp.secret.encode() not in bytes(secret)
    assert owner.totp.byte_secret() not in bytes(secret)
    assert set(hashes).isdisjoint(owner.recovery)
