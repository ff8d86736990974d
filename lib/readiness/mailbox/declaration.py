"""How the mails of a platform are read, as its target file declares it."""

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Literal, Self, get_args
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, model_validator

from readiness.document import Record
from readiness.duration import Duration
from readiness.secret import Secret

Kind = Literal["verify", "reset", "confirm_email", "password_changed", "new_device", "known_address", "product"]
"""The mails that are told apart; everything else of a mailbox is passed over."""

KINDS: tuple[str, ...] = get_args(Kind)
_WITH_A_TOKEN = ("verify", "reset", "confirm_email")
_SOURCES = ("smtp", "mailpit", "mailhog", "imap")


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"expected an address and port to listen at such as 127.0.0.1:8025, got {text!r}")
    return text


def _http(url: str) -> str:
    if "@" in url:
        # the address is not repeated: what stands before the @ may be a password
        raise ValueError("expected an address without a user or password in it; name them as user and password")
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment:
        raise ValueError(f"expected an http(s) address such as https://mailpit.example.com, got {url!r}")
    return url.rstrip("/")


def _imap(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("imap", "imaps") and parts.hostname and parts.username and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.password is not None:
        raise ValueError("expected an address such as imaps://user@imap.example.com:993/INBOX, without a password")
    if parts.scheme == "imap" and not _loopback(str(parts.hostname)):
        raise ValueError("expected imaps://: a password is sent in the clear on loopback alone")
    return url


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pattern(text: str) -> str:
    try:
        pattern = re.compile(text, re.I)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"expected a regular expression: {error}") from None
    if pattern.groups > 1:
        raise ValueError(f"expected at most one group, around the token or code, got {pattern.groups}")
    if pattern.search(""):
        raise ValueError("expected a regular expression that does not match an empty mail")
    return text


def _patience(value: timedelta) -> timedelta:
    if value > timedelta(seconds=60):
        raise ValueError(f"expected at most 60s, got {value.total_seconds():g}s")
    return value


Pattern = Annotated[str, Field(max_length=1000), AfterValidator(_pattern)]


class Mailbox(Record):
    """Where the platform's mails to test accounts arrive, and what tells one kind from another."""

    smtp: Annotated[str, AfterValidator(_listen)] | None = Field(
        None, description="listen for mail here while a run lasts, `address:port`"
    )
    mailpit: Annotated[str, AfterValidator(_http)] | None = Field(None, description="base address of a Mailpit")
    mailhog: Annotated[str, AfterValidator(_http)] | None = Field(None, description="base address of a MailHog")
    imap: Annotated[str, AfterValidator(_imap)] | None = Field(
        None, description="an IMAP folder, `imaps://user@host:993/INBOX`; it is only ever read"
    )
    user: str | None = Field(None, min_length=1, description="user of Mailpit or MailHog, where they ask for one")
    password: Secret | None = Field(None, description="password of the IMAP or HTTP user, a reference")
    patience: Annotated[Duration, AfterValidator(_patience)] = Field(
        timedelta(seconds=60), description="how long a mail may take, at most 60s"
    )
    trusted: str | None = Field(
        None,
        pattern=r"^[\w.-]+$",
        description="mail server whose Authentication-Results are believed (RFC 8601); `smtp` verifies by itself",
    )
    mails: dict[Kind, Pattern] = Field(
        description="regular expression for each kind of mail, over its subject and text with white space made one, "
        "in any case; its group is the token or code"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        named = [name for name in _SOURCES if getattr(self, name)]
        if len(named) != 1:
            raise ValueError(f"expected one of {', '.join(_SOURCES)}, got {' and '.join(named) or 'none'}")
        if self.imap and (self.user or not self.password):
            raise ValueError("expected a password beside imap, and its user in the address")
        if self.smtp and (self.user or self.password or self.trusted):
            raise ValueError("expected no user, password or trusted beside smtp: it takes and verifies mails by itself")
        if bool(self.user) != bool(self.password) and not self.imap:
            raise ValueError("expected user and password together")
        for kind in _WITH_A_TOKEN:
            if kind in self.mails and re.compile(self.mails[kind]).groups != 1:
                raise ValueError(f"mails.{kind}: expected a group around the token or code")
        return self

    @property
    def place(self) -> str:
        """Where a person would look, in a few words and without a user."""
        if self.imap:
            parts = urlsplit(self.imap)
            return f"{unquote(parts.path.strip('/')) or 'INBOX'} of {parts.hostname}"
        return next(f"{name} at {getattr(self, name)}" for name in _SOURCES if getattr(self, name))
