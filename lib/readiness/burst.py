"""The burst: asking faster than a limit allows, to see whether it holds."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from readiness.wire.exchange import Exchange

WAIT = 30.0
"""Longest Retry-After, in seconds, that is waited for."""

HASTE = 0.25
"""Share of a window, of ten seconds at most, that exceeding its limit may take: longer than a window shows nothing."""

MOST_ABREAST = 8
"""Requests of a burst that are sent at the same time at most."""

Ask = Callable[[dict[str, str]], Awaitable[Exchange]]
"""Asks once for what is limited, with these headers besides the usual ones, and never waits for its turn."""


@dataclass
class Burst:
    """What exceeding one limit showed.

    Attributes:
        name: The operation, as reasons call it.
        requests: Requests that the limit allows in one window.
        window: Length of the window in seconds.
        ask: See `Ask`.
        abreast: How many are asked at the same time at least; more where one answer after the other takes too long.
        allowed: Requests that passed before the first refusal, at the start of a window where that mattered; None
            where none was refused or nothing was seen.
        limited: 429 came within the limit + 10 % (True) or never (False); None where `reason` says it was not seen.
        answers: Every answer, in order.
        ended: When the last of them came, by the monotonic clock.
    """

    name: str
    requests: int
    window: float
    ask: Ask
    abreast: int = 1
    allowed: int | None = None
    limited: bool | None = None
    reason: str = ""
    answers: list[Exchange] = field(default_factory=list)
    ended: float = 0.0

    @property
    def most(self) -> int:
        """Requests that may pass before the first refusal: the limit, 10 % more, and one for the counting itself."""
        return math.floor(self.requests * 1.1) + 1

    @property
    def refusals(self) -> list[Exchange]:
        """The answers of 429."""
        return [answer for answer in self.answers if answer.status == 429]

    async def run(self) -> "Burst":
        """Exceed the limit; twice where the first time may have begun in one window and ended in the next.

        A fixed window that ends during a burst lets up to twice the limit pass. So a burst without refusal is followed
        by another at once: no refusal then either, and there is no limit. If one comes, the third burst, begun when the
        refusal has run out and so at the start of a window, tells a limit that holds from one that is too high.
        """
        started = time.monotonic()
        allowed = await self._until_refused()
        if allowed is None and not self.reason:
            allowed = await self._until_refused()
            suspect = allowed is not None
        else:
            suspect = allowed == 0 or (allowed or 0) > self.most
        if suspect and not self.reason:
            if not await self._wait():
                self.reason = f"{self.name}: no fresh window to try its limit in, the refusal names no end within 30 s"
                return self
            started = time.monotonic()
            allowed = await self._until_refused()
        holds = allowed is not None and 0 < allowed <= self.most
        if not self.reason and allowed == 0:
            self.reason = f"{self.name}: refused from the first request"
        elif not self.reason and not holds and time.monotonic() - started > self.window:
            self.reason = f"{self.name}: answered too slowly to exceed its limit within one window"
        elif not self.reason:
            self.limited, self.allowed = holds, allowed
        return self

    async def _until_refused(self) -> int | None:
        """Ask until refused: how many requests were allowed before; None where all were, or `reason` is set."""
        allowed, rounds, began = 0, 0, time.monotonic()
        whole = left = math.ceil(self.requests * 1.2) + 1
        haste = HASTE * min(10.0, self.window)
        while left > 0:
            each = (time.monotonic() - began) / max(1, rounds)
            abreast = max(self.abreast, min(MOST_ABREAST, math.ceil(each * whole / haste)))
            answers = await asyncio.gather(*(self.ask({}) for _ in range(min(abreast, left))))
            rounds += 1
            left -= len(answers)
            self.answers += answers
            self.ended = time.monotonic()
            for answer in answers:
                status = answer.status or 0
                if not status or status in (201, 404, 405) or status >= 500:
                    self.reason = f"{self.name}: {answer.failure or f'status {status}'}"
                    return None
            allowed += sum(answer.status != 429 for answer in answers)
            if any(answer.status == 429 for answer in answers):
                return allowed
        return None

    async def _wait(self) -> bool:
        """Wait as long as the last refusal says; False where it does not say, or says too long."""
        seconds = retry_after(self.refusals[-1])
        if seconds is None or seconds > WAIT:
            return False
        await asyncio.sleep(seconds + 0.2)
        return True


def retry_after(answer: Exchange) -> int | None:
    """Seconds of an integer Retry-After (RFC 9110, 10.2.3); None where there is none."""
    value = (answer.header("retry-after") or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
