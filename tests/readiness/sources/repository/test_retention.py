"""Retention: the policy in the repository is one that can be read, or it is none."""

from ...test_retention import POLICY


async def test_a_policy_that_can_be_read_is_seen(repo, look):
    repo.commit({"docs/retention.yaml": POLICY})
    assert (await look("retention", retention="docs/retention.yaml")).value("retention.policy") is True


async def test_one_that_cannot_be_read_or_is_not_there_is_none(repo, look):
    repo.commit({"docs/retention.yaml": POLICY.replace("period: 30d", "period: short")})
    seen = await look("retention", retention="docs/retention.yaml")
    assert seen.value("retention.policy") is False
    assert "retention.yaml:9: classes.1.period: expected a duration" in str(seen.survey.exchanges)
    assert (await look("retention", retention="retention.yaml")).value("retention.policy") is False


async def test_without_a_place_nothing_is_known_of_it(repo, look):
    repo.commit({"README.md": "# Api"})
    row = (await look("retention"))["retention.policy"]
    assert (row.status, row.permission) == ("unavailable", "sources.repository.retention")
