"""The catalogue: every mistake in a file is told, and a requirement without criteria is not a free pass."""

import pytest
from readiness.catalog import DIMENSIONS, Catalogue, Chapter
from readiness.errors import BadInput
from readiness.evidence import Fact

FACTS = {
    fact.name: fact
    for fact in (
        Fact("a.flag", "boolean", "A flag."),
        Fact("a.count", "number", "A count."),
        Fact("a.word", "text", "A word."),
    )
}
ENTRY = """  - name: {name}
    title: A title
    pass: It is as it should be.
    fail: It is not as it should be.
    stage: alpha
    effort: 0.5
    evidence: [probe]
    max_age: 24h
    criteria:
      - {criterion}
    rationale: Because it matters.
    remedy: Make it so, and keep it so.
    reference: RFC 9116
"""


@pytest.fixture
def folder(tmp_path):
    """`folder(security="…")` is a catalogue's folder; dimensions not named hold one sound requirement."""

    def build(**files):
        for dimension in DIMENSIONS:
            entry = ENTRY.format(name="sound", criterion="{fact: a.flag, is: true}")
            text = files.get(dimension, f"dimension: {dimension}\ntitle: A title\nrequirements:\n{entry}")
            (tmp_path / f"{dimension}.yaml").write_text(text)
        return tmp_path

    return build


def security(*criteria, names=("one", "two", "three")):
    entries = (ENTRY.format(name=name, criterion=item) for name, item in zip(names, criteria, strict=False))
    return "dimension: security\ntitle: Security\nrequirements:\n" + "".join(entries)


def problems(folder, **files):
    with pytest.raises(BadInput) as caught:
        Catalogue.load(folder(**files), FACTS)
    return [problem.rpartition("/")[2] for problem in caught.value.problems]


def test_requirements_keep_the_order_of_dimensions_and_files(folder):
    text = security("{fact: a.flag, is: true}", "{awaits: an audit}")
    catalogue = Catalogue.load(folder(security=text), FACTS)
    assert [item.id for item in catalogue][:4] == [
        "infrastructure.sound",
        "security.one",
        "security.two",
        "data.sound",
    ]
    assert len(catalogue) == 11
    assert catalogue.requirements["security.one"].facts == ("a.flag",)
    assert catalogue.requirements["security.two"].sourceless
    assert catalogue.facts_of({"security"}) == {"a.flag"}
    assert catalogue.titles["security"] == "Security"


@pytest.mark.parametrize(
    ("criterion", "told"),
    [
        ("{fact: a.gone, is: true}", "fact: expected a fact that a probe observes, got 'a.gone', which none does"),
        ("{fact: a.flag, at_least: 1}", "at_least: expected an operator for a boolean, which a.flag is"),
        ("{fact: a.count, is: true}", "is: expected an operator for a number, which a.count is"),
        ("{fact: a.word, is: true}", "is: expected a text, which a.word is"),
        ("{fact: a.flag, is: {beta: 'yes'}}", "is: expected a boolean, which a.flag is"),
        ("{fact: a.flag}", "requirements.0.criteria.0: expected exactly one of is,"),
    ],
)
def test_a_criterion_that_does_not_fit_its_fact_is_told_with_its_line(folder, criterion, told):
    (problem,) = problems(folder, security=security(criterion))
    assert problem.startswith(f"security.yaml:13: {told}")


def test_a_name_used_twice_is_told_at_its_second_place(folder):
    text = security(*["{fact: a.flag, is: true}"] * 2, names=("one", "one"))
    assert problems(folder, security=text) == ["security.yaml:17: name: expected a name used once, got 'one' again"]


def test_a_file_of_another_dimension_is_told(folder):
    text = security("{fact: a.flag, is: true}").replace("dimension: security", "dimension: data")
    assert problems(folder, security=text) == [
        "security.yaml:1: dimension: expected 'security', the file's name, got 'data'"
    ]


def test_problems_of_all_files_are_told_together(folder):
    path = folder()
    (path / "data.yaml").unlink()
    (path / "api.yaml").write_text("dimension: api\ntitle: API\nrequirements: []\n")
    with pytest.raises(BadInput) as caught:
        Catalogue.load(path, FACTS)
    assert [problem.rpartition("/")[2] for problem in caught.value.problems] == [
        "data.yaml: no such file",
        "api.yaml:3: requirements: expected a list to have at least 1 item after validation, not 0, got []",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("effort: 0.5", "effort: 0", "requirements.0.effort: expected greater than 0, got 0"),
        ("effort: 0.5", "effort: 0.5\n    weight: -1", "requirements.0.weight: expected greater than or equal to 0"),
        ("stage: alpha", "stage: gamma", "requirements.0.stage: expected 'alpha', 'beta' or 'ga', got 'gamma'"),
        ("evidence: [probe]", "evidence: [hearsay]", "requirements.0.evidence.0: expected 'probe',"),
        ("evidence: [probe]", "evidence: []", "requirements.0.evidence: expected a list to have at least 1 item"),
        ("max_age: 24h", "max_age: 24", "requirements.0.max_age: expected a duration such as"),
        ("name: one", "name: One", "requirements.0.name: expected a string to match pattern"),
        ("reference: RFC 9116", "reference: ''", "requirements.0.reference: expected a string to have at least 3"),
        ("    remedy: Make it so, and keep it so.\n", "", "requirements.0.remedy: expected this key, got nothing"),
    ],
)
def test_a_mistake_in_a_requirement_is_told(folder, old, new, told):
    (problem,) = problems(folder, security=security("{fact: a.flag, is: true}").replace(old, new, 1))
    assert problem.split(": ", 1)[1].startswith(told)


def test_the_criteria_frame_has_a_row_for_each_requirement_at_each_stage_that_includes_it(catalogue_of):
    catalogue = catalogue_of(
        {
            "security.one": {"criteria": [{"fact": "a.count", "at_least": {"beta": 5, "ga": 9}}]},
            "security.two": {"stage": "beta", "criteria": []},
        }
    )
    rows = catalogue.criteria[["stage", "requirement", "operator", "threshold"]].to_numpy().tolist()
    assert rows == [
        ["alpha", "security.one", "awaits", "One"],
        ["beta", "security.one", "at_least", 5],
        ["ga", "security.one", "at_least", 9],
        ["beta", "security.two", "awaits", "Two"],
        ["ga", "security.two", "awaits", "Two"],
    ]


def test_the_digest_tells_catalogues_apart_by_anything_that_bears_on_a_judgement(catalogue_of):
    def digest(**keys):
        return catalogue_of({"security.one": {"criteria": [{"fact": "a.count", "at_least": 5}], **keys}}).digest

    changed = [
        digest(),
        digest(weight=2),
        digest(stage="beta"),
        digest(max_age="7d"),
        digest(criteria=[{"fact": "a.count", "at_least": 6}]),
        digest(criteria=[{"fact": "a.count", "at_most": 5}]),
        digest(criteria=[{"fact": "a.count", "at_least": 5, "minor": True}]),
    ]
    assert len(set(changed)) == len(changed)
    assert digest() == changed[0]


def test_a_chapter_without_requirements_is_refused():
    values = {"dimension": "data", "title": "Data", "requirements": []}
    with pytest.raises(ValueError, match="at least 1 item"):
        Chapter.model_validate(values)
