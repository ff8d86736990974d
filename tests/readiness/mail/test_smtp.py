"""A real server on loopback: only over TLS that verifies, with a password, and every refusal for what it is."""

from base64 import b64encode

import pytest
from readiness.mail.outbox import Unreachable
from readiness.mail.smtp import Server

from .conftest import ANA, BEN, PASSWORD, USER

CONTENT = b"Subject: hello\r\n\r\nfirst\r\n.\r\n..two dots\r\nlast\r\n"
LONG = b"Subject: long\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 10_000


@pytest.fixture
def hand_over(mail_of):
    """`hand_over(server, to, tls=…)` over a connection of its own; `hand_over.noted` is how often the end was near."""

    def call(port, to=ANA, content=CONTENT, listen=0.05, last=60, **keys):
        carrier = Server(mail_of(port, **keys), timeout=10, last=last, listen=listen)
        try:
            return carrier.hand_over(to, content, lambda: call.noted.append(to))
        finally:
            carrier.close()

    call.noted = []
    return call


def test_a_mail_arrives_as_it_is_dots_included(server_of, hand_over):
    server = server_of()
    answer = hand_over(server.port)
    assert (answer.state, answer.said) == ("sent", "250 2.0.0 queued as 4711")
    assert server.taken == [(ANA, CONTENT)]
    assert hand_over.noted == [ANA]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_over_tls_with_a_password(server_of, hand_over, tls):
    server = server_of(tls, login=True)
    answer = hand_over(server.port, tls=tls, user=USER, password="env:MAIL_PASSWORD")
    assert answer.state == "sent"
    assert server.recipients == [ANA] and server.users[0].startswith("readiness by ")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_a_certificate_that_does_not_verify_is_sent_nothing(server_of, hand_over, tls, wrong):
    server = server_of(tls, login=True, names=("192.0.2.1",) if wrong == "name" else ("127.0.0.1",))
    keys = {} if wrong == "name" else {"ca_file": None}
    with pytest.raises(Unreachable, match=r"its certificate does not verify .*; nothing was sent"):
        hand_over(server.port, tls=tls, user=USER, password="env:MAIL_PASSWORD", **keys)
    assert (server.asked, server.users, server.taken) == ([], [], [])


def test_a_server_without_starttls_is_sent_nothing(server_of, hand_over):
    server = server_of()
    with pytest.raises(Unreachable, match="offers no STARTTLS; nothing was sent"):
        hand_over(server.port, tls="starttls")
    assert server.asked == []


def test_a_wrong_password_is_not_shown(server_of, hand_over, monkeypatch):
    server = server_of("starttls", login=True)
    monkeypatch.setenv("MAIL_PASSWORD", "another-S3cret")
    with pytest.raises(Unreachable, match="does not take user and password: 535") as caught:
        hand_over(server.port, tls="starttls", user=USER, password="env:MAIL_PASSWORD")
    assert "S3cret" not in str(caught.value) and server.asked == []


def plain(user, password):
    return b64encode(f"\0{user}\0{password}".encode()).decode()


@pytest.mark.parametrize("words", ["unrecognised command: {}", "5.5.4 cut off: {:.20}", "{}"])
def test_a_server_that_repeats_how_it_was_signed_in_to_does_not_get_it_shown(server_of, hand_over, monkeypatch, words):
    async def refuse(self, line):
        await self.push(f"535 {words.format(line)}")

    monkeypatch.setattr("aiosmtpd.smtp.SMTP.smtp_AUTH", refuse)
    server = server_of(login=True)
    with pytest.raises(Unreachable) as caught:
        hand_over(server.port, user=USER, password="env:MAIL_PASSWORD")
    code = "535 5.5.4" if "5.5.4" in words else "535"
    assert str(caught.value) == f"mail server 127.0.0.1:{server.port} does not take user and password: {code}"


def test_a_password_that_signing_in_cannot_take_is_said_so(server_of, hand_over, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "pässword")
    with pytest.raises(Unreachable, match="expected user and password in ASCII") as caught:
        hand_over(server_of().port, user=USER, password="env:MAIL_PASSWORD")
    assert "pässword" not in str(caught.value)


def test_a_secret_that_is_not_there_is_said_by_its_reference(server_of, hand_over, monkeypatch):
    monkeypatch.delenv("MAIL_PASSWORD")
    with pytest.raises(Unreachable, match="secret env:MAIL_PASSWORD: expected a value there"):
        hand_over(server_of().port, user=USER, password="env:MAIL_PASSWORD")


@pytest.mark.parametrize("secret", [PASSWORD, b64encode(PASSWORD.encode()).decode(), plain(USER, PASSWORD)])
def test_a_server_that_repeats_the_password_does_not_get_it_shown(server_of, hand_over, secret):
    server = server_of("starttls", login=True)
    server.rcpt = lambda to: f"550 no {secret}"
    answer = hand_over(server.port, tls="starttls", user=USER, password="env:MAIL_PASSWORD")
    assert answer.said == "the recipient was refused: 550 no [redacted]"


def test_nobody_there_is_no_answer(hand_over):
    with pytest.raises(Unreachable, match=r"mail server 127\.0\.0\.1:1 cannot be reached: connection refused"):
        hand_over(1)


@pytest.mark.parametrize(
    ("where", "answer", "state"),
    [
        ("rcpt", "550 5.1.1 no such mailbox", "refused"),
        ("rcpt", "451 4.7.1 greylisted, try again later", "waiting"),
        ("data", "552 5.3.4 too big", "refused"),
        ("data", "452 4.3.1 no room now", "waiting"),
    ],
)
def test_a_refusal_is_for_that_one_alone(server_of, mail_of, where, answer, state):
    server = server_of()
    setattr(server, where, lambda to: answer if to == ANA else None)
    carrier = Server(mail_of(server.port), timeout=10, listen=0.05)
    first, second = (carrier.hand_over(to, CONTENT, lambda: None) for to in (ANA, BEN))
    carrier.close()
    assert first.state == state and answer in first.said
    assert second.state == "sent" and server.recipients == [BEN]


def test_a_refusal_may_hold_anything(server_of, hand_over):
    server = server_of()
    server.rcpt = lambda to: "550 \x1b[31m" + "long " * 90
    answer = hand_over(server.port)
    assert answer.state == "refused"
    assert answer.said.isprintable() and len(answer.said) < 400


def test_who_hangs_up_within_a_mail_has_nothing_whole_and_it_can_be_sent_again(rude, hand_over):
    server = rude("within", "never")
    answer = hand_over(server.port, content=LONG, listen=20)
    assert (answer.state, answer.said) == ("waiting", "the connection ended before the whole mail was sent")
    assert hand_over.noted == []
    assert hand_over(server.port, content=LONG).state == "sent"
    assert server.taken == [LONG]


def test_who_hangs_up_after_a_mail_may_have_it(rude, hand_over):
    server = rude("after")
    answer = hand_over(server.port)
    assert answer.state == "unclear" and "is not sent again by itself" in answer.said
    assert hand_over.noted == [ANA] and len(server.taken) == 1
