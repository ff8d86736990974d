"""The message: plain text with an HTML alternative, perhaps the report, and headers that nothing foreign gets into."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from readiness.export.escape import line


def message(
    key: str,
    *,
    sender: str,
    to: str,
    subject: str,
    plain: str,
    page: str,
    at: datetime,
    report: tuple[str, bytes] | None = None,
) -> bytes:
    """Write a message as it is sent.

    Args:
        key: Of its letter; the Message-ID follows from it, so that it is the same however often it is sent.
        sender: An address, or a name and an address.
        to: Its recipient, and no other.
        subject: In one line; hidden characters and line ends are written out.
        plain, page: The text and its HTML alternative.
        at: Its date, with a zone.
        report: File name and content of what is attached.
    """
    name, address = parseaddr(sender)
    told = EmailMessage(SMTP)
    told["From"] = Address(name, addr_spec=address)
    told["To"] = Address(addr_spec=to)
    told["Subject"] = line(subject, 200)
    told["Date"] = format_datetime(at)
    told["Message-ID"] = f"<{re.sub('[^A-Za-z0-9.-]', '-', key)}@{address.rpartition('@')[2]}>"
    told["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that nobody's absence is told to us
    told["X-Auto-Response-Suppress"] = "All"
    told.set_content(plain, cte="quoted-printable")
    told.add_alternative(page, subtype="html", cte="quoted-printable")
    if report:
        told.add_attachment(
            report[1], maintype="text", subtype="html", filename=re.sub("[^A-Za-z0-9.-]", "-", report[0])
        )
    return told.as_bytes()
