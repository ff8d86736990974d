"""Sources: what is behind a platform and can tell facts of it: its stores, its vendors' APIs, its repository.

Each module or package in `readiness.sources` is one source and is found by being there. It has the settings that a
target file gives under `sources`, and suppliers, which yield observations of the facts they are declared for:

    class UptimeRobot(Vendor):
        token: Secret = Field(description="read-only API key, a reference")

    @supplies("uptime.monitors", "uptime.interval_s")
    async def monitors(source: UptimeRobot, api: Api, context: Context) -> AsyncIterator[Observation]:
        ...

Several sources may supply one fact: they are alternatives. What they supply is declared by the probe of the subject
(`probes/uptime.py`), so that a requirement names a fact and never a vendor.
"""

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_args

from pydantic import BaseModel, Field, PrivateAttr, create_model, model_validator
from pydantic.fields import FieldInfo

from readiness.address import Address
from readiness.document import Record
from readiness.errors import BadInput
from readiness.evidence import Fact
from readiness.secret import Secret
from readiness.wire.api import Api
from readiness.wire.aws import Aws

if TYPE_CHECKING:
    from readiness.observation import Observation
    from readiness.probes import Context

DEADLINE_S = 60.0
"""Seconds that one supplier may take, unless it says otherwise."""


class Source(Record):
    """Settings of one source, under its name in a target file's `sources`; the name is its module's."""

    @classmethod
    def name(cls) -> str:
        """Its key in `sources`."""
        return _source_of(cls.__module__)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values behind every reference in these settings.

        Raises:
            BadInput: One of them is not there.
        """
        return tuple(value.reveal() for value in self.__dict__.values() if isinstance(value, Secret))

    @abstractmethod
    def open(self, context: "Context") -> AbstractAsyncContextManager[Any]:
        """What its suppliers are given to ask with, open for the rest of the run; only ever used to read.

        Raises:
            Unobservable: It cannot be reached, or refuses what the settings show it.
        """


class Vendor(Source):
    """Settings of a source that is asked over HTTP.

    Attributes:
        BASE: Where its API is, unless the target file says otherwise.
    """

    BASE: ClassVar[str] = ""

    base: Address | None = Field(None, description="address of the API; default: the vendor's own")

    def headers(self) -> Mapping[str, str]:
        """Headers that show who asks: the settings' `token`, where they have one, as a bearer's (RFC 6750, 2.1)."""
        token = getattr(self, "token", None)
        return {"Authorization": f"Bearer {token.reveal()}"} if token else {}

    def open(self, context: "Context") -> AbstractAsyncContextManager[Api]:
        """An `Api` on the vendor."""
        return Api(
            self.name(),
            self.base or self.BASE,
            self.headers(),
            trust=context.client.trust,
            now=context.client.time,
            secrets=context.client.secrets,
        )


class Store(Source):
    """Settings of a store that is connected to: production's, and staging's where it is named.

    Attributes:
        PLACE: What `of` reads an address into (ValueError without repeating it); it has a `password`.
    """

    PLACE: ClassVar[type[Any]]

    address: Secret
    staging: Secret | None = Field(None, description="the same of staging's, a reference")

    @property
    def secrets(self) -> tuple[str, ...]:
        """See `Source.secrets`; the passwords within the addresses as well."""
        places = [self.place()] + ([self.place("staging")] if self.staging else [])
        return (*super().secrets, *(place.password for place in places if place.password))

    def place(self, key: str = "address") -> Any:
        """Where production's (`address`) or staging's (`staging`) server is.

        Raises:
            BadInput: What the reference leads to is no such address.
        """
        secret = getattr(self, key)
        try:
            return self.PLACE.of(secret.reveal())
        except ValueError as error:
            raise BadInput(f"secret {secret.reference}: {error}") from None


class Amazon(Source):
    """Settings of a source that is asked through AWS's own client, boto3."""

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="region, such as `eu-central-1`")
    key_id: Secret | None = Field(None, description="access key id, a reference")
    key: Secret | None = Field(None, description="secret access key, a reference")
    session: Secret | None = Field(None, description="session token of temporary keys, a reference")
    profile: str = Field("", description="instead of keys: a profile of this machine's own AWS configuration")
    base: Address | None = Field(None, description="address of the service; default: AWS's own")

    @model_validator(mode="after")
    def _as_one(self) -> Self:
        if bool(self.key_id and self.key) == bool(self.profile) or bool(self.key_id) != bool(self.key):
            raise ValueError("expected either key_id and key, or profile")
        return self

    def open(self, context: "Context") -> AbstractAsyncContextManager[Aws]:
        """An `Aws` of this account and region."""
        given = {"aws_access_key_id": self.key_id, "aws_secret_access_key": self.key, "aws_session_token": self.session}
        return Aws(
            self.name(),
            self.region,
            {name: secret.reveal() for name, secret in given.items() if secret},
            profile=self.profile,
            endpoint=self.base or "",
            now=context.client.time,
            secrets=context.client.secrets,
        )


