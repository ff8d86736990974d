"""A defect: one behaviour turned wrong, and which requirements must notice."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Defect:
    """One way to be wrong.

    Attributes:
        name: what `--defect` takes.
        breaks: one sentence on what a user or attacker would meet.
        requirements: ids of the requirements that are met without it and not met with it.
        changes: fields of `Behaviour` and the values they get.
        alone: it keeps most other things from being seen, so it cannot be tried together with other defects.
        hides: ids of the requirements that cannot be looked at with it, and so neither what other defects do to them.
    """

    name: str
    breaks: str
    requirements: frozenset[str]
    changes: MappingProxyType[str, Any] = field(repr=False)
    alone: bool = False
    hides: frozenset[str] = frozenset()


def defect(
    name: str, breaks: str, requirements: str, *, alone: bool = False, hides: str = "", **changes: Any
) -> Defect:
    """A defect that turns requirements and `hides` others (ids, separated by spaces) by `changes` of the behaviour."""
    named, hidden = frozenset(requirements.split()), frozenset(hides.split())
    return Defect(name, breaks, named, MappingProxyType(changes), alone, hidden)
