"""Suites: what the pipeline's results come to, and whether they are those of the head."""

import pytest


def junit(*cases, commit="", time="2026-03-02T08:00:00+00:00"):
    properties = f'<properties><property name="commit" value="{commit}"/></properties>' if commit else ""
    return f'<testsuites><testsuite timestamp="{time}">{properties}{"".join(cases)}</testsuite></testsuites>'


def case(name="test_a", inside=""):
    return f'<testcase classname="tests.test_x" name="{name}">{inside}</testcase>'


def lines(covered, whole):
    listed = "".join(f'<line number="{n}" hits="{int(n < covered)}"/>' for n in range(whole))
    inside = f'<class filename="a.py"><lines>{listed}</lines></class>'
    return f"<coverage><packages><package><classes>{inside}</classes></package></packages></coverage>"


ALL = ("unit.coverage_pct", "unit.tests", "unit.failed", "unit.skipped_pct", "unit.empty_suites", "unit.at_head")


@pytest.fixture
def unit(repo, build, look):
    """`await unit(junit files…, coverage=…)`, made of the head."""

    async def ask(*files, coverage=None):
        head = repo.commit({"a.py": "x = 1\n"})
        made = {f"{index}.xml": text.replace("HEAD", head) for index, text in enumerate(files)}
        folder = build({**made, "coverage.xml": coverage or lines(80, 100)})
        kind = {"junit": list(made), "coverage": "coverage.xml"}
        return await look("unit", artefacts={"folder": str(folder), "unit": kind})

    return ask


async def test_suites_of_the_head_are_counted_as_a_whole(unit):
    web = junit(case(), case("test_b"), commit="HEAD")
    seen = await unit(junit(case(), case("test_c", "<skipped/>"), commit="HEAD"), web)
    assert [seen.value(fact) for fact in ALL] == [80, 3, 0, 25, 0, True]
    assert seen["unit.tests"].source.startswith("0.xml")
    record = next(one for one in seen.survey.exchanges if one["path"] == "0.xml")
    assert record["seen"] == ["3 run, 0 failed, 1 skipped"]
    assert record["repeat"].startswith("sha256sum")


async def test_failures_an_empty_suite_and_another_commit_are_seen(unit):
    broken = junit(case(inside="<failure/>"), commit="1234567890")
    uncollected = junit(case("tests.test_y", '<error message="collection failure"/>'), commit="1234567890")
    seen = await unit(broken, uncollected, coverage=lines(10, 100))
    assert [seen.value(fact) for fact in ALL] == [10, 1, 2, 0, 1, False]


async def test_a_suite_that_only_skips_is_empty(unit):
    seen = await unit(junit(case(inside="<skipped/>"), commit="HEAD"))
    assert (seen.value("unit.tests"), seen.value("unit.skipped_pct"), seen.value("unit.empty_suites")) == (0, 100, 1)


async def test_the_file_of_the_run_names_the_commit_where_the_tests_do_not(repo, build, look):
    head = repo.commit({"a.py": "x = 1\n"})
    run = {"commit": head, "finished_at": "2026-03-01T10:00:00Z"}
    folder = build({"unit.xml": junit(case(), time=""), "run.json": run})
    artefacts = {"folder": str(folder), "unit": {"junit": "unit.xml"}}
    seen = await look("unit", artefacts={**artefacts, "run": "run.json"})
    assert seen.value("unit.at_head") is True
    assert seen["unit.tests"].observed_at.isoformat() == "2026-03-01T10:00:00+00:00"
    seen = await look("unit", artefacts=artefacts)
    assert seen["unit.at_head"].reason == "unit.xml names no commit"
    assert "artefacts.run" in seen["unit.at_head"].permission


async def test_evidence_is_as_old_as_the_run(unit):
    seen = await unit(junit(case(), commit="HEAD", time="2026-02-20T08:00:00+00:00"))
    assert seen["unit.tests"].observed_at.isoformat() == "2026-02-20T08:00:00+00:00"
    # coverage tells no time: its file does
    assert seen["unit.coverage_pct"].observed_at.isoformat() == "2026-03-01T21:00:00+00:00"


async def test_a_run_of_the_future_is_no_evidence(unit):
    seen = await unit(junit(case(), commit="HEAD", time="2026-04-01T08:00:00+00:00"))
    assert "is yet to come" in seen["unit.tests"].reason


async def test_a_coverage_that_is_cut_off_costs_itself_alone(unit):
    seen = await unit(junit(case(), commit="HEAD"), coverage=lines(80, 100)[:200])
    assert "coverage.xml is not whole XML" in seen["unit.coverage_pct"].reason
    assert seen.value("unit.tests") == 1


async def test_a_file_of_two_gigabytes_is_refused_by_its_size(repo, build, look):
    repo.commit({"a.py": ""})
    folder = build({"unit.xml": ""})
    with (folder / "unit.xml").open("wb") as file:
        file.truncate(2_000_000_000)  # sparse: it takes no room
    seen = await look("unit", artefacts={"folder": str(folder), "unit": {"junit": "unit.xml"}})
    assert seen["unit.tests"].reason == "unit.xml has 2000000000 bytes, more than the 32000000 that are read"


async def test_a_bomb_is_refused(repo, build, look):
    repo.commit({"a.py": ""})
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x"}">' for n in range(10))
    folder = build({"unit.xml": f"<!DOCTYPE a [{entities}]><testsuite><testcase name='&a9;'/></testsuite>"})
    seen = await look("unit", artefacts={"folder": str(folder), "unit": {"junit": ["unit.xml"]}})
    assert seen["unit.tests"].reason == "unit.xml declares entities, which no report needs; it is not read"


