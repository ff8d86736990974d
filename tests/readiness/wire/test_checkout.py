"""Checkouts: what is committed at the head of a branch, read without running what the repository brings along."""

import asyncio
import os
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from readiness.errors import Unobservable
from readiness.wire import git as commands
from readiness.wire.checkout import checked_out

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ENVIRONMENT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.test" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": "2026-02-01T12:00:00+00:00" for who in ("AUTHOR", "COMMITTER")},
}


def git(folder, *args):
    done = subprocess.run(
        ["git", "-C", str(folder), *args], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "repo"
    (place / "docs").mkdir(parents=True)
    git(place, "init", "-q", "-b", "main")
    (place / "docs" / "a.md").write_text("first")
    (place / "link").symlink_to("/etc/passwd")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "One")
    git(place, "tag", "-a", "v1.0.0", "-m", "One")
    (place / "docs" / "a.md").write_text("second")
    git(place, "commit", "-q", "-am", "Two")
    git(place, "tag", "v1.1.0")
    git(place, "tag", "nightly")
    return place


def opened(path=None, url="", branch="", artefacts=None):
    return checked_out(path, url, branch, artefacts, lambda: NOW)


async def test_what_is_committed_is_read_and_nothing_else(folder):
    (folder / "docs" / "a.md").write_text("not committed")
    (folder / "new.md").write_text("neither")
    async with opened(folder) as checkout:
        assert sorted(checkout.files) == ["docs/a.md"]  # a link is no file
        assert (await checkout.read("docs/a.md")).content == b"second"
        assert (await checkout.read("new.md")).failure == "not in the repository"
        assert checkout.commit == git(folder, "rev-parse", "HEAD")


async def test_a_record_holds_where_a_file_is_and_not_what_it_says(folder):
    async with opened(folder) as checkout:
        record = (await checkout.read("docs/a.md")).record()
    assert record["repeat"] == f"git -C {folder} show {record['commit']}:docs/a.md"
    assert (record["size"], record["sha256"][:8]) == (6, "16367aac")
    assert "second" not in str(record)


async def test_files_of_a_folder_are_listed_by_their_ends(folder):
    async with opened(folder) as checkout:
        assert checkout.under("docs", ".md") == ["docs/a.md"]
        assert checkout.under("docs/a.md") == ["docs/a.md"]
        assert checkout.under(".", ".py") == []
        assert checkout.under("doc") == []


async def test_history_tells_ages_releases_and_commits(folder):
    async with opened(folder) as checkout:
        assert await checkout.changed_at("docs/a.md") == datetime(2026, 2, 1, 12, tzinfo=UTC)
        releases = await checkout.releases()
        assert [(one.tag, one.version) for one in releases] == [("v1.1.0", (1, 1, 0)), ("v1.0.0", (1, 0, 0))]
        assert (await checkout.released(releases[1], "docs/a.md")).content == b"first"
        assert (await checkout.released(releases[1], "b.md")).failure == "not part of v1.0.0"
        assert await checkout.commits() == 2
        assert await checkout.differing(releases[1].commit) == {"docs/a.md"}
        assert await checkout.differing("0" * 40) is None
        assert await checkout.differing("--output=x") is None
        with pytest.raises(Unobservable, match=r"says nothing of b\.md"):
            await checkout.changed_at("b.md")


async def test_a_branch_is_chosen_by_its_name(folder):
    git(folder, "checkout", "-q", "-b", "next")
    git(folder, "commit", "-q", "--allow-empty", "-m", "Three")
    async with opened(folder, branch="main") as checkout:
        assert checkout.commit == git(folder, "rev-parse", "main")
    with pytest.raises(Unobservable, match="no branch gone"):
        async with opened(folder, branch="gone"):
            pass


async def test_a_repository_is_cloned_from_an_address_and_the_clone_goes(folder):
    git(folder, "checkout", "-q", "-b", "next")
    async with opened(url=f"file://{folder}", branch="main") as checkout:
        top = checkout._top
        assert (await checkout.read("docs/a.md")).content == b"second"
        assert checkout.commit == git(folder, "rev-parse", "main")
        assert len(await checkout.releases()) == 2
        assert (await checkout.read("docs/a.md")).repeat.startswith(f"git clone file://{folder} repository && git -C")
    assert not top.exists()


