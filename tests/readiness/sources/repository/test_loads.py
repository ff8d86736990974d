"""Loads: what k6 measured, and what its summary leaves open."""

import pytest


def summary(**changes):
    metrics = {
        "http_reqs": {"count": 66_000, "rate": 110.0},
        "http_req_failed": {"value": 0.002},
        "http_req_duration": {"avg": 100.0, "p(99)": 420.0, "thresholds": {"p(99)<500": False}},
        "iterations": {"count": 22_000, "rate": 36.7},
        "iteration_duration": {"avg": 3300.0},
        "vus_max": {"value": 100},
    }
    return {"root_group": {}, "metrics": {**metrics, **changes}}


@pytest.fixture
def load(repo, build, look):
    async def ask(users=None, arrivals=None, **settings):
        repo.commit({"a.py": ""})
        files = {name: value for name, value in (("users", users), ("arrivals", arrivals)) if value}
        folder = build({f"{name}.json": value for name, value in files.items()}, days=20)
        named = {name: f"{name}.json" for name in files}
        return await look("load_tests", artefacts={"folder": str(folder), "load": {**named, **settings}})

    return ask


USERS = ("users", "minutes", "completed", "error_pct", "p99_ms", "think_s", "passed")


async def test_a_test_with_users_who_think_passes(load):
    seen = await load(users=summary())
    assert [seen.value(f"load_tests.{name}") for name in USERS] == [100, 10, 66_000, 0.2, 420, 3, True]
    assert seen["load_tests.users"].observed_at.isoformat() == "2026-02-10T09:00:00+00:00"
    assert seen["load_tests.generator_cpu_pct"].permission == (
        "sources.load or an attestation of load_tests.generator_cpu_pct"
    )


async def test_a_long_test_with_a_thousand_users_meets_what_beta_demands(load):
    large = {"http_reqs": {"count": 2_000_000, "rate": 1_100.0}, "http_req_failed": {"value": 0.0005}}
    large |= {"iterations": {"count": 660_000, "rate": 366.7}, "vus_max": {"value": 1000}}
    seen = await load(users=summary(**large), arrivals=summary(**large), arrivals_per_s=1100)
    assert [seen.value(f"load_tests.{name}") for name in ("users", "minutes", "error_pct")] == [1000, 30.3, 0.05]
    assert [seen.value(f"load_tests.rate{name}") for name in ("", "_minutes", "_error_pct")] == [1100, 30.3, 0.05]


async def test_errors_slowness_and_a_threshold_that_was_crossed_are_seen(load):
    slow = {"avg": 900.0, "p(99)": 2000.0, "thresholds": {"p(99)<500": True}}
    seen = await load(users=summary(http_req_duration=slow, http_req_failed={"value": 0.5}, vus_max={"value": 5}))
    assert [seen.value(f"load_tests.{name}") for name in ("users", "error_pct", "p99_ms", "passed")] == [
        5,
        50,
        2000,
        False,
    ]


async def test_what_the_summary_leaves_out_is_unknown_and_how_to_have_it_is_told(load):
    seen = await load(users=summary(http_req_duration={"avg": 1.0}))
    assert "--summary-trend-stats" in seen["load_tests.p99_ms"].reason
    assert seen["load_tests.passed"].reason == "the summary does not tell it"


async def test_a_constant_rate_is_compared_with_what_was_to_arrive(load):
    seen = await load(arrivals=summary(), arrivals_per_s=110)
    values = [
        seen.value(f"load_tests.rate{name}") for name in ("", "_minutes", "_achieved_pct", "_error_pct", "_p99_ms")
    ]
    assert values == [110, 10, 100, 0.2, 420]
    seen = await load(arrivals=summary(dropped_iterations={"count": 22_000}))
    assert (seen.value("load_tests.rate"), seen.value("load_tests.rate_achieved_pct")) == (220, 50)


async def test_a_rate_that_nothing_tells_is_unknown(load):
    seen = await load(arrivals=summary())
    assert seen["load_tests.rate"].permission == "sources.repository.artefacts.load.arrivals_per_s"
