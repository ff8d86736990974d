"""Images: the user of the last stage, and bases that name a version."""

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.image import image


@pytest.mark.parametrize(
    ("lines", "unprivileged"),
    [
        ("FROM python:3.12-slim\nUSER app", True),
        ("FROM python:3.12-slim", False),
        ("FROM python:3.12-slim\nUSER root", False),
        ("FROM python:3.12-slim\nUSER 0:0", False),
        ("FROM python:3.12-slim\nUSER 10001:10001", True),
        ("FROM python:3.12-slim AS build\nUSER app\nFROM python:3.12-slim", False),
        ("FROM python:3.12-slim AS base\nUSER app\nFROM base", True),
        ("ARG WHO=app\nFROM python:3.12-slim\nUSER $WHO", True),
        ("FROM python:3.12-slim\nUSER app\nUSER root", False),
        ("from python:3.12-slim\nuser app", True),
    ],
)
def test_the_user_of_the_last_stage_counts(lines, unprivileged):
    assert image(lines.encode()).unprivileged is unprivileged


@pytest.mark.parametrize(
    ("base", "pinned"),
    [
        ("python:3.12-slim", True),
        ("python", False),
        ("python:latest", False),
        ("python:slim", False),
        ("registry.example:5000/team/python", False),
        ("registry.example:5000/team/python:3.12", True),
        ("python@sha256:" + "a" * 64, True),
        ("scratch", True),
        ("--platform=linux/amd64 python:3.12", True),
        ("python:${VERSION}", False),
    ],
)
def test_a_base_is_pinned_by_a_version_or_digest(base, pinned):
    assert (not image(f"FROM {base}\nUSER app".encode()).unpinned) is pinned


def test_a_base_named_by_an_argument_is_pinned_by_its_default():
    assert image(b"ARG VERSION=3.12\nFROM python:${VERSION}").bases == ("python:3.12",)
    assert image(b"FROM python:3.12 \\\n  AS build\nFROM build").bases == ("python:3.12",)


def test_a_file_that_builds_from_nothing_is_refused():
    with pytest.raises(Unreadable, match="builds from nothing"):
        image(b"# later\n")
