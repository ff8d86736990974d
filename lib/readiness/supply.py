"""Supply: what the sources behind the platform, and dated statements, say of facts in one run."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from readiness.attestation import Attestation
from readiness.errors import BadInput, Unobservable
from readiness.evidence import Fact
from readiness.observation import Observation, unavailable
from readiness.source import Source, Supplier, able, suppliers

if TYPE_CHECKING:
    from readiness.probes import Context

Told = dict[str, Observation]


class Supply:
    """The configured sources of one target, each opened when it is first asked, and the attestations in force.

    Args:
        sources: The sources that are configured, the most trusted first.
        attestations: The target's dated statements.
    """

    def __init__(self, sources: Iterable[Source], attestations: Sequence[Attestation] = ()) -> None:
        self._sources = {source.name(): source for source in sources}
        self._attestations = attestations
        self._told: dict[Supplier, asyncio.Task[Told]] = {}
        self._opened: dict[str, asyncio.Task[Any]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks: list[asyncio.Task[Any]] = [*self._told.values(), *self._opened.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()

    def configured(self, name: str) -> bool:
        """Whether the target file names this source."""
        return name in self._sources

    async def connection(self, name: str, context: "Context") -> Any:
        """What a source is asked with, for a probe that asks it itself; see `Source.open`.

        Raises:
            Unobservable: The target file does not name it, or it cannot be reached.
        """
        if name not in self._sources:
            raise Unobservable("no source that can tell it is configured", permission=f"sources.{name}")
        return await self._connection(self._sources[name], context)

    async def tell(self, context: "Context", facts: Sequence[Fact]) -> AsyncIterator[Observation]:
        """One observation of each fact: of the first source that observed it, else of an attestation, else why not."""
        names = {fact.name for fact in facts}
        mine = [one for one in suppliers() if one.source in self._sources and names & set(one.facts)]
        mine.sort(key=lambda one: list(self._sources).index(one.source))
        told = await asyncio.gather(*(self._ask(one, context) for one in mine))
        for fact in facts:
            found = [one[fact.name] for one in told if fact.name in one]
            yield next((one for one in found if one.value is not None), None) or self._else(fact, found, context)

    def _else(self, fact: Fact, found: list[Observation], context: "Context") -> Observation:
        attested = [one for one in self._attestations if one.fact == fact.name] if fact.attestable else []
        if attested:
            latest = max(attested, key=lambda one: (one.in_force(context.now), one.attested_on))
            return latest.observation(fact, context.now)
        if found:
            return next((one for one in found if one.permission), found[0])
        ways = [f"sources.{name}" for name in able([fact.name])]
        ways += [f"an attestation of {fact.name}"] if fact.attestable else []
        return unavailable(fact.name, "no source that can tell it is configured", permission=" or ".join(ways))

    async def _ask(self, supplier: Supplier, context: "Context") -> Told:
        if supplier not in self._told:
            self._told[supplier] = asyncio.create_task(self._run(supplier, context))
        return await asyncio.shield(self._told[supplier])

    async def _run(self, supplier: Supplier, context: "Context") -> Told:
        told: Told = {}
        other = Observation("", reason=f"{supplier.source} said nothing of it")
        try:
            async with asyncio.timeout(supplier.deadline):
                source = self._sources[supplier.source]
                connection = await self._connection(source, context)
                async for observation in supplier.run(source, connection, context):
                    if observation.fact not in supplier.facts:
                        raise ValueError(f"{observation.fact} is no fact that this supplier is declared for")
                    told[observation.fact] = observation
        except Unobservable as obstacle:
            other = unavailable("", obstacle.reason, *obstacle.exchanges, permission=obstacle.permission)
        except TimeoutError:
            other = Observation("", reason=f"{supplier.source} did not tell it within {supplier.deadline:g} s")
        except BadInput:
            raise  # a reference in the target file leads nowhere: a person has to mend that first
        except Exception as error:  # a supplier that crashes costs its own facts alone
            reason = f"{supplier.source}: {type(error).__name__}: {error}"
            other = Observation("", reason=reason, crashed=True)
        for name in supplier.facts:
            told.setdefault(name, Observation(**(vars(other) | {"fact": name})))
        return told

    async def _connection(self, source: Source, context: "Context") -> Any:
        async def opened() -> Any:
            context.client.hide(*source.secrets)
            return await self._stack.enter_async_context(source.open(context))

        if source.name() not in self._opened:
            self._opened[source.name()] = asyncio.create_task(opened())
        return await asyncio.shield(self._opened[source.name()])
