"""The README is true: its tables are those of the code."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from readiness import probes, source
from readiness.access import Access
from readiness.attestation import Attestation
from readiness.load.declaration import JourneyStep, Load, LoadTest
from readiness.mail.declaration import Mail, Recipients
from readiness.mailbox.declaration import Mailbox
from readiness.notify import Notify
from readiness.operation import OPERATIONS, Operation
from readiness.plan import Plan
from readiness.receiver import Receiver
from readiness.signature import Signature
from readiness.target import (
    Administrator,
    Carrier,
    Limit,
    Login,
    Negative,
    NotApplicable,
    Pace,
    Reference,
    Routes,
    Target,
    TestAccounts,
)
from readiness.web import Page, Web

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(model: type, title: str) -> list[str]:
    return [f"**{title}**", "", "| key | default | meaning |", "|---|---|---|"] + [
        f"| `{field.alias or name}` | {default(field)} | {field.description} |"
        for name, field in model.model_fields.items()
    ]


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value == [] or value == {} or isinstance(value, BaseModel):
        return ""
    if hasattr(value, "total_seconds"):
        value = f"{value.total_seconds():g}s"
    return f"`{value}`"


def keys() -> str:
    parts: list[tuple[type[BaseModel], str]] = [
        (Target, "target"),
        (Routes, "routes"),
        (Login, "login"),
        (Limit, "limits, each"),
        (Operation, "operations, each"),
        (Carrier, "session"),
        (TestAccounts, "accounts"),
        (Administrator, "admin"),
        (Mailbox, "mailbox"),
        (Access, "access, each"),
        (Plan, "plans, each"),
        (Receiver, "receiver"),
        (Signature, "receiver.signature"),
        (Web, "web"),
        (Page, "web.pages, each"),
        (Reference, "references, each"),
        (Load, "load"),
        (JourneyStep, "load.journeys, each step"),
        (LoadTest, "load.tests, each"),
        (Negative, "negative"),
        (Pace, "pace"),
        (Mail, "mail"),
        (Recipients, "mail.lists, each"),
        (Notify, "notify"),
        (NotApplicable, "not_applicable, each"),
    ]
    return "\n\n".join("\n".join(rows(model, title)) for model, title in parts)


def test_every_key_of_a_target_file_is_documented():
    between = README.partition("<!-- keys:begin -->")[2].partition("<!-- keys:end -->")[0].strip()
    assert between == keys(), f"README.md should have between its key marks:\n\n{keys()}"


def test_every_source_is_documented():
    between = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").partition("<!-- sources:begin -->")[2]
    expected = source.described(probes.facts())
    assert between.partition("<!-- sources:end -->")[0].strip() == expected, "print it with `readiness sources`"


def test_every_key_of_an_attestation_is_documented():
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert source.keys_of(Attestation) in text, source.keys_of(Attestation)


@pytest.mark.parametrize("supplier", source.suppliers(), ids=lambda one: f"{one.source}.{one.run.__name__}")
def test_every_supplier_supplies_facts_that_a_probe_declares(supplier):
    assert set(supplier.facts) <= probes.facts().keys()


def vocabulary() -> str:
    lines = ["| operation | by | does | placeholders | answers |", "|---|---|---|---|---|"]
    for name, meaning in OPERATIONS.items():
        uses, gives = (", ".join(f"`{word}`" for word in words) for words in (meaning.uses, meaning.gives))
        lines.append(f"| `{name}` | {meaning.by} | {meaning.does} | {uses} | {gives} |")
    return "\n".join(lines) + "\n"


def test_every_operation_of_the_vocabulary_is_documented():
    assert (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").endswith(vocabulary())


def test_every_command_is_documented():
    from readiness.cli import cli

    for name in cli.commands:
        assert f"`readiness {name}" in README


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_file_linked_to_is_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / link).exists(), link


def test_the_table_of_defects_is_the_code_s():
    from readiness.demo import defect_table

    assert (ROOT / "docs" / "defects.md").read_text(encoding="utf-8").endswith(defect_table() + "\n")


def test_every_check_of_the_old_script_names_requirements_that_exist():
    from readiness import probes
    from readiness.catalog import Catalogue

    catalogue = Catalogue.load(ROOT / "params" / "catalog", probes.facts())
    table = [line.split("|") for line in (ROOT / "docs" / "checks.md").read_text().splitlines() if line.startswith("|")]
    checks = table[2:]
    assert len(checks) == 20
    for cells in checks:
        named = [name for name in re.findall(r"`([a-z]+\.[a-z_]+)`", cells[3]) if not name.startswith("health.")]
        assert named
        assert all(name in catalogue.requirements for name in named), cells[1]


def test_what_documents_have_to_treat_is_the_code_s():
    from readiness.artefacts.topics import DIAGRAMS, POLICIES, TOPICS

    listed = {f"`{kind}`": topics for kind, topics in TOPICS.items()}
    listed |= {"diagrams of `architecture`": DIAGRAMS, "`policies`": POLICIES}
    rows = [f"| {kind} | {', '.join(topics)} |" for kind, topics in listed.items()]
    between = (ROOT / "docs" / "repository.md").read_text(encoding="utf-8").partition("<!-- topics:begin -->")[2]
    expected = "\n".join(["| document | topics |", "|---|---|", *rows])
    assert between.partition("<!-- topics:end -->")[0].strip() == expected
