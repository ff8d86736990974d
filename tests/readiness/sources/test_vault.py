"""Vault: a secret counts where its current version is there, an audit device where it keeps what it is told."""

import pytest

FACTS = {"secrets.kept_encrypted": "boolean", "secrets.oldest_days": "number", "secrets.audited": "boolean"}
OPEN = {"initialized": True, "sealed": False, "type": "shamir", "version": "1.15.2", "storage_type": "raft"}


def mounts(kind="kv", version="2"):
    return {"data": {"secret/": {"type": kind, "options": {"version": version} if version else None}}}


def secret(day="02-20", current=2, **keys):
    newest = {"created_time": f"2026-{day}T09:00:00.123456789Z", "deletion_time": "", "destroyed": False} | keys
    first = {"created_time": "2025-01-01T09:00:00Z", "deletion_time": "", "destroyed": False}
    # the time of the last update moves with every note on a secret, whatever its value's age
    whole = {"created_time": "2025-01-01T09:00:00Z", "updated_time": "2026-03-02T08:00:00Z", "current_version": current}
    return {"data": whole | {"versions": {"1": first, "2": newest}}}


def devices(**options):
    return {"data": {"file/": {"type": "file", "options": {"file_path": "/var/log/vault.log"} | options}}}


GOOD = {
    "/sys/seal-status": OPEN,
    "/sys/mounts": mounts(),
    "/secret/metadata/database": secret(),
    "/secret/metadata/mail": secret("01-31"),
    "/sys/audit": devices(),
}
PATHS = ["database", "mail"]


@pytest.fixture
def look(vendor, tell, token, at_hand):
    async def ask(changed=None, paths=PATHS, **settings):
        answers = {f"GET {path}": answer for path, answer in (GOOD | (changed or {})).items()}
        scenario, base = vendor(answers, at_hand("vault.json"))
        seen = await tell(FACTS, {"vault": {"base": base, "token": token, "paths": paths} | settings})
        assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
        assert not [one for one in scenario.asked if "/data/" in one]  # the values are never read
        return seen, scenario

    return ask


async def test_secrets_that_are_kept_rotated_and_watched_pass(look):
    seen, scenario = await look(namespace="team")
    assert [seen.value(fact) for fact in FACTS] == [True, 30.0, True]
    assert {one["x-vault-token"] for one in scenario.headers} == {"credential-of-a-vendor"}
    assert {one["x-vault-namespace"] for one in scenario.headers} == {"team"}


@pytest.mark.parametrize(
    "changed",
    [
        {"/sys/seal-status": OPEN | {"sealed": True}},
        {"/sys/seal-status": OPEN | {"initialized": False}},
        {"/sys/mounts": mounts("transit", None)},
        {"/sys/mounts": mounts(version="1")},
        {"/sys/mounts": {"data": {}}},
        {"/secret/metadata/mail": (404, {"errors": []})},
        {"/secret/metadata/mail": secret(deletion_time="2026-03-01T09:00:00Z")},
        {"/secret/metadata/mail": secret(destroyed=True)},
        {"/secret/metadata/mail": secret(current=0)},
    ],
    ids=[
        "sealed",
        "empty",
        "another engine",
        "unversioned",
        "no engine",
        "absent",
        "deleted",
        "destroyed",
        "unwritten",
    ],
)
async def test_secrets_that_are_not_kept_are_seen(look, changed):
    seen, _ = await look(changed)
    assert seen.value("secrets.kept_encrypted") is False


async def test_a_secret_that_was_deleted_has_no_age(look):
    seen, _ = await look({"/secret/metadata/mail": secret(destroyed=True)})
    assert seen["secrets.oldest_days"].reason == "without a value: 1 of 2 secrets"


async def test_one_that_will_be_deleted_is_kept_until_then(look):
    seen, _ = await look({"/secret/metadata/mail": secret("01-31", deletion_time="2026-05-01T09:00:00Z")})
    assert [seen.value(fact) for fact in FACTS] == [True, 30.0, True]


async def test_the_value_that_was_written_first_tells_the_age(look):
    seen, _ = await look({"/secret/metadata/mail": secret(current=1)})
    assert seen.value("secrets.oldest_days") == 425.0


async def test_a_value_that_is_dated_in_the_future_is_not_believed(look):
    seen, _ = await look({"/secret/metadata/mail": secret("03-09")})
    assert seen["secrets.oldest_days"].reason == "a secret is dated in the future"


@pytest.mark.parametrize(
    "audit", [{"data": {}}, devices(file_path="discard"), devices(file_path="/dev/null")], ids=["none", "off", "null"]
)
async def test_reading_that_nothing_keeps_is_not_audited(look, audit):
    seen, _ = await look({"/sys/audit": audit})
    assert seen.value("secrets.audited") is False


async def test_without_a_path_nothing_is_kept(look):
    seen, _ = await look(paths=[])
    assert seen["secrets.kept_encrypted"].permission == "sources.vault.paths"
    assert seen["secrets.oldest_days"].permission == "sources.vault.paths"


@pytest.mark.parametrize(
    ("path", "fact", "permission"),
    [
        ("/sys/audit", "secrets.audited", 'policy path "sys/audit" { capabilities = ["read", "sudo"] }'),
        ("/sys/mounts", "secrets.kept_encrypted", 'policy path "sys/mounts" { capabilities = ["read"] }'),
        (
            "/secret/metadata/mail",
            "secrets.oldest_days",
            'policy path "secret/metadata/mail" { capabilities = ["read"] }',
        ),
    ],
)
async def test_a_refusal_names_the_policy(look, path, fact, permission):
    seen, _ = await look({path: (403, {"errors": ["1 error occurred: permission denied"]})})
    assert seen[fact].permission == f"sources.vault: {permission}"


@pytest.mark.parametrize("status", [401, 404, 429, 503])
async def test_what_is_not_answered_is_a_reason(look, status):
    seen, _ = await look({"/sys/audit": (status, {"errors": ["no"]})})
    assert str(status) in seen["secrets.audited"].reason
    assert seen.value("secrets.oldest_days") == 30.0


async def test_an_error_in_an_answer_of_200_is_no_value(vendor, tell, token):
    _, base = vendor({f"GET {path}": {"errors": ["not now"]} for path in GOOD})
    seen = await tell(FACTS, {"vault": {"base": base, "token": token, "paths": PATHS}})
    assert {seen[fact].status for fact in FACTS} == {"unavailable"}
