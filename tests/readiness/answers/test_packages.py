"""Published packages: what counts as stable, and what a go.mod file takes back."""

import pytest
from readiness.answers.packages import numbers, retracted, stable


@pytest.mark.parametrize("version", ["1.0.0", "v1.2.3", "2", "10.4", "1.0.0.post1", "v2.0.0+incompatible", " 1.1.0 "])
def test_a_final_version_from_one_on_is_stable(version):
    assert stable(version)


@pytest.mark.parametrize("version", ["0.9.9", "1.0.0-beta.1", "1.0.0rc1", "v0.0.0-20260301090000-abcdef", "", "latest"])
def test_anything_else_is_not(version):
    assert not stable(version)


def test_the_numbers_of_a_version_compare():
    assert numbers("v1.10.0") > numbers("1.9.9") > numbers("1.0.0-rc.1") == ()


@pytest.mark.parametrize(
    "text",
    [
        "module x\n\nretract v1.2.3 // published by mistake\n",
        "retract [v1.0.0, v1.9.9]\n",
        "retract (\n  v1.0.0\n  v1.2.3 // both\n)\n",
        "retract (\n  [v1.2.0, v1.3.0]\n)\n",
    ],
)
def test_a_version_that_is_taken_back_is_found(text):
    assert retracted("v1.2.3", text)


@pytest.mark.parametrize(
    "text",
    ["module x\n", "// retract v1.2.3\n", "retract v1.2.4\n", "retract [v1.0.0, v1.2.2]\n", "require y v1.2.3\n"],
)
def test_one_that_is_not_is_not(text):
    assert not retracted("v1.2.3", text)