async def test_an_address_that_hangs_is_left_after_its_time(monkeypatch):
    monkeypatch.setattr(commands, "CLONE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and never answers
        url = f"http://127.0.0.1:{server.getsockname()[1]}/api.git"
        with pytest.raises(Unobservable, match=r"git clone did not end within 0\.5 s"):
            async with opened(url=url):
                pass


async def test_an_address_without_a_repository_says_so(tmp_path):
    with pytest.raises(Unobservable, match="git clone: "):
        async with opened(url=f"file://{tmp_path}/gone"):
            pass


async def test_a_clone_that_is_cancelled_leaves_no_process(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/{tmp_path.name}.git"

        async def wait():
            async with opened(url=url):
                pass

        task = asyncio.create_task(wait())
        await asyncio.to_thread(server.accept)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    lines = [one.read_bytes() for one in Path("/proc").glob("[0-9]*/cmdline") if one.exists()]
    assert not any(f"{tmp_path.name}.git".encode() in line for line in lines)


@pytest.mark.parametrize("kind", ["nothing", "a folder", "an empty repository", "a folder within one"])
async def test_what_is_no_repository_says_so(tmp_path, folder, kind):
    place = tmp_path / "other"
    if kind != "nothing":
        place.mkdir()
    if kind == "an empty repository":
        git(place, "init", "-q")
    if kind == "a folder within one":
        place = folder / "docs"
    with pytest.raises(Unobservable, match=r"no folder|no git repository|no commit"):
        async with opened(place):
            pass


async def test_nothing_that_a_repository_brings_along_is_run(folder, tmp_path):
    mark = tmp_path / "was-run"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\necho x >> {mark}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "gpg.program", "core.sshCommand", "core.askPass"):
        git(folder, "config", key, str(script))
    git(folder, "config", "log.showSignature", "true")
    git(folder, "config", "diff.x.textconv", str(script))
    git(folder, "config", "filter.x.smudge", str(script))
    (folder / ".git" / "hooks").mkdir(exist_ok=True)
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (folder / ".git" / "hooks" / hook).write_bytes(script.read_bytes())
        (folder / ".git" / "hooks" / hook).chmod(0o755)
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "attributes").write_text("* diff=x filter=x\n")
    mark.unlink(missing_ok=True)
    async with opened(folder) as checkout:
        await checkout.read("docs/a.md")
        await checkout.changed_at("docs/a.md")
        await checkout.releases()
        await checkout.commits()
        await checkout.differing(git(folder, "rev-parse", "v1.0.0^{commit}"))
    async with opened(url=f"file://{folder}"):
        pass
    assert not mark.exists()


async def test_a_file_that_is_too_large_is_not_read(folder, monkeypatch):
    async with opened(folder) as checkout:
        with pytest.raises(Unobservable, match="prints more than 3 bytes"):
            await checkout.read("docs/a.md", most=3)


async def test_artefacts_are_read_from_their_folder_with_their_own_time(folder, tmp_path):
    build = tmp_path / "build"
    build.mkdir()
    (build / "a.xml").write_text("<a/>")
    os.utime(build / "a.xml", (NOW.timestamp() - 60, NOW.timestamp() - 60))
    os.mkfifo(build / "pipe")
    async with opened(folder, artefacts=build) as checkout:
        found = await checkout.artefact("a.xml")
        assert (found.content, found.commit, found.committed) == (b"<a/>", "", False)
        assert (NOW - found.observed_at).total_seconds() == 60
        assert found.repeat == f"sha256sum {build}/a.xml"
        for path, why in (("gone.xml", "is not in the folder"), ("pipe", "is no file"), (".", "is no file")):
            with pytest.raises(Unobservable, match=why):
                await checkout.artefact(path)


async def test_without_a_folder_artefacts_are_part_of_the_repository(folder):
    async with opened(folder) as checkout:
        assert (await checkout.artefact("docs/a.md")).committed
        with pytest.raises(Unobservable, match="is not in the repository") as caught:
            await checkout.artefact("unit.xml")
        assert "artefacts: unit.xml" in caught.value.permission


async def test_git_that_is_not_there_says_so(folder, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unobservable, match="git cannot be run: No such file"):
        async with opened(folder):
            pass