@dataclass(frozen=True)
class Supplier:
    """Code that observes facts from one source.

    Attributes:
        source: Name of the source.
        facts: Names of the facts it supplies.
        run: Async generator of observations, called with the settings, what `Source.open` gave, and the context.
        deadline: Seconds after which it is stopped; what it yielded until then counts.
    """

    source: str
    facts: tuple[str, ...]
    run: Callable[[Any, Any, "Context"], AsyncIterator["Observation"]]
    deadline: float = DEADLINE_S


Run = Callable[[Any, Any, "Context"], AsyncIterator["Observation"]]


def supplies(*facts: str, deadline: float = DEADLINE_S) -> Callable[[Run], Supplier]:
    """Declare the decorated async generator a supplier of these facts, from the source that its module is."""

    def declare(run: Run) -> Supplier:
        return Supplier(_source_of(run.__module__), facts, run, deadline)

    return declare


class Sources(Record):
    """The sources that a target file names; it has a field for every module of `readiness.sources`."""

    _order: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _in_the_order_of_the_file(cls, data: Any, handler: Any) -> Self:
        made: Self = handler(data)
        if isinstance(data, Mapping):
            made._order = tuple(map(str, data))
        return made

    @property
    def configured(self) -> tuple[Source, ...]:
        """The sources that are set, in the order of the file: the first that observes a fact is believed."""
        return tuple(source for name in self._order if (source := getattr(self, name, None)) is not None)


@cache
def declared() -> type[Sources]:
    """The model of `sources`: a field for every source, described by the first line of its settings' docstring."""
    fields: dict[str, Any] = {
        name: (model | None, Field(None, description=(model.__doc__ or "").strip().splitlines()[0].rstrip(".")))
        for name, model in models().items()
    }
    return create_model("Declared", __base__=Sources, __module__=__name__, **fields)


def __getattr__(name: str) -> Any:
    if name == "Declared":  # pickle looks for the class of an instance here
        return declared()
    raise AttributeError(name)


@cache
def models() -> dict[str, type[Source]]:
    """The settings of every source, by name."""
    found: dict[str, type[Source]] = {}
    for module in _modules():
        found |= {
            value.name(): value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Source) and value.__module__ == module.__name__
        }
    return found


@cache
def suppliers() -> tuple[Supplier, ...]:
    """Every supplier, in the order of the sources' names."""
    return tuple(value for module in _modules() for value in vars(module).values() if isinstance(value, Supplier))


def able(facts: Collection[str]) -> list[str]:
    """Names of the sources that can tell any of these facts, in order."""
    return sorted({supplier.source for supplier in suppliers() if set(facts) & set(supplier.facts)})


@cache
def _modules() -> tuple[Any, ...]:
    from readiness import sources

    names = sorted(module.name for module in pkgutil.walk_packages(sources.__path__, f"{sources.__name__}."))
    return tuple(importlib.import_module(name) for name in names)


def _source_of(module: str) -> str:
    """The source that a module is, or that the package around it is."""
    within = module.partition(".sources.")[2]
    return within.partition(".")[0] if within else module.rpartition(".")[2]


def described(facts: Mapping[str, Fact]) -> str:
    """Every source as Markdown: its keys, and the facts it can tell.

    Args:
        facts: Every fact, by name.
    """
    parts = []
    for name, model in models().items():
        told = dict.fromkeys(fact for supplier in suppliers() if supplier.source == name for fact in supplier.facts)
        parts.append(f"## `{name}`\n\n{(model.__doc__ or '').strip().splitlines()[0]}\n\n{keys_of(model)}")
        rows = [f"| `{fact}` | {facts[fact].meaning} |" for fact in told if fact in facts]
        parts.append("\n".join(["| fact | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def keys_of(model: type[BaseModel]) -> str:
    """The keys of a record as a Markdown table, those of records within it with a dot."""
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *_rows(model, "")])


def _rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        yield f"| `{key}` | {_default(field)} | {field.description} |"
        for inner in _records(field.annotation):
            yield from _rows(inner, f"{key}.")


def _records(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _records(inner)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value in (None, "", [], {}, ()) or isinstance(value, BaseModel):
        return ""
    return f"`{value.total_seconds():g}s`" if isinstance(value, timedelta) else f"`{value}`"
