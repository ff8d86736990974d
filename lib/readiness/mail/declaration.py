"""Who is sent mail of a target's runs, and by which server, as its target file declares it."""

import ipaddress
import re
from email import headerregistry
from email.errors import MessageError
from email.utils import parseaddr, quote
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from readiness.address import Address
from readiness.document import Record, folder_of
from readiness.secret import Secret

When = Literal["run", "weekly", "change", "failed"]
Attaching = Literal["attached", "linked", "none"]

_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
"""As HTML's `input type=email` has it: RFC 5321 without quoting, which no address in use needs."""


def _mailbox(text: str) -> str:
    if not _writable(text):
        raise ValueError(f"expected an address such as team@example.com, got {text!r}")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"  # two spellings of a domain are one recipient (RFC 5321, 2.4)


def _writable(address: str) -> bool:
    """Whether it can stand in a header as it is."""
    try:
        return bool(_MAILBOX.fullmatch(address)) and headerregistry.Address(addr_spec=address).addr_spec == address
    except (ValueError, MessageError, IndexError):
        return False


def _named(text: str) -> str:
    name, address = parseaddr(text)
    whole = {address, f"<{address}>", f"{name} <{address}>", f'"{quote(name)}" <{address}>'}
    if not _writable(address) or not text.isprintable() or " ".join(text.split()) not in whole:
        raise ValueError(f"expected an address such as Readiness <readiness@example.com>, got {text!r}")
    return text


def _server(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not re.fullmatch(r"[\w.-]+|\[[\da-fA-F:]+\]", host) or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"expected a server and its port such as smtp.example.com:587, got {text!r}")
    return text


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class Recipients(Record):
    """Some who get the same."""

    to: list[Mailbox] = Field(min_length=1, description="their addresses; each is sent a mail of its own")
    when: When = Field(
        "run",
        description="`run`: the mail of every scheduled run; `weekly`: of the weekly one; `change`: of one in which "
        "the verdict or something mandatory changed; `failed`: that a scheduled run failed",
    )
    report: Attaching = Field("attached", description="the report: `attached`, `linked` or `none`")


class Mail(Record):
    """The server that takes our mail, and the lists of those who get it."""

    server: Annotated[str, AfterValidator(_server)] = Field(description="mail server, `smtp.example.com:587`")
    tls: Literal["starttls", "implicit", "plain"] = Field(
        "starttls",
        description="`starttls`, `implicit` (port 465), or `plain` on loopback alone; the certificate has to verify",
    )
    ca_file: Path | None = Field(None, description="certificate authority to trust besides the public ones")
    user: str | None = Field(None, min_length=1, description="user to sign in with, where the server asks for one")
    password: Secret | None = Field(None, description="its password, a reference")
    sender: Annotated[str, AfterValidator(_named)] = Field(
        alias="from", description="sender, `Readiness <readiness@example.com>`"
    )
    address: Address | None = Field(
        None, description="where reports/ is served, `https://reports.example.com`; links lead there"
    )
    lists: list[Recipients] = Field(min_length=1, description="who gets what, see below")

    @field_validator("ca_file", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if bool(self.user) != bool(self.password):
            raise ValueError("expected user and password together")
        if self.tls == "plain" and not loopback(self.host):
            raise ValueError("tls: expected starttls or implicit: a mail is sent in the clear on loopback alone")
        if self.address is None and any(each.report == "linked" for each in self.lists):
            raise ValueError("address: expected where reports/ is served, because a list has `report: linked`")
        return self

    @property
    def host(self) -> str:
        """Name or IP address of the server."""
        return self.server.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.server.rpartition(":")[2])

    def recipients(self, *when: When) -> dict[str, Attaching]:
        """Address → how it gets the report, of the lists for any of these occasions; the first list counts."""
        found: dict[str, Attaching] = {}
        for each in self.lists:
            if each.when in when:
                for address in each.to:
                    found.setdefault(address, each.report)
        return found


def loopback(host: str) -> bool:
    """Whether a host is this machine by its name alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