async def test_a_link_out_of_the_folder_is_not_followed(repo, build, look, tmp_path):
    repo.commit({"a.py": ""})
    folder = build({"other.xml": ""})
    (tmp_path / "outside.xml").write_text(junit(case()))
    (folder / "unit.xml").symlink_to(tmp_path / "outside.xml")
    seen = await look("unit", artefacts={"folder": str(folder), "unit": {"junit": "unit.xml"}})
    assert "leads out of the folder" in seen["unit.tests"].reason


async def test_what_is_missing_is_named(repo, look, build):
    repo.commit({"a.py": ""})
    seen = await look("unit")
    assert seen["unit.tests"].permission == "sources.repository.artefacts.unit.junit"
    seen = await look("unit", artefacts={"folder": str(build({})), "unit": {"junit": "unit.xml"}})
    assert seen["unit.tests"].reason == "unit.xml is not in the folder of artefacts"


async def test_results_that_are_committed_may_be_of_the_commit_before_theirs(repo, look):
    made = repo.commit({"a.py": "x = 1\n"})
    artefacts = {"unit": {"junit": "unit.xml"}}
    repo.commit({"unit.xml": junit(case(), commit=made)})
    assert (await look("unit", artefacts=artefacts)).value("unit.at_head") is True
    repo.commit({"a.py": "x = 2\n"})
    assert (await look("unit", artefacts=artefacts)).value("unit.at_head") is False


async def test_integration_tests_are_a_run_of_their_own(repo, build, look):
    head = repo.commit({"a.py": ""})
    files = {"unit.xml": lines(90, 100), "both.xml": lines(90, 100), "own.xml": lines(60, 100)}
    folder = build({**files, "tests.xml": junit(case(), commit=head)})
    suites = {"folder": str(folder), "unit": {"coverage": "unit.xml"}}
    seen = await look("integration", artefacts={**suites, "integration": {"junit": "tests.xml", "coverage": "own.xml"}})
    values = [seen.value(f"integration.{name}") for name in ("coverage_pct", "tests", "failed", "at_head")]
    assert values == [60, 1, 0, True]
    seen = await look(
        "integration", artefacts={**suites, "integration": {"junit": "tests.xml", "coverage": "both.xml"}}
    )
    assert "is the coverage of the unit tests as well" in seen["integration.coverage_pct"].reason


async def test_integration_tests_that_fail_are_seen(repo, build, look):
    repo.commit({"a.py": ""})
    folder = build({"tests.xml": junit(case(inside="<error/>"), commit="123456789")})
    seen = await look("integration", artefacts={"folder": str(folder), "integration": {"junit": "tests.xml"}})
    assert [seen.value(f"integration.{name}") for name in ("tests", "failed", "at_head")] == [1, 1, False]


async def test_a_journey_counts_where_its_test_passed(repo, build, look):
    repo.commit({"a.py": ""})
    folder = build(
        {"e2e.xml": junit(case("test_sign_up"), case("test_reset", "<failure/>"), case("test_later", "<skipped/>"))}
    )
    journeys = {
        "sign-up": "test_sign_up",
        "reset": "test_reset",
        "later": "test_later",
        "none": "",
        "gone": "test_gone",
    }
    artefacts = {"folder": str(folder), "end_to_end": "e2e.xml"}
    seen = await look("journeys", artefacts=artefacts, journeys=journeys)
    assert (seen.value("journeys.declared"), seen.value("journeys.tested_pct")) == (5, 20)
    seen = await look("journeys", artefacts=artefacts, journeys={"sign-up": "test_sign_up"})
    assert seen.value("journeys.tested_pct") == 100
    assert (await look("journeys", artefacts=artefacts))[
        "journeys.declared"
    ].permission == "sources.repository.journeys"


async def test_quickstarts_count_where_all_of_their_tests_pass(repo, build, look):
    repo.commit({"a.py": ""})
    good, bad, empty = junit(case()), junit(case(), case("b", "<failure/>")), junit()
    folder = build({"good.xml": good, "bad.xml": bad, "empty.xml": empty})
    named = {"javascript": "good.xml", "python": "good.xml", "go": "good.xml", "ruby": "good.xml"}
    seen = await look("quickstarts", artefacts={"folder": str(folder), "quickstarts": named})
    assert [seen.value(f"quickstarts.{name}") for name in ("passed", "failed", "other_passed")] == [1, 0, 3]
    named = {"javascript": "bad.xml", "python": "good.xml", "go": "bad.xml", "ruby": "empty.xml"}
    seen = await look("quickstarts", artefacts={"folder": str(folder), "quickstarts": named})
    assert [seen.value(f"quickstarts.{name}") for name in ("passed", "failed", "other_passed")] == [1, 1, 1]


async def test_the_code_of_guides_is_counted(repo, build, look):
    repo.commit({"a.py": ""})
    folder = build({"guides.xml": junit(case(), case("b", "<failure/>"))})
    seen = await look("documents", artefacts={"folder": str(folder), "guides": "guides.xml"})
    assert (seen.value("documents.guide_code_passed"), seen.value("documents.guide_code_failed")) == (1, 1)
    folder = build({"guides.xml": junit(case(), case("b"))})
    seen = await look("documents", artefacts={"folder": str(folder), "guides": "guides.xml"})
    assert (seen.value("documents.guide_code_passed"), seen.value("documents.guide_code_failed")) == (2, 0)
