"""Attestations: what a statement may stand for, and for how long."""

import hashlib
from datetime import UTC, datetime

import pytest
import yaml
from readiness import attestation
from readiness.errors import BadInput
from readiness.evidence import Fact

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FACTS = {
    "drills.rollback_min": Fact("drills.rollback_min", "number", "A time.", "min", attestable=True),
    "audits.passed": Fact("audits.passed", "boolean", "It was passed.", attestable=True),
    "audits.closed": Fact("audits.closed", "boolean", "All is closed.", attestable=True),
    "tls.trusted": Fact("tls.trusted", "boolean", "It is trusted."),
}
ENTRY = {
    "fact": "audits.passed",
    "statement": "The audit was passed without a finding.",
    "by": "Head of security",
    "attested_on": "2026-01-10",
    "expires_on": "2026-04-10",
}


@pytest.fixture
def catalogue(catalogue_of):
    criteria = [{"fact": name, "is": True} for name in ("audits.passed", "audits.closed", "tls.trusted")]
    return catalogue_of({"security.audit": {"criteria": criteria}, "security.other": {"criteria": [criteria[-1]]}})


@pytest.fixture
def load(tmp_path, catalogue):
    def read(*entries):
        path = tmp_path / "one.yaml"
        path.write_text("attestations:\n" + "".join(_lines({**ENTRY, **entry}) for entry in entries))
        return attestation.load(path, FACTS, catalogue)

    return read


def _lines(entry):
    # dates stand bare in YAML, as people write them
    text = yaml.safe_dump([{k: v for k, v in entry.items() if v is not None}], sort_keys=False)
    return text.replace("'2026", "2026").replace("-10'", "-10").replace("-02'", "-02")


def test_a_target_without_a_file_has_none(tmp_path, catalogue):
    assert attestation.load(tmp_path / "absent.yaml", FACTS, catalogue) == []


def test_a_statement_in_force_is_an_observation_of_its_day_that_stands_until_it_expires(load):
    (item,) = load({})
    seen = item.observation(FACTS["audits.passed"], NOW)
    assert seen.value is True
    assert seen.exchanges[0].observed_at == datetime(2026, 1, 10, tzinfo=UTC)
    assert seen.max_age.days == 91
    assert "Head of security" in seen.exchanges[0].source


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ({"expires_on": "2026-02-10"}, "the attestation of 2026-01-10 expired on 2026-02-10"),
        ({"attested_on": "2026-04-10"}, "the attestation is dated 2026-04-10, which is yet to come"),
    ],
    ids=["expired", "yet to come"],
)
def test_a_statement_that_is_not_in_force_says_nothing(load, dates, reason):
    (item,) = load(dates)
    seen = item.observation(FACTS["audits.passed"], NOW)
    assert (seen.value, seen.reason) == (None, reason)


def test_its_last_day_counts(load):
    (item,) = load({"expires_on": "2026-03-02"})
    assert item.in_force(datetime(2026, 3, 2, 23, 59, tzinfo=UTC))
    assert not item.in_force(datetime(2026, 3, 3, tzinfo=UTC))


def test_for_a_requirement_it_stands_for_each_fact_that_a_statement_can_stand_for(load):
    items = load({"fact": None, "requirement": "security.audit"})
    assert [item.fact for item in items] == ["audits.passed", "audits.closed"]


def test_the_document_it_rests_on_is_checked_where_it_is_at_hand(load, tmp_path):
    document = tmp_path / "letter.txt"
    document.write_text("passed")
    digest = hashlib.sha256(b"passed").hexdigest()
    (item,) = load({"file": "letter.txt", "sha256": digest})
    assert item.observation(FACTS["audits.passed"], NOW).value is True
    document.write_text("passed, but for one finding")
    seen = item.observation(FACTS["audits.passed"], NOW)
    assert seen.reason == "letter.txt is not the document that was attested: its SHA-256 is another"
    document.unlink()
    assert item.observation(FACTS["audits.passed"], NOW).value is True


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"fact": "tls.trusted"}, "fact: tls.trusted has to be observed; no statement can stand for it"),
        ({"fact": "audits.past"}, "fact: expected the name of a fact, got 'audits.past'"),
        ({"fact": "drills.rollback_min"}, "fact: drills.rollback_min is a number, got the value True"),
        ({"fact": None, "requirement": "security.none"}, "expected a requirement's id, got 'security.none'"),
        ({"fact": None, "requirement": "security.other"}, "security.other rests on no fact that this statement"),
        ({"requirement": "security.audit"}, "expected either a fact or a requirement"),
        ({"expires_on": "2026-01-02"}, "expires_on: expected a day after attested_on"),
        ({"file": "letter.txt"}, "sha256: expected the document's digest beside its name"),
        ({"by": None}, "expected this key, got nothing"),
    ],
)
def test_what_no_statement_can_be_is_one_line_with_its_place(load, entry, problem):
    with pytest.raises(BadInput) as refused:
        load({}, entry)
    (line,) = refused.value.problems
    assert problem in line
    assert "one.yaml:" in line


def test_adding_one_keeps_what_the_file_has(tmp_path, catalogue):
    path = tmp_path / "attestations" / "one.yaml"
    attestation.add(path, ENTRY | _days(), FACTS, catalogue)
    path.write_text("# of the audit\n" + path.read_text())
    attestation.add(
        path, {**ENTRY, **_days(), "fact": "drills.rollback_min", "value": 9.5, "scope": ""}, FACTS, catalogue
    )
    items = attestation.load(path, FACTS, catalogue)
    assert [(item.fact, item.value) for item in items] == [("audits.passed", True), ("drills.rollback_min", 9.5)]
    assert path.read_text().startswith("# of the audit\n")


def test_adding_what_is_not_as_expected_leaves_the_file_as_it_was(tmp_path, catalogue):
    path = tmp_path / "one.yaml"
    attestation.add(path, ENTRY | _days(), FACTS, catalogue)
    before = path.read_text()
    with pytest.raises(BadInput, match=r"one\.yaml:.*no statement can stand for it"):
        attestation.add(path, {**ENTRY, **_days(), "fact": "tls.trusted"}, FACTS, catalogue)
    assert path.read_text() == before
    assert [item.name for item in tmp_path.iterdir()] == ["one.yaml"]


def _days():
    return {"attested_on": datetime(2026, 1, 10).date(), "expires_on": datetime(2026, 4, 10).date()}  # noqa: DTZ001
