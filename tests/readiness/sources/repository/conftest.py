"""Small git repositories, and what subjects say of them."""

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Repo:
    """A git repository in a folder, committed to at given times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *args: str, at: str = "2026-03-01T12:00:00+00:00") -> str:
        told = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        told |= {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in PERSON.items()}
        told |= {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        result = subprocess.run(
            ["git", "-C", str(self.folder), *args],
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.strip()

    def write(self, files: dict[str, str | bytes]) -> None:
        for path, content in files.items():
            place = self.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: dict[str, str | bytes], at: str = "2026-03-01T12:00:00+00:00", tag: str = "") -> str:
        """Commit these files beside what is there, and return the commit."""
        self.write(files)
        self.git("add", "-A", at=at)
        self.git("commit", "-q", "--allow-empty", "-m", "A change", at=at)
        if tag:
            self.git("tag", "--force", tag)
        return self.git("rev-parse", "HEAD")


PERSON = {"NAME": "Ada", "EMAIL": "ada@example.test"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository without commits."""
    return Repo(tmp_path / "repo")


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    """`build({"unit.xml": …}, days=2)` is a folder of artefacts that were made so many days ago."""

    def make(files: dict[str, Any], days: float = 0.5) -> Path:
        folder = tmp_path / "build"
        for path, content in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            value = content if isinstance(content, bytes | str) else json.dumps(content)
            place.write_bytes(value.encode() if isinstance(value, str) else value)
            at = NOW.timestamp() - days * 86_400
            os.utime(place, (at, at))
        return folder

    return make


@pytest.fixture
def look(repo: Repo, told: Callable[..., Any]) -> Callable[..., Any]:
    """`await look("unit", **settings)`: what a subject says of the repository with these settings."""

    async def ask(subject: str, sources: dict[str, Any] | None = None, /, **settings: Any) -> Any:
        where = {} if "url" in settings else {"path": str(repo.folder)}
        target = settings.pop("target", {})
        return await told(subject, {"repository": {**where, **settings}, **(sources or {})}, **target)

    return ask
