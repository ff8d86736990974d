"""Topics: what a document of each kind has to speak of, and whether it does."""

import re
from collections.abc import Iterable

from readiness.artefacts.document import Document, Section

LEAST = 10
"""Words that a topic needs; fewer are a heading that was left for later."""

TOPICS: dict[str, dict[str, str]] = {
    "playbook": {
        "severities": r"severit|priorit|classif|incident levels?",
        "roles": r"\broles?\b|responsib|commander|who does",
        "escalation": r"escalat|paging|call.?out",
        "messages": r"communicat|messag|template|status page|announce|informing",
        "post-mortem": r"post.?mortem|retrospect|lessons|incident review|after the incident",
    },
    "runbook": {
        "first checks": r"check|diagnos|triage|health|symptom|first steps",
        "restart": r"re.?start|start.*stop|stop.*start|\bscal|drain",
        "stores": r"database|postgres|redis|cache|queue|dependenc|\bstores?\b",
        "recovery": r"restor|backup|recover|roll.?back",
        "escalation": r"escalat|contact|on.?call|whom to",
    },
    "capacity": {
        "demand": r"demand|peak|traffic|users|load\b|growth|forecast",
        "resources": r"resource|database|memory|cpu|disk|connection|limits?\b|quota",
        "headroom": r"headroom|reserve|\bscal|threshold|when to|plan\b|next steps",
    },
    "user_guide": {
        "sign-up": r"sign(?:ing)?.?up|regist|creat\w* (?:an|your) account|getting started",
        "verification": r"verif|confirm\w* (?:your |the )?(?:e-?mail|address)",
        "sign-in": r"sign(?:ing)?.?in\b|log(?:ging)?.?in\b",
        "reset": r"reset|forgot|lost password|recover\w* (?:your )?password",
        "second factor": r"second factor|two.?(?:factor|step)|multi.?factor|\b[m2]fa\b|authenticator|one.?time code",
        "sessions": r"session|devices|signing out|sign.?out|log.?out",
        "deletion": r"delet|clos\w* (?:your|an|the) account|leav\w*",
    },
    "admin_guide": {
        "installing": r"install|deploy|set.?up|getting started",
        "configuration": r"config|settings?\b|environment variables?",
        "roles": r"\broles?\b|permission|access control|administrators?\b",
        "backup and restore": r"back.?up|restor|recover",
        "upgrade": r"upgrad|updat|migrat|new versions?",
    },
    "threat_model": {
        "assets": r"asset|what (?:we|is) protect|data and secrets",
        "trust boundaries": r"boundar|trust zones?|data flow",
        "threats": r"threat|attack|stride|abuse|adversar",
        "mitigations": r"mitigat|control|counter.?measure|defen[cs]e",
    },
    "decision": {
        "context": r"context|problem|background|motivation|issue",
        "decision": r"decision|outcome|chosen|what we do",
    },
}
"""By kind of document: topic and what the heading of its section says."""

POLICIES: dict[str, str] = {
    "access": r"access|identity|authenticat|password",
    "change": r"change|release|deployment|secure development|sdlc",
    "incident": r"incident|breach",
    "vendor": r"vendor|supplier|third.?part|subprocessor|procurement",
    "continuity": r"continuity|disaster|resilien|\bbcp\b|\bbc.?dr\b",
    "classification": r"classif|data handling|information handling|data protection",
}
"""Policies that SOC 2 asks for (AICPA TSP Section 100): kind, and what the title of its document says."""

DIAGRAMS: dict[str, str] = {
    "context": r"context|landscape|overview",
    "containers": r"container|component|services?\b|building block|deployment",
    "data flow": r"data.?flow|sequence|flow of|flows?\b",
    "trust boundaries": r"trust|boundar|threat|security zones?",
}
"""Diagrams of an architecture (C4 model; STRIDE's data flow and trust boundaries), and what the section says."""

_DRAWN = {"mermaid", "plantuml", "puml", "dot", "graphviz", "d2", "structurizr", "ditaa", "nomnoml", "c4"}
_IMAGE = re.compile(
    r"!\[[^\[\]\n]{0,300}\]\([ \t]*<?([^()\s<>]{1,2000})|<img\s[^<>]{0,500}?src=[\"']([^\"'<>]{1,2000})", re.I
)


def missing(documents: Iterable[Document], topics: dict[str, str]) -> list[str]:
    """Topics that no section of the documents speaks of in enough words of its own, and without a placeholder.

    Args:
        documents: The files of one document.
        topics: Topic and pattern of a heading; a section whose heading speaks of several needs words for each.
    """
    found: set[str] = set()
    for document in documents:
        for section in document.topical:
            spoken = [name for name, pattern in topics.items() if re.search(pattern, section.title, re.I)]
            if spoken and section.words >= LEAST * len(spoken) and not section.placeholder:
                found.update(spoken)
    return [name for name in topics if name not in found]


def drawn(section: Section, images: Iterable[str]) -> bool:
    """Whether a section shows a diagram: as text of three lines or more, or as one of these images, by their links."""
    as_text = any(one.language in _DRAWN and len(one.text.strip().splitlines()) >= 3 for one in section.codes)
    there = set(images)
    return as_text or any(link in there for link in pictures(section.text))


def pictures(text: str) -> list[str]:
    """Where the images of a text are."""
    return [first or second for first, second in _IMAGE.findall(text)]
