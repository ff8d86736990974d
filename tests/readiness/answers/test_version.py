"""Versions: in paths, in headers, in neither."""

import pytest
from readiness.answers.description import Description
from readiness.answers.version import versioned_pct


def share_of(*paths, parameters=(), declared=(), **more):
    operation = {"responses": {}, "parameters": list(parameters)}
    document = {"openapi": "3.1.0", "paths": {path: {"get": operation} for path in paths}, **more}
    return versioned_pct(Description(document).operations, declared)


@pytest.mark.parametrize(
    ("paths", "share"),
    [
        (["/v1/a", "/api/v2/b", "/2024-01-01/c", "/v1beta1/d"], 100),
        (["/v1/a", "/b"], 50),
        (["/a", "/vault", "/api/users"], 0),
        (["/v1/a", "/health", "/", "/.well-known/jwks.json", "/docs", "/metrics/x", "/openapi.json", "/alive"], 100),
        (["/health"], None),
        ([], None),
    ],
)
def test_the_share_of_versioned_operations(paths, share):
    assert share_of(*paths, declared=["/alive"]) == share


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("API-Version", True),
        ("X-API-Version", True),
        ("Accept-Version", True),
        ("X-Vendor-Api-Version", True),
        ("X-Client-Version", False),
        ("X-SDK-Version", False),
        ("Version", False),
        ("X-Capi-Version", False),
    ],
)
def test_only_the_version_of_the_api_counts_as_a_header(name, counts):
    assert share_of("/a", parameters=[{"name": name, "in": "header"}]) == (100 if counts else 0)
    assert share_of("/a", parameters=[{"name": name, "in": "query"}]) == 0


def test_the_servers_path_may_carry_the_version():
    assert share_of("/a", servers=[{"url": "/api/v1"}]) == 100
