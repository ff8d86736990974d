"""Schema: one head of a history that loads, and tests of both upgrades."""

import pytest

STEP = 'revision = "{id}"\ndown_revision = {after}\n\ndef upgrade():\n    run()\n\ndef downgrade():\n    {down}\n'


def step(id, after="None", down="back()"):
    return STEP.format(id=id, after=after, down=down)


@pytest.fixture
def schema(repo, look):
    async def ask(files, **settings):
        repo.commit({f"db/versions/{name}": content for name, content in files.items()})
        return await look("migrations", migrations="db/versions", **settings)

    return ask


async def test_one_head_passes(schema):
    seen = await schema({"1.py": step("one"), "2.py": step("two", '"one"')})
    assert (seen.value("migrations.heads"), seen.value("migrations.irreversible_unmarked")) == (1, 0)
    assert seen.survey.exchanges[0]["seen"] == ["2 revisions"]


async def test_a_branch_and_a_step_that_cannot_be_undone_are_seen(schema):
    seen = await schema({"1.py": step("one"), "2.py": step("two", '"one"', "pass"), "3.py": step("three", '"one"')})
    assert (seen.value("migrations.heads"), seen.value("migrations.irreversible_unmarked")) == (2, 1)


async def test_a_history_that_does_not_load_has_no_head(schema):
    seen = await schema({"1.py": step("one", '"gone"')})
    assert seen.value("migrations.heads") == 0
    assert "follows gone, which is not there" in seen["migrations.irreversible_unmarked"].reason


async def test_nothing_of_the_history_is_run(schema, tmp_path):
    mark = tmp_path / "was-run"
    seen = await schema({"1.py": f"open({str(mark)!r}, 'w')\n" + step("one")})
    assert seen.value("migrations.heads") == 1
    assert not mark.exists()


async def test_a_place_without_revisions_is_a_mistake_of_the_settings(schema):
    seen = await schema({"README.md": "later"})
    assert seen["migrations.heads"].permission == "sources.repository.migrations"


@pytest.mark.parametrize(("inside", "passed"), [("", 2), ("<failure/>", 1), ("<skipped/>", 1)])
async def test_upgrades_count_where_their_tests_passed(schema, build, inside, passed):
    cases = f'<testcase classname="t" name="empty"/><testcase classname="t" name="previous">{inside}</testcase>'
    folder = build({"it.xml": f"<testsuite>{cases}</testsuite>"})
    seen = await schema(
        {"1.py": step("one")},
        artefacts={"folder": str(folder), "integration": {"junit": "it.xml"}},
        upgrade_tests={"empty": "t.empty", "previous": "t.previous"},
    )
    assert seen.value("migrations.upgrade_tests") == passed
