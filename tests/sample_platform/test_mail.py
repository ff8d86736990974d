import asyncio
import email
import logging
import time

import dkim
import dns.message
import dns.query
import pytest
import spf
from aiosmtpd.smtp import SMTP
from sample_platform import mail, names
from sample_platform.behaviour import Behaviour
from sample_platform.passwords import weakness


@pytest.fixture
def post(tmp_path):
    (tmp_path / "keys").mkdir()
    return mail.Post(Behaviour(), 1, mail.dkim_key(tmp_path), logging.getLogger("test"))


class Box:
    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 taken"


async def delivered(post, box, count=1):
    delivery = asyncio.create_task(post.deliver())
    async with asyncio.timeout(5):
        while len(box.envelopes) < count:
            await asyncio.sleep(0.01)
    delivery.cancel()
    return box.envelopes


async def listening(box, port=0):
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", port)
    return server, server.sockets[0].getsockname()[1]


@pytest.fixture
async def box(post):
    box = Box()
    server, post.port = await listening(box)
    yield box
    server.close()


async def test_a_mail_is_signed_with_the_key_that_the_zone_publishes(post, box):
    post.send("ada@example.com", "verify", "tok-en_1")
    (envelope,) = await delivered(post, box)
    zone = names.zone(Behaviour(), dkim=mail.dkim_record(post.key))

    def txt(name, timeout=5):
        query = dns.message.make_query(name.decode(), "TXT").to_wire()
        answer = dns.message.from_wire(names.answer(zone, query))
        return b"".join(part for rrset in answer.answer for item in rrset for part in item.strings)

    assert dkim.verify(envelope.content, dnsfunc=txt)
    assert not dkim.verify(envelope.content.replace(b"tok-en_1", b"tok-en_2"), dnsfunc=txt)


async def test_a_mail_comes_from_an_address_that_the_policy_of_the_domain_allows(post, box):
    post.send("ada@example.com", "reset", "token")
    (envelope,) = await delivered(post, box)
    assert envelope.mail_from == "bounces@sample.test"
    result, _, _ = spf.query("127.0.0.1", envelope.mail_from, "mail.sample.test").check(Behaviour().spf)
    assert result == "pass"


async def test_a_link_stays_in_one_piece_and_the_kinds_are_told_apart_by_their_subjects(post, box):
    kinds = ("verify", "known", "reset", "password_changed", "new_device", "confirm_email", "product")
    for kind in kinds:
        post.send("ada@example.com", kind, "t" * 43 if kind in ("verify", "reset", "confirm_email") else "")
    mails = [email.message_from_bytes(one.content) for one in await delivered(post, box, len(kinds))]
    assert len({one["subject"] for one in mails}) == len(kinds)
    assert f"\nhttps://app.sample.test/verify?token={'t' * 43}\r\n" in mails[0].get_payload()


async def test_a_mail_waits_for_somebody_to_listen(post, box, monkeypatch):
    monkeypatch.setattr(mail, "_RETRY_S", 0.05)
    closed, post.port = await listening(box)
    closed.close()
    begun = time.monotonic()
    post.send("ada@example.com", "product")
    assert time.monotonic() - begun < 0.1
    delivery = asyncio.create_task(post.deliver())
    await asyncio.sleep(0.1)
    server, _ = await listening(box, post.port)
    await delivered(post, box)
    delivery.cancel()
    server.close()


async def test_a_mail_that_nobody_takes_is_given_up_and_the_next_goes_out(post, box, monkeypatch, caplog):
    monkeypatch.setattr(mail, "_RETRY_S", 0.01)
    monkeypatch.setattr(mail, "GIVE_UP_S", 0.05)
    right, post.port = post.port, 1
    post.send("ada@example.com", "product")
    delivery = asyncio.create_task(post.deliver())
    async with asyncio.timeout(5):
        while "mail given up" not in caplog.text:
            await asyncio.sleep(0.01)
    delivery.cancel()
    post.port = right
    post.send("ben@example.com", "product")
    (envelope,) = await delivered(post, box)
    assert envelope.rcpt_tos == ["ben@example.com"]


@pytest.mark.parametrize(("code", "tries"), [(550, 1), (450, 2)])
async def test_a_mail_that_is_refused_for_good_is_not_tried_again(post, box, monkeypatch, code, tries):
    monkeypatch.setattr(mail, "_RETRY_S", 0.01)
    refusals = [f"{code} 5.1.1 no such mailbox here"]

    async def handle_rcpt(server, session, envelope, address, options):
        if refusals:
            return refusals.pop()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    box.handle_RCPT = handle_rcpt
    post.send("ada@example.com", "product")
    post.send("ada@example.com", "known")
    subjects = [email.message_from_bytes(one.content)["subject"] for one in await delivered(post, box, tries)]
    assert subjects == ["Product news", "Somebody signed up with your address"][-tries:]


async def test_mails_to_one_person_do_not_overtake_each_other(post, box):
    kinds = ("verify", "reset", "product", "known", "new_device")
    for kind in kinds:
        for name in ("ada", "ben", "cai", "dan"):
            post.send(f"{name}@example.com", kind)
    envelopes = await delivered(post, box, 4 * len(kinds))
    for name in ("ada", "ben", "cai", "dan"):
        own = [one for one in envelopes if one.rcpt_tos == [f"{name}@example.com"]]
        subjects = [email.message_from_bytes(one.content)["subject"] for one in own]
        assert subjects == [mail._TEXTS[kind][0] for kind in kinds]


@pytest.mark.parametrize(
    ("password", "weak"),
    [
        ("Password1234!", True),
        ("QwertyQwerty1", True),
        ("1234567890123", True),
        ("P@ssw0rd1234", True),
        ("ada@example.com", True),
        ("correct horse battery staple", False),
        ("пароль из слов", False),
    ],
)
def test_passwords_that_everybody_tries_first_are_weak(password, weak):
    assert (weakness(Behaviour(), password, "ada@example.com") is not None) is weak
