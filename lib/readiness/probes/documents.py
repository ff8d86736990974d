"""Documents: what is written down for operators, users, administrators and customers, judged by its content."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK


def _number(name: str, meaning: str, unit: str) -> Fact:
    return Fact(f"documents.{name}", "number", meaning, unit, WEEK)


documents = supplied(
    _number("rollback_commands", "Commands that the rollback document gives.", "commands"),
    _number("playbook_missing", "Topics that the incident playbook does not treat.", "topics"),
    _number("playbook_reviewed_days", "Days since the incident playbook was reviewed.", "days"),
    _number("runbook_missing", "Core topics that the runbook does not treat.", "topics"),
    _number("capacity_missing", "Topics that the capacity plan does not treat.", "topics"),
    _number("capacity_reviewed_days", "Days since the capacity plan was reviewed.", "days"),
    _number("user_guide_missing", "Steps of having an account that the user guide does not treat.", "topics"),
    _number("user_guide_links", "Links in the user guide.", "links"),
    _number("user_guide_dead_links", "Links in the user guide that lead nowhere.", "links"),
    Fact(
        "documents.user_guide_current",
        "boolean",
        "The user guide was changed with the last minor release, or since.",
        max_age=WEEK,
    ),
    _number("admin_guide_missing", "Tasks that the administrator guide does not treat.", "topics"),
    _number("settings", "Settings that the code reads from its environment.", "settings"),
    _number("settings_documented_pct", "Those that the administrator guide names.", "%"),
    _number("troubleshooting_entries", "Things that the troubleshooting page explains.", "entries"),
    _number("error_codes", "Error codes of the API.", "codes"),
    _number("error_codes_explained_pct", "Those that the troubleshooting page explains.", "%"),
    _number(
        "diagrams_missing", "Diagrams that are not there: context, containers, data flow, trust boundaries.", "diagrams"
    ),
    _number("decisions", "Decision records with context and decision.", "records"),
    _number("services", "Services that the repository deploys.", "services"),
    _number("services_undocumented", "Those that the architecture documents do not name.", "services"),
    _number("threat_model_missing", "Parts that the threat model does not have.", "parts"),
    _number("guides", "Integration guides with text and code.", "guides"),
    _number("guide_code_passed", "Tests of the code in the integration guides that passed.", "tests"),
    _number("guide_code_failed", "Tests of the code in the integration guides that failed.", "tests"),
    _number("sla_pct", "Availability that the service level agreement promises; 0 where it promises none.", "%"),
    _number("policies", "Kinds of security policy that are written, owned and approved within a year.", "policies"),
    Fact("documents.changelog", "boolean", "The changelog covers the version of the JavaScript SDK.", max_age=WEEK),
)
