"""Architecture: four diagrams, decisions, and the services that are deployed; guides with text and code."""

import pytest

WORDS = "These are some more words than a heading needs to be believed in."
DRAWN = "```mermaid\ngraph TD\na --> b\nb --> c\n```\n"
TITLES = ("Context", "Containers", "Data flow", "Trust boundaries")
ADR = f"# Use PostgreSQL\n\n## Context\n\n{WORDS}\n\n## Decision\n\n{WORDS}\n"
COMPOSE = "services:\n  api: {image: a}\n  worker: {image: b}\n"
MANIFEST = "kind: Deployment\nmetadata: {name: api}\n---\nkind: Service\nmetadata: {name: other}\n"


@pytest.fixture
def architecture(repo, look):
    async def ask(files, **settings):
        repo.commit(files)
        where = {"architecture": "docs/architecture", "decisions": "docs/decisions"}
        return await look("documents", documents=where, **settings)

    return ask


def drawings(*titles, drawn=DRAWN):
    return "# Architecture\n\n" + "".join(f"## {title}\n\n{drawn}\n" for title in titles)


FACTS = ("diagrams_missing", "decisions", "services", "services_undocumented")


async def test_diagrams_decisions_and_services_pass(architecture):
    text = drawings(*TITLES) + "The api talks to the worker.\n"
    files = {"docs/architecture/index.md": text, "docs/decisions/1.md": ADR, "compose.yaml": COMPOSE}
    seen = await architecture(files, services="compose.yaml")
    assert [seen.value(f"documents.{name}") for name in FACTS] == [0, 1, 2, 0]


async def test_what_is_not_drawn_decided_or_named_is_seen(architecture):
    text = drawings("Context", "Containers") + drawings("Data flow", drawn="![flow](flow.png)") + "The api alone."
    files = {
        "docs/architecture/index.md": text,
        "docs/decisions/1.md": "# Use it\n\n## Decision\n\nTBD",
        "compose.yaml": COMPOSE,
    }
    seen = await architecture(files, services=["compose.yaml"])
    assert [seen.value(f"documents.{name}") for name in FACTS] == [2, 0, 2, 1]
    assert "does not name worker" in str(seen.survey.exchanges)


async def test_an_image_that_is_part_of_the_repository_is_a_diagram(architecture):
    text = drawings(*TITLES, drawn="![picture](img/a.png)")
    seen = await architecture({"docs/architecture/a.md": text, "docs/architecture/img/a.png": b"\x89PNG"})
    assert seen.value("documents.diagrams_missing") == 0


async def test_workloads_of_kubernetes_are_services(architecture):
    seen = await architecture({"docs/architecture/a.md": "# The api", "k8s/api.yaml": MANIFEST}, services="k8s")
    assert (seen.value("documents.services"), seen.value("documents.services_undocumented")) == (1, 0)


async def test_manifests_that_name_nothing_are_no_list(architecture):
    seen = await architecture({"docs/architecture/a.md": "# A", "k8s/api.yaml": "a: 1"}, services="k8s")
    assert seen.value("documents.services") == 0
    assert seen["documents.services_undocumented"].reason == "nothing deployed is named"


async def test_guides_count_with_text_and_code(repo, look):
    good = f"# React\n\n{WORDS * 5}\n\n```js\nconnect()\n```\n"
    repo.commit({"react.md": good, "vue.md": good, "next.md": good, "bare.md": "# Soon", "todo.md": good + "\nTODO\n"})
    named = {"react": "react.md", "vue": "vue.md", "next": "next.md"}
    assert (await look("documents", documents={"guides": named})).value("documents.guides") == 3
    named = {"react": "react.md", "bare": "bare.md", "todo": "todo.md", "gone": "gone.md", "plain": "plain.md"}
    repo.commit({"plain.md": f"# Plain\n\n{WORDS * 5}"})
    seen = await look("documents", documents={"guides": named})
    assert seen.value("documents.guides") == 1
    for why in (
        "bare: fewer than 50 words",
        "todo: not filled in: TODO",
        "gone: not in the repository",
        "plain: no code",
    ):
        assert why in str(seen.survey.exchanges)
