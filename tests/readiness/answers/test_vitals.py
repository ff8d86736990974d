"""Vitals: health bodies as frameworks write them, and as nobody would."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readiness.answers.vitals import CACHE, DATABASE, any_down, component, overall, verdict


@pytest.mark.parametrize(
    ("word", "up"),
    [
        ("UP", True),
        ("ok", True),
        ("OK - 3 ms", True),
        ("warn", True),
        (True, True),
        ("degraded", False),
        ("not ready", False),
        ("NOT_READY", False),
        ("OUT_OF_SERVICE", False),
        ("error: connection refused", False),
        (False, False),
        ("postgresql 16", None),
        (3, None),
        (None, None),
        ("", None),
    ],
)
def test_a_word_says_up_or_down_or_neither(word, up):
    assert verdict(word) is up


SHAPES = {
    "flat": lambda up: {"status": "ok", "database": "up" if up else "down", "redis": up},
    "spring boot": lambda up: {
        "status": "UP",
        "components": {
            "db": {"status": "UP" if up else "DOWN", "details": {"database": "PostgreSQL"}},
            "redis": {"status": "UP" if up else "DOWN"},
        },
    },
    "health+json": lambda up: {
        "status": "pass",
        "checks": {
            "postgres:responseTime": [{"componentType": "datastore", "status": "pass" if up else "fail"}],
            "redis:connections": [{"status": "warn" if up else "fail"}],
        },
    },
    "list": lambda up: {
        "checks": [
            {"name": "primaryDatabase", "healthy": up},
            {"name": "valkey-main", "state": "ok" if up else "error"},
        ]
    },
    "nested": lambda up: {"services": {"postgresql": {"primary": {"connected": up}}, "cache": {"ok": up}}},
    "terminus": lambda up: (
        {"details": {"database": {"status": "up"}, "memcached": {"status": "up"}}}
        if up
        else {"error": {"database": {"status": "down"}, "memcached": {"error": "no route"}}}
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("up", [True, False])
def test_components_are_found_in_every_common_shape(shape, up):
    assert component(shape(up), DATABASE) is up
    assert component(shape(up), CACHE) is up
    assert any_down(shape(up)) is not up


def test_what_is_not_reported_is_neither_up_nor_down():
    assert component({"status": "ok", "version": "1.2"}, DATABASE) is None
    assert component({"database": {"pool_size": 5}, "database_latency_ms": 3}, DATABASE) is None
    assert overall({"uptime": 5}) is None


def test_one_broken_component_anywhere_is_noticed():
    assert any_down({"status": "ready", "components": {"mail": {"status": "down"}}})
    assert any_down({"status": "ready", "dependencies": {"mail": "unreachable"}})
    assert any_down("degraded")
    assert not any_down({"status": "ok", "debug": False, "details": {"maintenance": False}})


json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["up", "down", "degraded"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "db", "redis", "checks", "name", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=50)
@given(json)
def test_any_json_is_read_without_an_error(document):
    any_down(document), component(document, DATABASE), overall(document)


@settings(max_examples=50)
@given(json)
def test_a_component_that_is_down_is_never_overlooked(document):
    assert any_down({"other": document, "components": {"db": {"status": "down"}}})


@pytest.mark.parametrize(
    ("document", "down"),
    [
        ({"status": "ok", "features": {"registration": {"available": False}}}, False),
        ({"status": "ok", "build": {"ci": {"success": False}}}, False),
        ({"status": "ok", "mail": {"status": "down"}}, True),
        ({"status": "ok", "checks": [{"name": "mail", "healthy": False}]}, True),
        ({"status": "ok", "checks": {"mail:responses": [{"status": "fail"}]}}, True),
        ({"status": "ok", "services": {"mail": {"primary": {"connected": False}}}}, True),
        ({"status": "UP", "components": {"a": {"status": "UP", "components": {"b": {"status": "DOWN"}}}}}, True),
        ([{"name": "mail", "status": "down"}], True),
    ],
)
def test_only_the_whole_and_its_components_can_be_down(document, down):
    assert any_down(document) is down
