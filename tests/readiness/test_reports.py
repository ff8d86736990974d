"""Where runs are kept: a folder and an object store behave alike."""

import pytest
from readiness.errors import BadInput
from readiness.reports import Reports

RUN = "2026-03-02T090000Z"


@pytest.fixture(params=["folder", "store"])
def reports(request, tmp_path):
    if request.param == "folder":
        return Reports.of(tmp_path / "reports")
    return Reports.of(request.getfixturevalue("store"))


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "made" / RUN
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "report.html").write_text("<p>")
    return folder


def test_a_published_run_is_listed_and_read(reports, run):
    assert reports.publish(run, "one") == f"{reports.place}/one/{RUN}"
    assert (reports.targets(), reports.runs("one")) == (["one"], [RUN])
    assert reports.read("one", RUN, "report.html") == b"<p>"
    assert reports.read("one", RUN, "none") is None


def test_a_run_is_fetched_with_all_its_files(reports, run, tmp_path):
    reports.publish(run, "one")
    (tmp_path / "copy").mkdir()
    place = reports.fetch("one", RUN, tmp_path / "copy")
    assert {path.name: path.read_text() for path in place.iterdir()} == {"manifest.json": "{}", "report.html": "<p>"}


def test_what_is_written_replaces_what_was_there_and_leaves_nothing_beside(reports, run):
    reports.publish(run, "one")
    for content in (b"first", b"second"):
        reports.write(content, "one", ".history.zip")
    assert reports.read("one", ".history.zip") == b"second"
    assert reports.runs("one") == [RUN]


def test_a_second_run_of_the_same_second_is_refused(reports, run):
    reports.publish(run, "one")
    with pytest.raises(BadInput, match="already"):
        reports.publish(run, "one")


def test_a_run_that_was_not_published_whole_is_no_run(reports, run):
    (run / "manifest.json").unlink()
    reports.publish(run, "one")
    assert reports.runs("one") == []


def test_a_removed_run_is_gone_and_its_neighbour_is_not(reports, run):
    reports.publish(run, "one")
    other = run.rename(run.with_name("2026-03-03T090000Z"))
    reports.publish(other, "one")
    reports.remove("one", RUN)
    assert reports.runs("one") == ["2026-03-03T090000Z"]
    assert reports.read("one", RUN, "report.html") is None


def test_a_run_is_opened_by_its_name_or_as_the_newest_of_its_target(reports, run):
    (run / "decision.json").write_text("{}")
    reports.publish(run, "one")
    reports.publish(run.rename(run.with_name("2026-03-03T090000Z")), "one")
    for name, newest in ((f"one/{RUN}", RUN), ("one", "2026-03-03T090000Z")):
        with reports.opened(name) as folder:
            assert folder.path.name == newest and folder.json("manifest.json") == {}
    assert folder.path.exists() == reports.local, "a copy goes with the block"


def test_of_a_run_that_has_to_be_copied_only_what_is_wanted_is(reports, run):
    (run / "decision.json").write_text("{}")
    reports.publish(run, "one")
    with reports.opened("one", ["manifest.json"]) as folder:
        assert (folder.path / "report.html").exists() == reports.local


@pytest.mark.parametrize("name", ["other", "one/2026-01-01T000000Z"])
def test_a_run_that_is_not_there_is_not_opened(reports, run, name):
    reports.publish(run, "one")
    with pytest.raises(BadInput, match=r"expected .*run"), reports.opened(name):
        pass


def test_failed_runs_are_named_and_are_no_runs(tmp_path):
    for name in (f"{RUN}.failed", "2026-03-01T090000Z.failed", "notes.failed", RUN):
        (tmp_path / "one" / name).mkdir(parents=True)
    assert Reports.of(tmp_path).failed("one") == ["2026-03-01T090000Z.failed", f"{RUN}.failed"]
    assert Reports.of(tmp_path).failed("none") == []


@pytest.mark.parametrize("name", ["..", ".explore", "notes", "2026-03-02T090000Z.failed", RUN])
def test_what_is_no_run_is_never_removed(reports, name):
    with pytest.raises(BadInput, match="expected a published run"):
        reports.remove("one", name)


@pytest.mark.parametrize("url", ["http://example.com/x", "s3://", "s3:///prefix", "s3://key:word@runs/x"])
def test_a_url_of_another_form_is_one_line_without_what_may_be_secret(url):
    with pytest.raises(BadInput, match="expected a path or s3://bucket/prefix") as caught:
        Reports.of(url)
    assert "word" not in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_bucket_that_is_not_there_is_one_line(store):
    with pytest.raises(BadInput, match="s3://none/x: ") as caught:
        Reports.of("s3://none/x").runs("one")
    assert "\n" not in str(caught.value)


def test_the_address_says_where_a_store_is_and_nothing_else():
    query = "scheme=http&endpoint_override=127.0.0.1:9&allow_bucket_creation=true"
    place = Reports.of(f"s3://runs/p?{query}")
    assert place.address == "s3://runs/p?scheme=http&endpoint_override=127.0.0.1%3A9"
    assert Reports.of(place.address).address == place.address
    assert place.place == "s3://runs/p"
