"""Mailing: silence is as long as mails were slow, and no longer."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from readiness.accounts import mailing
from readiness.accounts.mailing import ASKED, limited
from readiness.accounts.person import Person
from readiness.accounts.visit import Reply
from readiness.mailbox import Letter
from readiness.wire.exchange import Exchange

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANA = "ana@example.com"


@dataclass
class Post:
    """A platform that sends mails, and the clock; `delays` are seconds that each takes, None: it is not sent."""

    delays: list[float | None]
    seconds: float = 0.0
    sent: list[Letter] = field(default_factory=list)
    declaration = SimpleNamespace(patience=timedelta(seconds=60))

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds)

    def time(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    async def ask(self, email: str) -> Reply:
        self.seconds += 1.0
        delay = self.delays.pop(0)
        if delay is not None:
            at = self.now() + timedelta(seconds=delay)
            self.sent.append(Letter(address=email, received_at=at, found={"reset": "a-token"}, observed_at=at))
        exchange = Exchange(method="POST", url="https://api.example.com/forgot", status=202, observed_at=self.now())
        return Reply("forgot", exchange, {})

    async def letters(self, address: str) -> tuple[Letter, ...]:
        return tuple(letter for letter in self.sent if letter.received_at <= self.now())

    async def wait(self, address: str, kind: str, since: datetime, within: object) -> Letter | None:
        while not await self.letters(address):
            self.seconds += 0.1
        return (await self.letters(address))[-1]


@pytest.fixture
def mailed(monkeypatch):
    """`await mailed(delays)` is whether the mails were seen to be limited, and how long it took after the last one."""

    async def run(delays: list[float | None]) -> tuple[bool, float]:
        post = Post([*delays, *[None] * (ASKED - len(delays))])
        monkeypatch.setattr(mailing, "asyncio", SimpleNamespace(sleep=post.sleep))
        monkeypatch.setattr(mailing, "_clock", post.time)
        visit = SimpleNamespace(client=SimpleNamespace(hide=lambda *values: None))
        person = Person(ANA, "a-password", lambda: visit, post, post.now)  # type: ignore[arg-type]
        async with asyncio.timeout(10):
            result = await limited(person, "reset", post.ask, since=BEGIN)
        return result.limited, post.seconds - (post.sent[-1].received_at - BEGIN).total_seconds()

    return run


async def test_mails_that_stop_are_waited_for_a_little_whatever_the_asking_took(mailed):
    was_limited, waited = await mailed([0.1] * 3)
    assert was_limited
    assert waited == pytest.approx(ASKED - 3 + mailing.QUIET, abs=2)


async def test_mails_that_take_long_are_waited_for_as_long_again(mailed):
    was_limited, waited = await mailed([5.0, 8.0])
    assert was_limited
    assert 16 <= waited < 20


async def test_mails_that_go_on_coming_are_not_limited_however_slow_they_are(mailed):
    was_limited, _ = await mailed([0.1 + number for number in range(ASKED)])
    assert not was_limited
