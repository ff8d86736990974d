"""Mail: plain text, signed with DKIM (RFC 6376), and handed over in the background."""

import asyncio
import base64
import email.message
import email.policy
import email.utils
import logging
import smtplib
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from .addresses import APP_ORIGIN, DOMAIN, LOOPBACK
from .authority import once, pem
from .behaviour import Behaviour

SELECTOR = "s1"
GIVE_UP_S = 20.0
_RETRY_S = 0.25
_LOOK_S = 0.01
_DISTANCE_S = 0.25  # what a mail server that does not run on this machine takes at least
_POLICY = email.policy.SMTP.clone(max_line_length=200)  # a link stays in one piece
_LONGEST_QUEUE = 200
_LINES = 4  # mails that are handed over at the same time

Kind = Literal["verify", "known", "reset", "password_changed", "new_device", "confirm_email", "product"]

# What each kind of mail says: subject, text, and the page of the app that its link opens.
_TEXTS: dict[Kind, tuple[str, str, str]] = {
    "verify": ("Verify your address", "Open this link to verify your e-mail address.", "verify"),
    "known": ("Somebody signed up with your address", "You have an account already; just sign in.", ""),
    "reset": ("Reset your password", "Open this link to choose a new password.", "reset"),
    "password_changed": ("Your password was changed", "If this was not you, reset your password at once.", ""),
    "new_device": ("A new device signed in", "If this was not you, change your password.", ""),
    "confirm_email": ("Confirm your new address", "Open this link to confirm your new address.", "confirm-email"),
    "product": ("Product news", "This month: passkeys. Switch such mail off in your profile.", ""),
}


@dataclass(frozen=True)
class _Letter:
    to: str
    content: bytes
    queued: float = field(default_factory=time.monotonic)


class Post:
    """Sends mail to whoever listens on a port of 127.0.0.1.

    Takes how to behave, the port, the DKIM private key in PEM, and a log. `deliver` has to run for anything to leave.
    """

    def __init__(self, behaviour: Behaviour, port: int, key: bytes, log: logging.Logger) -> None:
        self.behaviour, self.port, self.key, self.log = behaviour, port, key, log
        self._queues = [asyncio.Queue[_Letter](_LONGEST_QUEUE) for _ in range(_LINES)]
        self._underway: Counter[str] = Counter()  # letters by address

    def send(self, to: str, kind: Kind, token: str = "", origin: str = APP_ORIGIN) -> None:
        """Queue one mail and return at once; `token` goes into its link to a page of the app at `origin`."""
        try:
            # mails to one person do not overtake each other
            self._queues[zlib.crc32(to.encode()) % _LINES].put_nowait(_Letter(to, self._write(to, kind, token, origin)))
            self._underway[to] += 1
        except asyncio.QueueFull:
            self.log.error("mail dropped", extra={"fields": {"kind": kind}})

    async def deliver(self) -> None:
        """Hand over what is queued until cancelled; a mail that nobody takes for `GIVE_UP_S` is dropped."""
        async with asyncio.TaskGroup() as group:
            for queue in self._queues:
                group.create_task(self._deliver(queue))

    async def _deliver(self, queue: asyncio.Queue[_Letter]) -> None:
        while True:
            letter = await queue.get()
            while not await asyncio.to_thread(self._hand_over, letter):
                if time.monotonic() - letter.queued > GIVE_UP_S:
                    self.log.warning("mail given up", extra={"fields": {"port": self.port}})
                    break
                await asyncio.sleep(_RETRY_S)
            self._underway -= Counter([letter.to])

    async def sent(self, to: str) -> None:
        """Return when everything that is queued for an address has been handed over or given up."""
        if self._underway[to]:
            await asyncio.sleep(_DISTANCE_S)
        while self._underway[to]:
            await asyncio.sleep(_LOOK_S)

    def _write(self, to: str, kind: Kind, token: str, origin: str) -> bytes:
        subject, text, page = _TEXTS[kind]
        message = email.message.EmailMessage(_POLICY)
        message["From"], message["To"], message["Subject"] = f"Sample <{self.behaviour.mail_from}>", to, subject
        message["Date"] = email.utils.localtime()
        message["Message-ID"] = email.utils.make_msgid(domain=DOMAIN)
        link = f"\n{origin}/{page}?token={token}\n" if token else ""
        message.set_content(f"{text}\n{link}\nSample Identity\n")
        return message.as_bytes()

    def _hand_over(self, letter: _Letter) -> bool:
        """Return whether that settled it: one that is refused for good (5yz; RFC 5321, 4.2.1) is not tried again."""
        signature = b""
        if self.behaviour.mail_signed:
            signature = dkim.sign(letter.content, SELECTOR.encode(), DOMAIN.encode(), self.key)
        try:
            with smtplib.SMTP(LOOPBACK, self.port, local_hostname=f"mail.{DOMAIN}", timeout=5) as server:
                server.sendmail(f"bounces@{DOMAIN}", [letter.to], signature + letter.content)
            return True
        except smtplib.SMTPRecipientsRefused as refusal:
            return all(code >= 500 for code, _ in refusal.recipients.values())
        except (OSError, smtplib.SMTPException):
            return False


def dkim_key(state: Path) -> bytes:
    """Return the private key that mail is signed with, made on first use and kept in the state folder."""
    file = state / "keys" / "dkim.pem"
    if file.exists():
        return file.read_bytes()
    return once(file, pem(rsa.generate_private_key(65537, 2048)))


def dkim_record(key: bytes) -> str:
    """Return the text of the DNS record that publishes the public half (RFC 6376, 3.6.1)."""
    public = load_pem_private_key(key, password=None).public_key()
    encoded = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return f"v=DKIM1; k=rsa; p={encoded}"
