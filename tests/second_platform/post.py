"""The post of the second platform: letters in German, signed with DKIM, that hold a code instead of a link."""

import asyncio
import base64
import smtplib
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

DOMAIN = "kontor.test"
SELECTOR = "brief"

LETTERS = {
    "verify": ("Willkommen im Kontor", "Bitte bestätigen Sie Ihre Adresse. Ihre Kennziffer lautet {code}."),
    "reset": ("Passwort vergessen", "Wählen Sie ein neues Passwort. Ihre Kennziffer lautet {code}."),
}
"""Subject and text by kind."""

_LATER_S = 0.02  # a letter leaves after the answer, so that writing it delays no answer that is timed


class Post:
    """Hands letters to whoever listens on a port of 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._key = rsa.generate_private_key(65537, 2048)
        self._pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def records(self) -> dict[str, list[str]]:
        """What the DNS says of the domain: SPF, DMARC and the key that letters are signed with."""
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        text = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
        return {
            f"{DOMAIN} TXT": ['"v=spf1 ip4:127.0.0.1 -all"'],
            f"_dmarc.{DOMAIN} TXT": ['"v=DMARC1; p=reject"'],
            # one string of a TXT record holds 255 characters
            f"{SELECTOR}._domainkey.{DOMAIN} TXT": [
                " ".join(f'"{text[i : i + 255]}"' for i in range(0, len(text), 255))
            ],
        }

    def send(self, to: str, kind: str, code: str) -> None:
        """Put a letter on its way and return at once."""
        task = asyncio.create_task(self._deliver(to, kind, code))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _deliver(self, to: str, kind: str, code: str) -> None:
        await asyncio.sleep(_LATER_S)
        await asyncio.to_thread(self._hand_over, to, self._write(to, kind, code))

    def _write(self, to: str, kind: str, code: str) -> bytes:
        subject, text = LETTERS[kind]
        letter: Any = EmailMessage(SMTP)
        letter["From"], letter["To"], letter["Subject"] = f"Kontor <post@{DOMAIN}>", to, subject
        letter.set_content(text.format(code=code) + "\n")
        raw = letter.as_bytes()
        return dkim.sign(raw, SELECTOR.encode(), DOMAIN.encode(), self._pem) + raw

    def _hand_over(self, to: str, letter: bytes) -> None:
        with (
            suppress(OSError, smtplib.SMTPException),  # nobody listens any more
            smtplib.SMTP("127.0.0.1", self.port, local_hostname=DOMAIN, timeout=5) as server,
        ):
            server.sendmail(f"post@{DOMAIN}", [to], letter)
