"""What every export tells is the run's, and each finding leads to its line of the catalogue."""

import pytest
from readiness.catalog import Catalogue
from readiness.errors import BadInput
from readiness.export import FORMATS, Results, name_of, text
from readiness.export.results import places_of
from readiness.probes import facts
from readiness.run import RunFolder


def test_a_finding_leads_to_the_line_that_demands_it(results, params):
    for item in results.of_stage("beta"):
        assert item.place is not None
        lines = (params.parent / item.place.file).read_text(encoding="utf-8").splitlines()
        assert lines[item.place.line - 1] == "  - name: sound"
        assert item.requirement == f"{item.dimension}.sound"


def test_every_requirement_of_a_catalogue_has_its_place(params):
    assert set(places_of(params)) == set(Catalogue.load(params / "catalog", facts()).requirements)


def test_a_requirement_that_the_catalogue_no_longer_has_is_still_told(results):
    results.catalogue.requirements.clear()
    bare = Results("one", "beta", results.observed_until, results.findings, results.decision, results.catalogue)
    for form in FORMATS:
        assert text(bare, form)
    assert {item.title for item in bare.of_stage()} == {item.requirement for item in bare.of_stage()}


def test_a_folder_without_a_run_is_bad_input(params, tmp_path):
    with pytest.raises(BadInput, match=r"expected decision\.json there"):
        Results.of(RunFolder(tmp_path / "none"), Catalogue.load(params / "catalog", facts()), params)


def test_the_same_run_gives_the_same_text_under_a_name_of_its_own(results):
    assert len({name_of(form) for form in FORMATS}) == len(FORMATS) == 6
    for form in FORMATS:
        told = text(results, form)
        assert told == text(results, form)
        assert told.endswith("\n") and told.encode("utf-8")
        assert "\x1b" not in told and "\x00" not in told and "\u202e" not in told
