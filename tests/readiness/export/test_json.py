"""JSON: it is what its published schema says."""

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError
from readiness.export.json import VERSION, schema, text


@pytest.fixture
def validator():
    document = json.loads(schema())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_export_holds_to_its_schema(results, results_of, validator):
    for each in (results, results_of(True, 9), results_of(False, None)):
        validator.validate(json.loads(text(each)))


def test_the_schema_names_the_version_and_refuses_what_is_cut(results, validator):
    told = json.loads(text(results))
    assert (
        told["format"]["version"]
        == VERSION
        == json.loads(schema())["properties"]["format"]["properties"]["version"]["const"]
    )
    for spoiled in ({"stages": {}}, {"format": {"name": "readiness-results", "version": VERSION + 1}}):
        with pytest.raises(ValidationError):
            validator.validate(told | spoiled)


def test_every_member_is_described_by_the_schema(results):
    document = json.loads(schema())
    told = json.loads(text(results))
    assert set(told) == set(document["properties"])
    beta = told["stages"]["beta"]
    for name, value in (("decision", beta), ("finding", beta["findings"][0]), ("category", beta["categories"][0])):
        assert set(value) == set(document["$defs"][name]["properties"]) == set(document["$defs"][name]["required"])
    assert beta["findings"][0]["demanded_at"].startswith("params/catalog/")
