"""Manuals: sections with words under them, dates, links and names; templates and empty headings are found out."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

WORDS = "These are some more words than a heading needs to be believed in."


def page(*titles, text=WORDS, front="", more=""):
    return front + "# A title\n\n" + "".join(f"## {title}\n\n{text}\n\n" for title in titles) + more


PLAYBOOK = ("Severities", "Roles", "Escalation", "Messages", "Post-mortem")
CAPACITY = ("Peak demand", "Resources", "Headroom")
RUNBOOK = ("First checks", "Restart", "Database", "Recovery", "Escalation")
THREATS = ("Assets", "Trust boundaries", "Threats", "Mitigations")
USER = ("Sign up", "Verify your address", "Sign in", "Reset", "Second factor", "Sessions", "Delete your account")
ADMIN = ("Install", "Configuration", "Roles", "Backup and restore", "Upgrade")
REVIEWED = "---\nreviewed_at: 2026-01-31\n---\n"


@pytest.fixture
def documents(repo, look):
    async def ask(files, at="2026-03-01T12:00:00+00:00", **settings):
        repo.commit(files, at=at)
        return await look("documents", **settings)

    return ask


async def test_commands_of_a_rollback_are_counted(documents):
    text = (
        "# Rollback\n\n```bash\n# first\necho start\n$ kubectl rollout undo deployment/api\nalembic downgrade -1\n```\n"
    )
    seen = await documents({"rollback.md": text}, documents={"rollback": "rollback.md"})
    assert seen.value("documents.rollback_commands") == 2
    bare = "# Rollback\n\nGo back.\n\n```bash\necho TODO\n# later\ndeploy [version]\n```\n"
    seen = await documents({"rollback.md": bare}, documents={"rollback": "rollback.md"})
    assert seen.value("documents.rollback_commands") == 0


@pytest.mark.parametrize(("kind", "titles"), [("playbook", PLAYBOOK), ("capacity", CAPACITY)])
async def test_a_reviewed_document_passes_and_an_old_or_empty_one_is_seen(documents, kind, titles):
    settings = {"documents": {kind: "a.md"}}
    seen = await documents({"a.md": page(*titles, front=REVIEWED)}, **settings)
    facts = (f"documents.{kind}_missing", f"documents.{kind}_reviewed_days")
    assert [seen.value(fact) for fact in facts] == [0, 30.4]
    seen = await documents({"a.md": page(*titles[1:], front=REVIEWED.replace("2026", "2024"))}, **settings)
    assert [seen.value(fact) for fact in facts] == [1, 761.4]
    assert "nothing on" in str(seen.survey.exchanges)
    seen = await documents({"a.md": page(*titles, text="[Date] TODO")}, **settings)
    assert seen.value(facts[0]) == len(titles)


async def test_without_a_date_of_its_own_a_document_is_as_old_as_its_last_change(documents, repo):
    repo.commit({"a.md": page(*PLAYBOOK)}, at="2026-01-01T09:00:00+00:00")
    seen = await documents({"other.md": "x"}, documents={"playbook": "a.md"})
    assert seen.value("documents.playbook_reviewed_days") == 60


async def test_a_review_that_is_yet_to_come_is_none(documents):
    text = page(*PLAYBOOK, front=REVIEWED.replace("2026", "2027"))
    seen = await documents({"a.md": text}, documents={"playbook": "a.md"})
    assert "is yet to come" in seen["documents.playbook_reviewed_days"].reason


async def test_a_shallow_clone_does_not_tell_ages(documents, repo, look, tmp_path):
    repo.commit({"a.md": page(*PLAYBOOK)})
    repo.commit({"b.md": ""})
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.folder}", str(tmp_path / "shallow"))
    repo.folder = tmp_path / "shallow"
    seen = await look("documents", documents={"playbook": "a.md"})
    assert seen.value("documents.playbook_missing") == 0
    assert "shallow" in seen["documents.playbook_reviewed_days"].reason


@pytest.mark.parametrize(("kind", "titles"), [("runbook", RUNBOOK), ("threat_model", THREATS)])
async def test_what_is_not_treated_is_counted(documents, kind, titles):
    fact, settings = f"documents.{kind}_missing", {"documents": {kind: "docs/a.md"}}
    assert (await documents({"docs/a.md": page(*titles)}, **settings)).value(fact) == 0
    assert (await documents({"docs/a.md": page(*titles[:2])}, **settings)).value(fact) == len(titles) - 2


async def test_a_document_that_is_not_there_misses_everything(documents):
    seen = await documents({"other.md": ""}, documents={"runbook": "docs/runbook.md"})
    assert seen.value("documents.runbook_missing") == 5
    assert seen.survey.exchanges[0]["failure"] == "not in the repository"


async def test_a_document_that_nothing_names_is_unknown(documents):
    seen = await documents({"docs/runbook.md": page(*RUNBOOK)})
    assert seen["documents.runbook_missing"].permission == "sources.repository.documents.runbook"


GUIDE = ("documents.user_guide_missing", "documents.user_guide_links", "documents.user_guide_dead_links")


@pytest.fixture
def web(serve):
    return serve(Starlette(routes=[Route("/there", lambda request: PlainTextResponse("here"))]))


async def test_a_guide_with_a_page_for_each_step_and_links_that_lead_somewhere_passes(documents, web):
    files = {f"guide/{index}.md": f"# {title}\n\n{WORDS}\n" for index, title in enumerate(USER)}
    files["guide/0.md"] += f"\n[web]({web}/there), [next](1.md#verify-your-address), [mail](mailto:a@example.test)\n"
    seen = await documents(files, documents={"user_guide": "guide"})
    assert [seen.value(fact) for fact in GUIDE] == [0, 2, 0]


async def test_links_that_lead_nowhere_are_counted(documents, web):
    links = f"[a]({web}/gone) [b](gone.md) [c](#gone) [d](#roles) [e](http://127.0.0.1:1/)"
    seen = await documents({"guide.md": page("Roles", more=links)}, documents={"user_guide": "guide.md"})
    row = seen["documents.user_guide_dead_links"]
    # nobody answers at the last one: that is no proof that nothing is there
    assert (seen.value(GUIDE[1]), row.low, row.high) == (5, 3, 4)
    assert "gone.md is not there" in str(seen.survey.exchanges)


async def test_a_guide_without_links_has_none_that_are_dead(documents):
    seen = await documents({"guide.md": page(*USER)}, documents={"user_guide": "guide.md"})
    assert seen.value(GUIDE[1]) == 0
    assert seen[GUIDE[2]].reason == "the guide has no links"


@pytest.mark.parametrize(("at", "current"), [("2026-02-10T09:00:00+00:00", True), ("2026-01-10T09:00:00+00:00", False)])
async def test_a_guide_is_current_where_it_was_changed_with_the_last_minor_release_or_since(
    documents, repo, at, current
):
    repo.commit({"a": "0"}, at="2025-12-01T09:00:00+00:00", tag="v1.3.0")
    if not current:
        repo.commit({"guide.md": page(*USER)}, at=at)
    repo.commit({"a": "1"}, at="2026-02-01T09:00:00+00:00", tag="v1.4.0")
    repo.commit({"a": "2"}, at="2026-02-20T09:00:00+00:00", tag="v1.4.1")
    seen = await documents({"guide.md": page(*USER)}, at=at, documents={"user_guide": "guide.md"})
    assert seen.value("documents.user_guide_current") is current


async def test_without_releases_nothing_says_whether_a_guide_is_current(documents):
    seen = await documents({"guide.md": page(*USER)}, documents={"user_guide": "guide.md"})
    assert "no tag names a release" in seen["documents.user_guide_current"].reason


CODE = 'import os\na = os.environ["DATABASE_URL"]\nb = os.getenv("POOL_SIZE")\n'


async def test_every_setting_has_to_be_in_the_guide(documents):
    facts = ("documents.admin_guide_missing", "documents.settings", "documents.settings_documented_pct")
    settings = {"documents": {"admin_guide": "admin.md"}, "code": "app"}
    whole = page(*ADMIN, more="| `DATABASE_URL` | where |\n| `POOL_SIZE` | how many |\n")
    seen = await documents({"admin.md": whole, "app/settings.py": CODE}, **settings)
    assert [seen.value(fact) for fact in facts] == [0, 2, 100]
    seen = await documents({"admin.md": page(*ADMIN[1:], more="`DATABASE_URL`, MY_POOL_SIZE")}, **settings)
    assert [seen.value(fact) for fact in facts] == [1, 2, 50]
    assert "does not name POOL_SIZE" in str(seen.survey.exchanges)


async def test_code_without_settings_documents_none(documents):
    settings = {"documents": {"admin_guide": "admin.md"}, "code": ["app"]}
    seen = await documents({"admin.md": page(*ADMIN), "app/a.py": "x = 1"}, **settings)
    assert seen.value("documents.settings") == 0
    assert seen["documents.settings_documented_pct"].reason == "the code reads no setting"


CODES = 'INVALID = Code("invalid_token")\nLIMITED = Code("rate_limited")\n'


async def test_every_error_code_has_to_be_explained_by_an_entry_of_its_own(documents):
    facts = [f"documents.{name}" for name in ("troubleshooting_entries", "error_codes", "error_codes_explained_pct")]
    settings = {
        "documents": {"troubleshooting": "help.md"},
        "error_codes": {"paths": "app/errors.py", "pattern": 'Code\\("(\\w+)"\\)'},
    }
    seen = await documents({"help.md": page("invalid_token", "rate_limited"), "app/errors.py": CODES}, **settings)
    assert [seen.value(fact) for fact in facts] == [2, 2, 100]
    seen = await documents({"help.md": page("invalid_token", "Others", text=f"{WORDS} rate_limited")}, **settings)
    assert [seen.value(fact) for fact in facts] == [2, 2, 50]
    others = (f"Sign-in fails, way {number}" for number in range(1, 9))
    seen = await documents(
        {"help.md": page("invalid_token", "rate_limited", *others), "app/errors.py": CODES}, **settings
    )
    assert [seen.value(fact) for fact in facts] == [10, 2, 100]
