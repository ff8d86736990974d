"""The mail server that takes our mail: one connection, a transaction for each letter.

Only over TLS whose certificate verifies; where it does not, nothing is sent, not even a name.
"""

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable
from email.utils import parseaddr
from select import select

from readiness.errors import ReadinessError
from readiness.export.escape import line
from readiness.mail.declaration import Mail
from readiness.mail.outbox import UNCLEAR, Answer, Unreachable
from readiness.secret import mask
from readiness.wire.transport import trust_in

TIMEOUT_S = 60.0
"""Patience with one step; RFC 5321 (4.5.3.2) has minutes for them, for servers of another time."""
LAST_S = 600.0
"""Patience with the answer to the end of a mail: RFC 5321, 4.5.3.2.6. Who gives up earlier does not know."""
LISTEN_S = 0.3
"""How long is listened, before the end of a mail is sent, for a server that has hung up meanwhile: it has nothing whole
then, and the mail can be sent again."""
WORDS = 300
"""Characters of what a server says."""


class Server:
    """See `outbox.Carrier`. The connection is made for the first letter.

    Args:
        mail: How the target file declares it.
        timeout, last, listen: Seconds, see `TIMEOUT_S`, `LAST_S` and `LISTEN_S`.
    """

    def __init__(
        self, mail: Mail, *, timeout: float = TIMEOUT_S, last: float = LAST_S, listen: float = LISTEN_S
    ) -> None:
        self._mail = mail
        self._timeout, self._last, self._listen = timeout, last, listen
        self._sender = parseaddr(mail.sender)[1]
        self._smtp: smtplib.SMTP | None = None
        self._password = ""

    def hand_over(self, to: str, content: bytes, last: Callable[[], None]) -> Answer:
        """See `Carrier.hand_over`: refused for good is what is answered with 5yz, and tried again what with 4yz (RFC
        5321, 4.2.1), or what is cut off before its end."""
        smtp = self._smtp or self._open()
        size = [f"size={len(content)}"] if smtp.has_extn("size") else []
        steps: list[tuple[str, Callable[[], tuple[int, bytes]], tuple[int, ...]]] = [
            ("the sender", lambda: smtp.mail(self._sender, size), (250,)),
            ("the recipient", lambda: smtp.rcpt(to), (250, 251)),
            ("the mail", lambda: smtp.docmd("DATA"), (354,)),
        ]
        try:
            for what, step, expected in steps:
                code, words = step()
                if code not in expected:
                    self._start_over(code)
                    return self._refused(what, code, words)
            assert smtp.sock is not None
            smtp.sock.settimeout(self._last)
            smtp.send(_stuffed(content))
            if self._heard():
                code, words = smtp.getreply()
                self.close()  # there is no way back from the middle of a mail
                return self._refused("the mail", code, words)
            last()
            smtp.send(b".\r\n")
        except (smtplib.SMTPException, OSError, ValueError):
            self.close()
            return Answer("waiting", "the connection ended before the whole mail was sent")
        try:
            code, words = smtp.getreply()
            smtp.sock.settimeout(self._timeout)
        except (smtplib.SMTPException, OSError, ValueError):
            code, words = -1, b""
        if 200 <= code < 300:
            return Answer("sent", self._said(code, words))
        if not 400 <= code < 600:
            self.close()
            return Answer("unclear", f"the server did not say whether it has the mail: {UNCLEAR}")
        self._start_over(code)
        return self._refused("the mail", code, words)

    def close(self) -> None:
        """Hang up, politely where there still is a connection."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                if smtp.sock is not None:
                    smtp.sock.settimeout(5)
                    smtp.quit()
            except (smtplib.SMTPException, OSError, ValueError):
                pass
            finally:
                smtp.close()

    def _open(self) -> smtplib.SMTP:
        mail, where = self._mail, f"mail server {self._mail.server}"
        smtp: smtplib.SMTP | None = None
        try:
            trust = trust_in(mail.ca_file)
            self._password = mail.password.reveal() if mail.password else ""
            if not f"{mail.user or ''}{self._password}".isascii():
                raise Unreachable(f"{where}: expected user and password in ASCII, as signing in by SMTP takes them")
            if mail.tls == "implicit":
                smtp = smtplib.SMTP_SSL(mail.host, mail.port, timeout=self._timeout, context=trust)
            else:
                smtp = smtplib.SMTP(mail.host, mail.port, timeout=self._timeout)
            smtp.ehlo_or_helo_if_needed()
            if mail.tls == "starttls":
                if not smtp.has_extn("starttls"):
                    raise Unreachable(f"{where} offers no STARTTLS; nothing was sent")
                smtp.starttls(context=trust)
                smtp.ehlo_or_helo_if_needed()
            if mail.user:
                smtp.login(mail.user, self._password)
        except ssl.SSLCertVerificationError as error:
            reason = f"{where}: its certificate does not verify ({line(error.verify_message, WORDS)}); nothing was sent"
        except smtplib.SMTPAuthenticationError as error:
            reason = f"{where} does not take user and password: {_code(error)}"
        except smtplib.SMTPNotSupportedError:
            reason = f"{where} offers no way to sign in"
        except smtplib.SMTPResponseException as error:
            reason = f"{where}: {self._said(error.smtp_code, error.smtp_error)}"
        except ReadinessError as error:
            reason = str(error)
        except Unreachable as error:
            reason = str(error)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            reason = f"{where} cannot be reached: {_reason(error)}"
        else:
            self._smtp = smtp
            return smtp
        if smtp is not None:
            smtp.close()
        raise Unreachable(reason) from None

    def _heard(self) -> bool:
        """Whether the server says something, or has hung up, though it is not its turn."""
        assert self._smtp is not None and self._smtp.sock is not None
        return bool(select([self._smtp.sock], [], [], self._listen)[0])

    def _refused(self, what: str, code: int, words: bytes) -> Answer:
        return Answer("refused" if code >= 500 else "waiting", f"{what} was refused: {self._said(code, words)}")

    def _start_over(self, code: int) -> None:
        """After a refusal, be ready for the next letter; 421 says that there is none on this connection."""
        assert self._smtp is not None
        try:
            ready = code != 421 and self._smtp.rset()[0] == 250
        except (smtplib.SMTPException, OSError, ValueError):
            ready = False
        if not ready:
            self.close()

    def _said(self, code: int, words: bytes | str) -> str:
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        return line(mask(f"{code} {text}", self._secrets), WORDS)

    @property
    def _secrets(self) -> list[str]:
        """The password as it is, and as AUTH LOGIN and AUTH PLAIN (RFC 4616) send it."""
        sent = (self._password, f"\0{self._mail.user}\0{self._password}")
        written = [b64encode(each.encode()).decode() for each in sent] if self._password else []
        return [self._password, *written, *(each.rstrip("=") for each in written)]


def _stuffed(content: bytes) -> bytes:
    """As it is sent: lines that begin with a dot have another before it (RFC 5321, 4.5.2), without the final one."""
    lines = re.sub(rb"\r\n|\n|\r", b"\r\n", content)
    whole = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)


def _code(error: smtplib.SMTPResponseException) -> str:
    """Reply code and enhanced status code (RFC 3463) alone: the words may repeat what was sent, or a part of it."""
    said = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
    status = re.match(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?!\S)", said)
    return f"{error.smtp_code} {status[1].decode()}" if status else str(error.smtp_code)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or 'the handshake failed'}"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it hung up"
    return (error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__).lower()
