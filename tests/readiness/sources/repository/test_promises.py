"""Promises: an availability in figures, policies that somebody owns and approved, a changelog of what was released."""

import pytest

TEXT = "Access is granted by need, reviewed each quarter, and taken back on the day that somebody leaves. " * 6
KINDS = (
    "Access control",
    "Change management",
    "Incident response",
    "Vendor management",
    "Business continuity",
    "Data classification",
)
FRONT = "---\nowner: Head of security\nversion: 3\napproved_at: 2025-09-01\n---\n"


def policies(front=FRONT, text=TEXT, kinds=KINDS):
    return {f"policies/{index}.md": f"{front}# {kind} policy\n\n{text}\n" for index, kind in enumerate(kinds)}


@pytest.fixture
def promises(repo, look):
    async def ask(files, **settings):
        repo.commit(files)
        where = {"sla": "sla.md", "policies": "policies", "changelog": "CHANGELOG.md"}
        return await look("documents", documents=where, **settings)

    return ask


async def test_six_policies_that_are_owned_and_approved_pass(promises):
    assert (await promises(policies())).value("documents.policies") == 6


@pytest.mark.parametrize(
    ("files", "count", "why"),
    [
        (policies(FRONT.replace("2025-09-01", "2024-09-01")), 0, "was approved on 2024-09-01"),
        (policies(FRONT.replace("2025-09-01", "2027-09-01")), 0, "which is yet to come"),
        (policies(FRONT.replace("Head of security", '""')), 0, "names no owner"),
        (policies(FRONT.replace("version: 3", "")), 0, "names no version"),
        (policies(FRONT.replace("approved_at: 2025-09-01", "")), 0, "does not tell when it was approved"),
        (policies(FRONT.replace("2025-09-01", '"[Date]"')), 0, "not filled in: [Date]"),
        (policies(text=f"{TEXT} Contact: [Name]"), 0, "not filled in: [Name]"),
        (policies(text="Later."), 0, "fewer than 60 words"),
        (policies(kinds=KINDS[:4]), 4, "no policy on continuity"),
        (policies(kinds=["Access, change, incident, vendor and continuity"]), 1, "no policy on change"),
        ({"a": ""}, 0, "not in the repository"),
    ],
)
async def test_policies_that_are_none_are_not_counted(promises, files, count, why):
    seen = await promises(files)
    assert seen.value("documents.policies") == count
    assert why in str(seen.survey.exchanges)


@pytest.mark.parametrize(
    ("text", "pct"),
    [
        ("# SLA\n\nMonthly availability is 99.95 %.\n\nBelow 99.9% uptime, a credit of 10 % is due.", 99.95),
        ("# SLA\n\n| Uptime | 99,9% |\n", 99.9),
        ("# SLA\n\nUptime of the API is 99.9 %, uptime of the dashboard 99 %.", 99),
        ("# SLA\n\nWe aim for high availability.", 0),
        ("# SLA\n\nAvailability is [number] %, or 99.9 %.", 0),
    ],
)
async def test_the_least_availability_that_is_promised_counts(promises, text, pct):
    assert (await promises({"sla.md": text})).value("documents.sla_pct") == pct


@pytest.mark.parametrize(
    ("log", "covered"),
    [
        ("# Changes\n\n## 1.4.0 (2026-02-01)\n\n- Sessions can be listed.\n", True),
        ("# Changes\n\n## [1.4.0] - 2026-02-01\n\n- Sessions can be listed.\n", True),
        ("# Changes\n\n## 1.4.0\n", False),
        ("# Changes\n\n## 1.4.0\n\nTODO\n", False),
        ("# Changes\n\n## 11.4.0\n\nMore.\n\n## 1.4.01\n\nMore.\n", False),
        ("# Changes\n\nNothing of 1.4.0 yet.\n", False),
    ],
)
async def test_the_changelog_covers_the_version_of_the_package(promises, log, covered):
    files = {"CHANGELOG.md": log, "sdk/package.json": '{"name": "a", "version": "1.4.0"}'}
    assert (await promises(files, package="sdk/package.json")).value("documents.changelog") is covered
