"""Runbooks: whether every alert leads to instructions that are there."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from readiness.artefacts.rules import Rule, alerts, rules
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.links import Followed, follow, followable
from readiness.sources.repository.reading import needed, noted, parsed
from readiness.wire.api import Reading
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout
from readiness.wire.exchange import Recorded

if TYPE_CHECKING:
    from readiness.probes import Context

LINKS = 100
"""Different links that are followed at most."""


@supplies("runbooks.rules", "runbooks.linked_pct")
async def runbooks(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Follow the runbook link of every alert rule: of rule files, else of those that Prometheus has loaded."""
    found, seen = await _rules(source, checkout, context)
    yield observed("runbooks.rules", len(found), *seen)
    if not found:
        yield unavailable("runbooks.linked_pct", "there are no alert rules", *seen)
        return
    links = list(dict.fromkeys((path, rule.runbook) for path, rule in found if followable(rule.runbook)))
    followed = await asyncio.gather(*(follow(link, path, source, checkout, context) for path, link in links[:LINKS]))
    leads = dict(zip(links, followed, strict=False))
    verdicts = [(rule, leads.get((path, rule.runbook))) for path, rule in found]
    sure = sum(one is not None and one.there is True for _, one in verdicts)
    open = sum(one.there is None if one else followable(rule.runbook) for rule, one in verdicts)
    low, high = (round(100 * number / len(found), 2) for number in (sure, sure + open))
    lines = [f"{rule.name}: {one.why if one else 'no link'}" for rule, one in verdicts if not (one and one.there)]
    yield observed("runbooks.linked_pct", low, *_noted(seen, lines), *_asked(followed), low=low, high=high)


async def _rules(
    source: Repository, checkout: Checkout, context: "Context"
) -> tuple[list[tuple[str, Rule]], list[Recorded]]:
    """Every alert with the file that its links are relative to."""
    if not source.alert_rules:
        return await _loaded(context)
    paths = [path for place in source.alert_rules for path in checkout.under(place, ".yaml", ".yml", ".rules")]
    if not paths:
        words = f"there are no rule files in {', '.join(source.alert_rules)}"
        raise Unobservable(words, permission="sources.repository.alert_rules")
    artefacts = [await checkout.read(path) for path in paths]
    found = [(one.path, rule) for one in artefacts for rule in await parsed(one, rules)]
    return found, list(artefacts)


async def _loaded(context: "Context") -> tuple[list[tuple[str, Rule]], list[Recorded]]:
    if not context.supply.configured("prometheus"):
        needed("alert_rules")
    api = await context.supply.connection("prometheus", context)
    reading: Reading = await api.get("/rules", {"type": "alert"})
    groups = reading.need("data", "groups")
    listed = [group.get("rules") for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return [("", rule) for one in listed for rule in alerts(one)], [reading.exchange]


def _noted(seen: list[Recorded], lines: list[str]) -> list[Recorded]:
    artefacts = [one for one in seen if isinstance(one, Artefact)]
    return [*noted(artefacts, lines)] if artefacts else seen


def _asked(followed: list[Followed]) -> list[Recorded]:
    return [record for one in followed if not one.there for record in one.seen]
