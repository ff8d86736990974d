"""Settings: where a repository is, and that nothing in them leads out of it or runs anything."""

import pytest
from pydantic import ValidationError
from readiness.sources.repository import Repository


def settings(**keys):
    return Repository.model_validate(keys)


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example/acme/api.git",
        "ssh://git@git.example/acme/api.git",
        "git@git.example:acme/api.git",
        "file:///srv/git/api.git",
        "http://127.0.0.1:8000/api.git",
    ],
)
def test_an_address_that_git_can_clone_safely_is_taken(url):
    assert settings(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% /tmp/x",
        "--upload-pack=touch /tmp/x",
        "https://-x/api",
        "http://git.example/api.git",
        "git://git.example/api.git",
        "git@git.example:-x",
        "/srv/git/api.git",
    ],
)
def test_any_other_is_refused(url):
    with pytest.raises(ValidationError, match="expected the https, ssh or file address"):
        settings(url=url)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(ValidationError) as caught:
        settings(url="https://ada:correct-horse@git.example/api.git")
    assert "git's own credentials" in str(caught.value)
    assert "correct-horse" not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("path", ["../other", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_a_path_out_of_the_repository_is_refused(path):
    with pytest.raises(ValidationError, match="within the repository"):
        settings(path="repo", migrations=path)


@pytest.mark.parametrize("branch", ["--output=x", "-x", "a b", "a:b", "a~1"])
def test_a_branch_that_is_none_is_refused(branch):
    with pytest.raises(ValidationError, match="name of a branch"):
        settings(path="repo", branch=branch)


def test_one_place_is_needed():
    with pytest.raises(ValidationError, match="either path or url"):
        settings()
    with pytest.raises(ValidationError, match="either path or url"):
        settings(path="a", url="https://git.example/a")


def test_one_path_may_stand_for_a_list():
    assert settings(path="repo", images="./Dockerfile").images == ["Dockerfile"]


@pytest.mark.parametrize("pattern", ["(", "code", "(a)(b)"])
def test_the_pattern_of_error_codes_has_one_group(pattern):
    with pytest.raises(ValidationError, match="regular expression"):
        settings(path="repo", error_codes={"paths": "a", "pattern": pattern})
