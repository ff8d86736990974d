"""Alert rules: those of Prometheus' rule files, and where each says what to do."""

from dataclasses import dataclass
from typing import Any

from readiness.artefacts import Unreadable, yaml_of


@dataclass(frozen=True)
class Rule:
    """One alert.

    Attributes:
        name: Its name.
        runbook: Where its annotations say what to do; empty where they do not.
    """

    name: str
    runbook: str


def rules(content: bytes) -> list[Rule]:
    """The alerts of a rule file, or of PrometheusRule resources.

    Raises:
        Unreadable: It is not valid YAML, or holds no groups of rules.
    """
    found: list[Rule] = []
    groups = [group for document in yaml_of(content) for group in _groups(document)]
    if not groups:
        raise Unreadable("holds no groups of rules")
    for group in groups:
        found += alerts(group.get("rules"))
    return found


def alerts(listed: Any) -> list[Rule]:
    """The alerts in a list of rules, as files and Prometheus' API write it (`alert` there, `name` here)."""
    found = []
    for rule in listed if isinstance(listed, list) else []:
        if not isinstance(rule, dict) or "record" in rule or rule.get("type") == "recording":
            continue
        notes = rule.get("annotations")
        notes = notes if isinstance(notes, dict) else {}
        link = notes.get("runbook_url") or notes.get("runbook") or ""
        if name := rule.get("alert") or rule.get("name"):
            found.append(Rule(str(name), str(link).strip()))
    return found


def _groups(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        return []
    holder = document.get("spec") if isinstance(document.get("spec"), dict) else document
    groups = holder.get("groups") if isinstance(holder, dict) else None
    return [group for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
