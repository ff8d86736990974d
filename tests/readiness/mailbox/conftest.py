"""Mails, a DNS that knows what it is told, and mailboxes opened from the keys of a target file."""

from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from readiness.mailbox import open_mailbox
from readiness.mailbox.declaration import Mailbox
from readiness.wire.exchange import Answer

MAILS = {"verify": r"verify\?token=([\w.~-]+)", "password_changed": "password was changed"}
ANA = "readiness+1-ana@example.com"


@pytest.fixture
def declared() -> Callable[..., Mailbox]:
    """`declared(smtp="127.0.0.1:0")` is the record as a target file with those keys would give."""
    return lambda **keys: Mailbox.model_validate({"mails": MAILS, **keys}, context={"folder": Path()})


@pytest.fixture
def dns() -> Callable[..., Any]:
    """`dns({"TXT example.com": ["v=spf1 -all"]})` is a lookup; what it does not know does not exist."""

    def build(records: dict[str, list[str]] | None = None, failing: bool = False) -> Any:
        async def lookup(name: str, rdtype: str) -> Answer:
            values = tuple((records or {}).get(f"{rdtype} {name}", ()))
            code = "NOERROR" if values else "NXDOMAIN"
            keys = {"failure": "no answer in time"} if failing else {"code": code, "records": values}
            return Answer(name=name, type=rdtype, server="127.0.0.1:53", observed_at=datetime.now(UTC), **keys)

        return lookup

    return build


@pytest.fixture
def opened(declared: Callable[..., Mailbox], dns: Callable[..., Any]) -> Callable[..., Any]:
    """`async with opened(smtp="127.0.0.1:0") as mailbox` is an open mailbox that accepts tagged addresses."""

    @asynccontextmanager
    async def build(records: Any = None, failing: bool = False, trust: Any = None, **keys: Any) -> Any:
        async with open_mailbox(
            declared(**keys),
            now=lambda: datetime.now(UTC),
            lookup=dns(records, failing),
            accepts=lambda address: address.startswith("readiness+1-"),
            trust=trust,
        ) as mailbox:
            yield mailbox

    return build


@pytest.fixture
def mail() -> Callable[..., EmailMessage]:
    """`mail(text, to=…, subject=…, html=…)` is a message."""

    def build(text: str = "", to: str = ANA, subject: str = "Welcome", html: str = "", **headers: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "Sample <no-reply@example.com>", to, subject
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        return message

    return build
