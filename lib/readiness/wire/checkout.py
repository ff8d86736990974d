"""A checkout: a repository as it is at one commit, and the artefacts that its pipeline left beside it, read as data."""

import asyncio
import hashlib
import re
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from readiness.errors import Unobservable
from readiness.wire.artefact import Artefact
from readiness.wire.git import Silent, clone, git

DOCUMENT = 2_000_000
"""Bytes of the largest file of the repository that is read."""
ARTEFACT = 32_000_000
"""Bytes of the largest artefact of a pipeline that is read; one that is larger is refused by its size."""
_VERSION = re.compile(r"(?:.*[-_/])?v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})")
_CONCURRENCY = 4


@dataclass(frozen=True)
class Release:
    """A tag that names a version, such as `v1.4.0`.

    Attributes:
        tag: Its name.
        version: Major, minor, patch.
        commit: What it names.
        at: When that was committed.
    """

    tag: str
    version: tuple[int, int, int]
    commit: str
    at: datetime


@dataclass
class Checkout:
    """A repository at one commit.

    Attributes:
        place: The repository as the target file names it.
        commit: The commit, 40 hexadecimal digits.
        files: The object of every regular file, by path.
        now: Clock, UTC.
        folder: Where the pipeline's artefacts lie; None where they are part of the repository.
    """

    place: str
    commit: str
    files: dict[str, str]
    now: Callable[[], datetime]
    folder: Path | None = None
    _top: Path = field(default_factory=Path, repr=False)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_CONCURRENCY), repr=False)

    def under(self, path: str, *suffixes: str) -> list[str]:
        """The file at `path`, or the files in the folder at `path` that end so, sorted; a folder may be `.`."""
        if path in self.files:
            return [path]
        inside = "" if path in ("", ".") else path.rstrip("/") + "/"
        return sorted(name for name in self.files if name.startswith(inside) and name.endswith(suffixes or ("",)))

    async def read(self, path: str, most: int = DOCUMENT) -> Artefact:
        """One file of the commit; one that is not there has a `failure` and no content.

        Raises:
            Unobservable: It is larger than `most` bytes, or cannot be read.
        """
        if path not in self.files:
            return self._of(path, failure="not in the repository")
        content = await self._git("cat-file", "blob", self.files[path], most=most)
        return self._of(path, content)

    async def released(self, release: Release, path: str) -> Artefact:
        """One file as it was at a release; as `read`."""
        try:
            content = await self._git("cat-file", "blob", f"{release.commit}:{path}", most=DOCUMENT)
        except Silent:
            return self._of(path, failure=f"not part of {release.tag}", commit=release.commit)
        return self._of(path, content, commit=release.commit)

    async def artefact(self, path: str) -> Artefact:
        """One artefact of the pipeline, seen when it was made as far as its file tells.

        Raises:
            Unobservable: It is not there, is no file, or is larger than `ARTEFACT` bytes.
        """
        if self.folder is None:
            found = await self.read(path, ARTEFACT)
            if found.failure:
                needs = f"sources.repository.artefacts: {path}, or the folder that holds it"
                raise Unobservable(f"{path} is not in the repository", found, permission=needs)
            return found
        content, changed = await asyncio.to_thread(_contents, self.folder, path)
        return self._of(path, content, place=str(self.folder), commit="", committed=False, at=min(changed, self.now()))

    async def changed_at(self, path: str) -> datetime:
        """When the file or folder was last changed, by the history of the commit.

        Raises:
            Unobservable: The history is cut off, or says nothing of it.
        """
        if await self._git("rev-parse", "--is-shallow-repository") == b"true\n":
            needs = "sources.repository: a clone with its whole history"
            raise Unobservable("the repository is a shallow clone, whose history is cut off", permission=needs)
        told = await self._git("rev-list", "-1", "--format=%cI", self.commit, "--", path)
        if not told:
            raise Unobservable(f"the history says nothing of {path}")
        return datetime.fromisoformat(told.decode().split()[-1]).astimezone(UTC)

    async def differing(self, commit: str) -> set[str] | None:
        """Paths that differ between another commit and this one; None where the other is not part of the history."""
        if not re.fullmatch(r"[0-9a-f]{7,40}", commit):
            return None
        try:
            told = await self._git("diff-tree", "-r", "--name-only", "--no-ext-diff", "-z", commit, self.commit)
        except Silent:
            return None
        return set(told.decode("utf-8", "replace").split("\0")) - {""}

    async def releases(self) -> list[Release]:
        """Tags of versions in the history of the commit, the newest version first."""
        # an annotated tag is an object of its own; with the asterisk it is what it names
        commits, dates = "%(objectname) %(*objectname)", "%(committerdate:iso-strict)%(*committerdate:iso-strict)"
        form = f"%(refname:strip=2)%00{commits}%00{dates}"
        told = await self._git("for-each-ref", f"--merged={self.commit}", f"--format={form}", "refs/tags")
        found = []
        for line in told.decode("utf-8", "replace").splitlines():
            tag, commits, at = line.split("\0")
            if (version := _VERSION.fullmatch(tag)) and at:
                numbers = (int(version[1]), int(version[2]), int(version[3]))
                found.append(Release(tag, numbers, commits.split()[-1], datetime.fromisoformat(at).astimezone(UTC)))
        return sorted(found, key=lambda one: (one.version, one.at), reverse=True)

    async def commits(self) -> int:
        """Commits of the history that change something; merges are not counted."""
        counted = ("rev-list", "--count", "--no-merges", "--full-history", self.commit, "--", ".")
        return int(await self._git(*counted))

    def _of(
        self,
        path: str,
        content: bytes = b"",
        *,
        failure: str = "",
        place: str = "",
        commit: str | None = None,
        committed: bool = True,
        at: datetime | None = None,
    ) -> Artefact:
        return Artefact(
            path=path,
            place=place or self.place,
            commit=self.commit if commit is None else commit,
            committed=committed,
            size=len(content),
            sha256="" if failure else hashlib.sha256(content).hexdigest(),
            content=content,
            failure=failure,
            observed_at=at or self.now(),
        )

    async def _git(self, *args: str, most: int | None = None) -> bytes:
        async with self._slots:
            return await (git(*args, within=self._top) if most is None else git(*args, within=self._top, most=most))


