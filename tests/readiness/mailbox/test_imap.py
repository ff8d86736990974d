import asyncio
import ipaddress
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from readiness.errors import Unobservable

ANA = "readiness+1-ana@example.com"
KEYS = {"password": "env:MAILBOX_PASSWORD"}


class Imap:
    """A mail server that knows the few commands a reader needs, and remembers all it was asked."""

    def __init__(self, *mails, password="open-sesame"):
        self.mails, self.password, self.asked = list(mails), password, []
        self.at = datetime.now(UTC)

    async def __call__(self, reader, writer):
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.decode().strip().partition(" ")
            self.asked.append(command)
            outcome = "OK done"
            words = command.upper().split()
            if words[0] == "CAPABILITY":
                writer.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif words[0] == "LOGIN" and f'"{self.password}"' not in command:
                outcome = f"NO wrong: {command}"
            elif words[0] in ("EXAMINE", "SELECT"):
                writer.write(b"* %d EXISTS\r\n" % len(self.mails))
            elif words[:2] == ["UID", "SEARCH"]:
                wanted = command.split('"')[1].lower()
                hits = [n for n, mail in enumerate(self.mails, 1) if wanted in mail["To"].lower()]
                writer.write(f"* SEARCH {' '.join(map(str, hits))}\r\n".encode())
            elif words[:2] == ["UID", "FETCH"]:
                number = int(words[2])
                raw = bytes(self.mails[number - 1])
                date = self.at.strftime("%d-%b-%Y %H:%M:%S +0000")
                head = f'* {number} FETCH (UID {number} INTERNALDATE "{date}" BODY[]<0> {{{len(raw)}}}\r\n'
                writer.write(head.encode() + raw + b")\r\n")
            writer.write(f"{tag} {outcome}\r\n".encode())
        writer.close()


@asynccontextmanager
async def serving(app, tls=None):
    server = await asyncio.start_server(app, "127.0.0.1", 0, ssl=tls)
    yield f"{'imaps' if tls else 'imap'}://ana@127.0.0.1:{server.sockets[0].getsockname()[1]}/Tests"
    server.close()


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("MAILBOX_PASSWORD", "open-sesame")


async def test_a_mail_is_found_by_its_recipient_and_left_as_it_was(opened, mail):
    app = Imap(mail("verify?token=other", to="x" + ANA), mail("verify?token=a"))
    async with serving(app) as at, opened(imap=at, **KEYS) as mailbox:
        letter = await mailbox.wait(ANA, "verify", app.at)
        letters = await mailbox.letters(ANA)
    assert letter.found == {"verify": "a"}
    assert letters == (letter,)
    assert letter.place == "Tests of 127.0.0.1"
    words = [command.split()[0] for command in app.asked]
    assert {"EXAMINE", "UID", "LOGIN"} <= set(words) <= {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT"}
    assert all("BODY.PEEK[]<0.1000000>" in command for command in app.asked if "FETCH" in command)
    assert len([command for command in app.asked if "FETCH 2" in command]) == 1


async def test_a_mail_that_arrives_later_is_waited_for(opened, mail):
    app = Imap()
    async with serving(app) as at, opened(imap=at, **KEYS) as mailbox:
        mailbox._source.news = lambda seconds: asyncio.sleep(0.02)
        waiting = asyncio.create_task(mailbox.wait(ANA, "verify", app.at))
        await asyncio.sleep(0.1)
        app.mails.append(mail("verify?token=late"))
        assert (await asyncio.wait_for(waiting, 5)).found == {"verify": "late"}


async def test_a_folder_that_has_no_mail_is_an_observation(opened):
    async with serving(Imap()) as at, opened(imap=at, **KEYS) as mailbox:
        assert await mailbox.letters(ANA) == ()
        assert await mailbox.wait(ANA, "verify", datetime.now(UTC), within=timedelta(0)) is None


async def test_a_refused_login_shows_no_secret(opened):
    async with serving(Imap(password="other")) as at, opened(imap=at, **KEYS) as mailbox:
        with pytest.raises(Unobservable, match=r"refuses the user and mailbox\.password") as caught:
            await mailbox.letters(ANA)
    assert "sesame" not in str(caught.value)


async def test_an_unreachable_server_is_one_clear_line(opened):
    async with opened(imap="imap://ana@127.0.0.1:9", **KEYS) as mailbox:
        with pytest.raises(Unobservable, match=r"mailbox 127\.0\.0\.1:9 cannot be read: ConnectionRefusedError"):
            await mailbox.letters(ANA)


async def test_a_server_that_talks_nonsense_is_one_clear_line_and_asked_again(opened):
    async def app(reader, writer):
        writer.write(b"* OK ready\r\n\x00\xff nonsense\r\n")
        await reader.readline()
        writer.close()

    async with serving(app) as at, opened(imap=at, **KEYS) as mailbox:
        for _ in range(2):
            with pytest.raises(Unobservable, match="cannot be read"):
                await mailbox.letters(ANA)


@pytest.fixture
def certificate(tmp_path):
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "itself")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=9))
    made = made.add_extension(address, critical=False).sign(key, SHA256())
    path = tmp_path / "itself.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


async def test_the_password_goes_over_tls_to_a_server_that_is_vouched_for_alone(opened, certificate, mail):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    app = Imap(mail("verify?token=a"))
    async with serving(app, tls) as at:
        async with opened(imap=at, **KEYS) as mailbox:
            with pytest.raises(Unobservable, match="SSLCertVerificationError"):
                await mailbox.letters(ANA)
        assert app.asked == []
        trust = ssl.create_default_context(cafile=str(certificate))
        async with opened(imap=at, trust=trust, **KEYS) as mailbox:
            assert len(await mailbox.letters(ANA)) == 1
