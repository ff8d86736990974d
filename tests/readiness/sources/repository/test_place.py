"""Place: a repository that cannot be had costs its facts, and the run goes on."""

import os
import socket

from readiness.wire import git
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def test_an_address_that_hangs_costs_its_facts_alone(look, monkeypatch):
    monkeypatch.setattr(git, "CLONE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and never answers
        seen = await look(
            "unit", url=f"http://127.0.0.1:{server.getsockname()[1]}/api.git", artefacts={"unit": {"junit": "a"}}
        )
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert seen["unit.tests"].reason == "git clone did not end within 0.5 s"
    assert seen["unit.tests"].permission.startswith("sources.repository: an address that git can clone")


async def test_an_address_that_wants_a_password_is_not_asked_for_one(look, serve, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)  # whatever helpers there are here

    def refused(request):
        return PlainTextResponse("who?", 401, {"WWW-Authenticate": 'Basic realm="git"'})

    base = serve(Starlette(routes=[Route("/{path:path}", refused, methods=["GET", "POST"])]))
    seen = await look("unit", url=f"{base}/api.git")
    assert "git clone: fatal: could not read Username" in seen["unit.tests"].reason


async def test_a_repository_is_cloned_where_an_address_is_named(look, repo):
    repo.commit({"Dockerfile": "FROM python:3.12\nUSER app\n"})
    seen = await look("image", url=f"file://{repo.folder}", images="Dockerfile", branch="main")
    assert (seen.value("image.unprivileged"), seen.value("image.pinned")) == (True, True)
    assert "git clone file://" in seen.survey.exchanges[0]["repeat"]


async def test_a_repository_without_a_commit_says_so(look):
    seen = await look("image", images="Dockerfile")
    assert "the repository has no commit" in seen["image.pinned"].reason
