"""Architecture: diagrams, decisions, and whether the documents name what is deployed; integration guides."""

import posixpath
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from readiness.artefacts import text_of, yaml_of
from readiness.artefacts.document import Document, Section
from readiness.artefacts.topics import DIAGRAMS, TOPICS, drawn, missing, pictures
from readiness.errors import Unobservable
from readiness.observation import Observation, observed, settled, unavailable
from readiness.source import supplies
from readiness.sources.repository import Repository
from readiness.sources.repository.reading import at_place, needed, noted, parsed, texts
from readiness.wire.artefact import Artefact
from readiness.wire.checkout import Checkout

if TYPE_CHECKING:
    from readiness.probes import Context

GUIDE = 50
"""Words of an integration guide at least."""
_DEPLOYED = {"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout"}

Files = list[tuple[Artefact, Document]]


@supplies("documents.diagrams_missing", "documents.decisions", "documents.services", "documents.services_undocumented")
async def architecture(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Read the documents of the architecture."""
    yield await settled("documents.decisions", _decisions(source, checkout))
    files = await texts(source, checkout, "architecture")
    yield _diagrams(files, checkout)
    names, artefacts = await _services(source, checkout)
    yield observed("documents.services", len(names), *noted(artefacts, [", ".join(sorted(names))]))
    if not names:
        yield unavailable("documents.services_undocumented", "nothing deployed is named", *artefacts)
        return
    there = {word.lower() for one, _ in files for word in re.findall(r"[\w-]+", text_of(one.content))}
    absent = sorted(name for name in names if name.lower() not in there)
    seen = noted([artefact for artefact, _ in files], [f"does not name {name}" for name in absent])
    yield observed("documents.services_undocumented", len(absent), *seen)


@supplies("documents.guides")
async def guides(source: Repository, checkout: Checkout, context: "Context") -> AsyncIterator[Observation]:
    """Count the integration guides with a text of some length, code, and nothing that was left to fill in."""
    if not source.documents.guides:
        needed("documents.guides")
    seen: list[Artefact] = []
    lines: list[str] = []
    whole = 0
    for name, place in source.documents.guides.items():
        files = await at_place(checkout, place, "documents.guides")
        fault = _fault(files)
        whole += not fault
        lines += [f"{name}: {fault}"] if fault else []
        seen += [artefact for artefact, _ in files]
    yield observed("documents.guides", whole, *noted(seen, lines))


def _fault(files: Files) -> str:
    """What makes a guide none, in one line; empty for one that is."""
    if any(artefact.failure for artefact, _ in files):
        return files[0][0].failure
    if sum(read.words for _, read in files) < GUIDE:
        return f"fewer than {GUIDE} words"
    if blank := next((read.placeholder for _, read in files if read.placeholder), ""):
        return f"not filled in: {blank}"
    return "" if any(one.text.strip() for _, read in files for one in read.codes) else "no code"


def _diagrams(files: Files, checkout: Checkout) -> Observation:
    found: set[str] = set()
    for artefact, read in files:
        for section in read.sections if len(read.sections) == 1 else read.topical:
            if drawn(section, _images(artefact, section, checkout)):
                found |= {name for name, pattern in DIAGRAMS.items() if re.search(pattern, section.title, re.I)}
    absent = [f"no diagram of {name}" for name in DIAGRAMS if name not in found]
    return observed("documents.diagrams_missing", len(absent), *noted([artefact for artefact, _ in files], absent))


def _images(artefact: Artefact, section: Section, checkout: Checkout) -> list[str]:
    """Images of a section that are part of the repository."""
    folder = posixpath.dirname(artefact.path)
    return [
        link for link in pictures(section.text) if posixpath.normpath(posixpath.join(folder, link)) in checkout.files
    ]


async def _decisions(source: Repository, checkout: Checkout) -> Observation:
    """Records that say what was to be decided, and what was."""
    files = await texts(source, checkout, "decisions")
    whole = [artefact for artefact, read in files if not missing([read], TOPICS["decision"])]
    return observed("documents.decisions", len(whole), *(whole or [artefact for artefact, _ in files]))


async def _services(source: Repository, checkout: Checkout) -> tuple[set[str], list[Artefact]]:
    paths = [path for place in source.services for path in checkout.under(place, ".yaml", ".yml")]
    if not source.services:
        needed("services")
    if not paths:
        raise Unobservable(
            f"there is no YAML in {', '.join(source.services)}", permission="sources.repository.services"
        )
    artefacts = [await checkout.read(path) for path in paths]
    names = {name for one in artefacts for told in await parsed(one, yaml_of) for name in _named(told)}
    return names, artefacts


def _named(told: Any) -> set[str]:
    """Services of a Compose file, or the name of a Kubernetes workload."""
    if not isinstance(told, dict):
        return set()
    if told.get("kind") in _DEPLOYED and isinstance(told.get("metadata"), dict):
        return {str(told["metadata"].get("name", ""))} - {""}
    services = told.get("services")
    return {str(name) for name in services} if isinstance(services, dict) and "kind" not in told else set()
