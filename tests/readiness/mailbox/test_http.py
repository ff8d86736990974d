"""Mailpit and MailHog, played by servers that answer as their documents say."""

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

import pytest
from readiness.errors import Unobservable

ANA = "readiness+1-ana@example.com"
OTHER = "x" + ANA


class Fake:
    """An ASGI app that holds mails: (recipient, message)."""

    def __init__(self, ahead=timedelta(), password=""):
        self.mails, self.asked, self.ahead, self.password = [], [], ahead, password

    def add(self, to, message):
        self.mails.append((to, bytes(message), datetime.now(UTC) + self.ahead))

    async def __call__(self, scope, receive, send):
        self.asked.append((scope["method"], scope["path"]))
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        wanted = b"Basic " + base64.b64encode(f"ana:{self.password}".encode())
        if self.password and dict(scope["headers"]).get(b"authorization") != wanted:
            status, body = 401, b""
        else:
            status, body = self.answer(scope["path"], query)
        date = format_datetime(datetime.now(UTC) + self.ahead).encode()
        await send({"type": "http.response.start", "status": status, "headers": [(b"date", date)]})
        await send({"type": "http.response.body", "body": body})

    def found(self, part):
        return [(n, *mail) for n, mail in enumerate(self.mails) if part in mail[0]]


class Mailpit(Fake):
    key = "mailpit"

    def answer(self, path, query):
        if path == "/api/v1/search":
            term = query["query"].removeprefix('to:"').removesuffix('"')
            messages = [
                {"ID": f"m{n}", "To": [{"Name": "", "Address": to}], "Created": at.isoformat().replace("+00:00", "Z")}
                for n, to, _, at in reversed(self.found(term))
            ]
            return 200, json.dumps({"messages_count": len(messages), "messages": messages}).encode()
        if path.startswith("/api/v1/message/") and path.endswith("/raw"):
            return 200, self.mails[int(path.split("/")[4][1:])][1]
        return 404, b""


class MailHog(Fake):
    key = "mailhog"

    def answer(self, path, query):
        if path != "/api/v2/search" or query["kind"] != "to":
            return 404, b""
        items = [
            {
                "ID": f"{n}@mailhog.example",
                "To": [dict(zip(("Mailbox", "Domain"), to.split("@"), strict=True))],
                "Created": at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "789Z",
                "Raw": {"From": "no-reply@example.com", "To": [to], "Data": raw.decode(), "Helo": "mx"},
            }
            for n, to, raw, at in self.found(query["query"])
        ]
        return 200, json.dumps({"total": len(items), "start": 0, "count": len(items), "items": items}).encode()


@pytest.fixture(params=[Mailpit, MailHog], ids=["mailpit", "mailhog"])
def fake(request):
    return request.param


@pytest.fixture
def address(serve):
    """The address of an app whose own Date header is the only one."""
    return lambda app: serve(app, date_header=False).replace("https:", "http:")


async def test_a_mail_is_found_by_its_recipient_and_no_other_is_read(fake, address, opened, mail):
    app = fake()
    app.add(OTHER, mail("verify?token=other"))
    app.add(ANA, mail("https://app.example.com/verify?token=a"))
    app.add(ANA, mail("verify?token=b"))
    async with opened(**{fake.key: address(app)}) as mailbox:
        letters = await mailbox.letters(ANA)
        await mailbox.letters(ANA)
        assert await mailbox.letters("readiness+1-nobody@example.com") == ()
    assert [letter.found["verify"] for letter in letters] == ["a", "b"]
    assert letters[0].hosts == ("app.example.com",)
    assert (letters[0].results, letters[0].aligned) == ({}, None)
    assert {method for method, _ in app.asked} == {"GET"}
    assert [path for _, path in app.asked if path.endswith("/m0/raw")] == []
    assert len([path for _, path in app.asked if path.endswith("/raw")]) == (2 if fake is Mailpit else 0)


async def test_a_clock_that_is_ahead_does_not_make_an_old_mail_a_new_one(fake, address, opened, mail):
    app = fake(ahead=timedelta(hours=3))
    app.add(ANA, mail("verify?token=old"))
    async with opened(**{fake.key: address(app)}) as mailbox:
        since = datetime.now(UTC) + timedelta(seconds=30)
        assert await mailbox.wait(ANA, "verify", since, within=timedelta(seconds=0)) is None
        assert (await mailbox.wait(ANA, "verify", since - timedelta(minutes=1))).found == {"verify": "old"}


async def test_the_results_of_the_trusted_server_are_taken(fake, address, opened, mail):
    app = fake()
    said = "mx.example.com; dkim=pass header.d=example.com; spf=fail; dmarc=pass"
    app.add(ANA, mail("verify?token=a", Authentication_Results=said))
    async with opened(**{fake.key: address(app)}, trusted="mx.example.com") as mailbox:
        (letter,) = await mailbox.letters(ANA)
    assert letter.results == {"dkim": "pass", "spf": "fail", "dmarc": "pass"}
    assert letter.aligned is True


async def test_a_password_is_sent_and_its_refusal_does_not_show_it(fake, address, opened, mail, monkeypatch):
    monkeypatch.setenv("MAILBOX_PASSWORD", "open-sesame")
    keys = {"user": "ana", "password": "env:MAILBOX_PASSWORD"}
    app = fake(password="open-sesame")
    app.add(ANA, mail("verify?token=a"))
    async with opened(**{fake.key: address(app)}, **keys) as mailbox:
        assert len(await mailbox.letters(ANA)) == 1
    async with opened(**{fake.key: address(fake(password="other"))}, **keys) as mailbox:
        with pytest.raises(Unobservable, match=r"refuses mailbox\.user and mailbox\.password") as caught:
            await mailbox.letters(ANA)
    assert "sesame" not in str(caught.value)


async def test_a_mailbox_that_does_not_answer_is_one_clear_line(fake, opened):
    async with opened(**{fake.key: "http://127.0.0.1:9"}) as mailbox:
        with pytest.raises(Unobservable, match=r"http://127\.0\.0\.1:9 does not answer: ConnectError"):
            await mailbox.letters(ANA)


@pytest.mark.parametrize("body", [b"[]", b"<html>", b"[" * 100_000, b'{"messages": [1], "items": ["a"]}', b"{}"],
                         ids=["list", "page", "deep", "odd", "empty"])  # fmt: skip
async def test_an_answer_that_is_not_the_interfaces_is_never_a_mail(fake, address, opened, body):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async with opened(**{fake.key: address(app)}) as mailbox:
        if body in (b"[]", b"<html>", b"[" * 100_000):
            with pytest.raises(Unobservable, match="other than a JSON object"):
                await mailbox.letters(ANA)
        else:
            assert await mailbox.letters(ANA) == ()
