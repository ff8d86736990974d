"""Topics: a heading with words under it, for each topic its own."""

import pytest
from readiness.artefacts.document import document
from readiness.artefacts.topics import TOPICS, drawn, missing

WORDS = "These are some more words than a heading needs to be believed in."
PAGES = {
    "playbook": ["Severities", "Roles", "Escalation", "Communication", "Post-mortem"],
    "runbook": ["First checks", "Restarting", "Database", "Restore", "Whom to call: escalation"],
    "capacity": ["Peak demand", "Resources", "Headroom"],
    "user_guide": [
        "Sign up",
        "Verify your address",
        "Signing in",
        "Reset",
        "Two-factor",
        "Devices",
        "Delete your account",
    ],
    "admin_guide": ["Installation", "Configuration", "Roles", "Backup and restore", "Upgrading"],
    "threat_model": ["Assets", "Trust boundaries", "Threats", "Mitigations"],
    "decision": ["Context", "Decision"],
}


def page(titles, text=WORDS):
    return document(b"# A title\n\n" + "".join(f"## {title}\n\n{text}\n\n" for title in titles).encode())


@pytest.mark.parametrize("kind", list(TOPICS))
def test_a_document_that_treats_every_topic_misses_none(kind):
    assert missing([page(PAGES[kind])], TOPICS[kind]) == []


@pytest.mark.parametrize("kind", list(TOPICS))
def test_headings_alone_and_templates_treat_nothing(kind):
    assert missing([page(PAGES[kind], "")], TOPICS[kind]) == list(TOPICS[kind])
    assert missing([page(PAGES[kind], f"[Date] {WORDS}")], TOPICS[kind]) == list(TOPICS[kind])
    assert missing([document(b"")], TOPICS[kind]) == list(TOPICS[kind])


def test_a_title_over_everything_speaks_of_nothing():
    text = f"# Install, configure, roles, backup and upgrade\n\n## More\n\n{WORDS * 10}"
    assert len(missing([document(text.encode())], TOPICS["admin_guide"])) == 5


def test_one_section_for_many_topics_needs_words_for_each():
    titles = ["Install, configure, roles, backup and upgrade"]
    assert len(missing([page(titles)], TOPICS["admin_guide"])) == 5
    assert missing([page(titles, WORDS * 5)], TOPICS["admin_guide"]) == []


def test_a_file_for_each_topic_is_a_document_as_well():
    files = [document(f"# {title}\n\n{WORDS}".encode()) for title in PAGES["user_guide"]]
    assert missing(files, TOPICS["user_guide"]) == []
    assert missing(files[1:], TOPICS["user_guide"]) == ["sign-up"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("```mermaid\ngraph TD\na --> b\nb --> c\n```", True),
        ("```mermaid\n```", False),
        ("```python\na\nb\nc\n```", False),
        ("![Context](context.png)", True),
        ('<img width="3" src="context.png">', True),
        ("![Context](gone.png)", False),
        ("A diagram will follow.", False),
    ],
)
def test_a_diagram_is_text_of_some_lines_or_an_image_that_is_there(text, shown):
    section = document(f"# Context\n\n{text}".encode()).sections[0]
    assert drawn(section, ["context.png"]) is shown