@asynccontextmanager
async def checked_out(
    path: Path | None, url: str, branch: str, folder: Path | None, now: Callable[[], datetime]
) -> AsyncIterator[Checkout]:
    """A repository at the head of a branch.

    Args:
        path: Where a clone of it is; nothing but what is committed there is read.
        url: Where to clone it from, into a folder that goes at the end, where there is no `path`.
        branch: Name of the branch; empty for the one that is checked out, or the default one.
        folder, now: As `Checkout`.

    Raises:
        Unobservable: There is no such repository, branch or commit, or it cannot be cloned in time.
    """
    with TemporaryDirectory(prefix="readiness-repository-") as place:
        if path is None:
            try:
                await clone(url, branch, Path(place) / "clone")
            except Unobservable as obstacle:
                needs = "sources.repository: an address that git can clone without asking, or the path of a clone"
                raise Unobservable(obstacle.reason, permission=needs) from None
        top = path or Path(place) / "clone"
        if not top.is_dir():
            raise Unobservable(f"there is no folder {top}")
        commit = await _head(top, "" if path is None else branch)
        checkout = Checkout(url or str(path), commit, await _listing(top, commit), now, folder)
        checkout._top = top
        yield checkout


async def _head(top: Path, branch: str) -> str:
    names = [f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"] if branch else ["HEAD"]
    for name in names:
        try:
            told = await git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", within=top)
        except Silent as silent:
            if "128" in silent.reason or "fatal" in silent.reason:
                raise Unobservable(f"{top} is no git repository that can be read: {silent.reason}") from None
            continue
        return told.decode().strip()
    raise Unobservable(f"the repository has no branch {branch}" if branch else "the repository has no commit")


async def _listing(top: Path, commit: str) -> dict[str, str]:
    told = await git("ls-tree", "-r", "-z", "--full-tree", commit, within=top)
    found = {}
    for line in told.decode("utf-8", "replace").split("\0"):
        kind, _, name = line.partition("\t")
        if kind.startswith("100"):  # regular files; a link could lead anywhere
            found[name] = kind.split(" ")[2]
    return found


def _contents(folder: Path, path: str) -> tuple[bytes, datetime]:
    place = folder / PurePosixPath(path)
    read = partial(Unobservable, permission=f"sources.repository.artefacts: {path}")
    try:
        told = place.stat()
        if not place.resolve().is_relative_to(folder.resolve()):
            raise read(f"{path} leads out of the folder of artefacts")
        if not stat.S_ISREG(told.st_mode):
            raise read(f"{path} is no file")
        if told.st_size > ARTEFACT:
            raise Unobservable(f"{path} has {told.st_size} bytes, more than the {ARTEFACT} that are read")
        with place.open("rb") as file:
            content = file.read(ARTEFACT)
    except FileNotFoundError:
        raise read(f"{path} is not in the folder of artefacts") from None
    except OSError as error:
        raise Unobservable(f"{path} cannot be read: {error.strerror}") from None
    return content, datetime.fromtimestamp(told.st_mtime, UTC)
