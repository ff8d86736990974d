"""Pairs: the same operation asked for a known and an unknown address in turn, to see whether the answers tell them
apart."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from readiness.accounts.visit import Reply
from readiness.answers.neutrality import difference
from readiness.answers.timing import PAIRS, SUSPICION, differ
from readiness.wire.exchange import Exchange

Asked = tuple[str, Reply]
"""The address that was asked about, and the answer."""
Ask = Callable[[], Awaitable[Asked]]


@dataclass
class Pairs:
    """Answers about known and unknown addresses, taken in turn.

    Attributes:
        known, unknown: Asks once about an address of that kind.
        answers: What was answered, by kind.
    """

    known: Ask
    unknown: Ask
    answers: dict[str, list[Asked]] = field(default_factory=lambda: {"known": [], "unknown": []})

    async def take(self, count: int = PAIRS) -> None:
        """Ask `count` times for each kind.

        Raises:
            Unobservable: An answer says nothing of the platform's rules.
        """
        for turn in range(count):
            # A B, B A, …: each kind follows each as often, so that what one request leaves to do delays both alike
            for kind in ("known", "unknown") if turn % 2 else ("unknown", "known"):
                address, reply = await (self.known if kind == "known" else self.unknown)()
                reply.settle()
                self.answers[kind].append((address, reply))

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every one, in the order of the kinds."""
        return tuple(reply.exchange for kind in self.answers.values() for _, reply in kind)

    def difference(self) -> str:
        """See `neutrality.difference`."""
        return difference(*(_by_address(self.answers[kind]) for kind in ("known", "unknown")))

    async def differ_in_time(self, before: Callable[[], Awaitable[object]] | None = None) -> bool:
        """Whether the kinds take different times; a difference that is suspected counts when it is found again.

        Args:
            before: What has to be done before it is looked for again.

        Raises:
            Unobservable: See `timing.differ` and `take`.
        """
        if not differ(*self._times(0), SUSPICION):
            return False
        if before:
            await before()
        seen = len(self.answers["known"])
        await self.take()
        return differ(*self._times(seen))

    def _times(self, start: int) -> tuple[list[float], list[float]]:
        known, unknown = (
            [reply.exchange.elapsed_ms for _, reply in self.answers[kind][start:]] for kind in ("known", "unknown")
        )
        return known, unknown


def _by_address(asked: Sequence[Asked]) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for address, reply in asked:
        found.setdefault(address, []).append(reply.exchange)
    return found
