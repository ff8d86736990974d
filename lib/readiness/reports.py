"""Where runs are kept: a folder, or a prefix in an object store, `s3://bucket/prefix`.

A run is `<target>/<UTC time>/`; its manifest is the last of its files to come and the first to go, so that what has
none is no run. An object store's endpoint is that of `AWS_ENDPOINT_URL`, or of the URL's query,
`?scheme=http&endpoint_override=host:port`.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pyarrow import fs

from readiness import whole
from readiness.errors import BadInput
from readiness.run import STAMP, RunFolder, find

MANIFEST = "manifest.json"
SHOWN = ("scheme", "endpoint_override", "region")
"""Of a URL's query, what may be said and handed on: where a store is, never what opens it."""
FAILED = ".failed"
"""What is added to the name of a run that failed."""


@dataclass(frozen=True)
class Reports:
    """A place of runs.

    Attributes:
        place: The path or URL that was given.
        store: The filesystem that holds it.
        root: Where in it.
        address: The path or URL by which another process finds the same place; it holds no key.
    """

    place: str
    store: Any
    root: str
    address: str

    @classmethod
    def of(cls, place: str | Path) -> "Reports":
        """The place that a path or URL names; nothing is asked of it yet.

        Raises:
            BadInput: The URL is not `s3://bucket/prefix`.
        """
        text = str(place)
        if "://" not in text:
            root = str(Path(text).absolute())
            return cls(text, fs.LocalFileSystem(), root, root)
        parts = urlsplit(text)
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
            raise BadInput(
                f"reports: expected a path or s3://bucket/prefix, got {parts.scheme}://{parts.hostname or ''}"
            )
        query = parts.query
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        if endpoint and "endpoint_override" not in query:
            split = urlsplit(endpoint)
            query = "&".join(
                filter(None, (query, urlencode({"scheme": split.scheme, "endpoint_override": split.netloc})))
            )
        name = f"s3://{parts.netloc}{parts.path.rstrip('/')}"
        with _told(name):
            store, root = fs.FileSystem.from_uri(f"{name}?{query}" if query else name)
        shown = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] in SHOWN])
        return cls(name, store, root, f"{name}?{shown}" if shown else name)

    @property
    def local(self) -> bool:
        """Whether it is a folder of this machine."""
        return isinstance(self.store, fs.LocalFileSystem)

    def targets(self) -> list[str]:
        """Names of the targets that have a folder there."""
        found = (Path(info.path).name for info in self._listed(self.root) if info.type == fs.FileType.Directory)
        return sorted(name for name in found if not name.startswith("."))

    def runs(self, target: str) -> list[str]:
        """Names of a target's published runs, the oldest first."""
        paths = (Path(info.path) for info in self._listed(f"{self.root}/{target}", recursive=True))
        here = Path(self.root) / target
        return sorted(
            path.parent.name
            for path in paths
            if path.name == MANIFEST and path.parent.parent == here and STAMP.fullmatch(path.parent.name)
        )

    def failed(self, target: str) -> list[str]:
        """Names of the folders of a target's failed runs, the oldest first."""
        names = (Path(info.path).name for info in self._listed(f"{self.root}/{target}"))
        return sorted(name for name in names if name.endswith(FAILED) and STAMP.fullmatch(name.removesuffix(FAILED)))

    def read(self, *parts: str) -> bytes | None:
        """The content of a file; None where there is none."""
        with _told(self.place):
            try:
                with self.store.open_input_stream("/".join((self.root, *parts))) as stream:
                    return bytes(stream.read())
            except FileNotFoundError:
                return None

    def write(self, content: bytes, *parts: str) -> None:
        """Write a file whole, or not at all; of two who write at once, one's stands."""
        path = "/".join((self.root, *parts))
        with _told(self.place):
            if not self.local:
                with self.store.open_output_stream(path) as stream:
                    stream.write(content)
                return
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            whole.write(Path(path), content)

    def publish(self, folder: Path, target: str) -> str:
        """Copy a run's folder there, its manifest last; what is interrupted before is no run.

        Raises:
            BadInput: There is a run of that name already, or the place cannot be written.
        """
        if folder.name in self.runs(target):
            raise BadInput(f"{self.place}/{target}/{folder.name}: there is a run of this second already")
        for path in sorted(folder.iterdir(), key=lambda path: (path.name == MANIFEST, path.name)):
            self.write(path.read_bytes(), target, folder.name, path.name)
        return f"{self.place}/{target}/{folder.name}"

    def fetch(self, target: str, run: str, into: Path, only: Collection[str] = ()) -> Path:
        """Copy a run's files into a folder, which is given back.

        Args:
            target, run: Which.
            into: The folder.
            only: Names of the files that are wanted; empty: all.

        Raises:
            BadInput: It cannot be read.
        """
        for info in self._listed(f"{self.root}/{target}/{run}"):
            name = Path(info.path).name
            if info.type == fs.FileType.File and (not only or name in only):
                (into / name).write_bytes(self.read(target, run, name) or b"")
        return into

    @contextmanager
    def opened(self, name: str, only: Collection[str] = ()) -> Iterator[RunFolder]:
        """A published run by name, to be read within the block: one of an object store is a copy that goes with it.

        Args:
            name: Path of a run's folder on this machine, `<target>/<UTC time>`, or a target: its newest run.
            only: Names of the files that are wanted, where they have to be copied; empty: all.

        Raises:
            BadInput: There is none of that name.
        """
        if self.local or (Path(name) / "decision.json").is_file():
            yield find(Path(self.place), name)
            return
        target, _, run = name.partition("/")
        runs = self.runs(target)
        if run not in runs and (run or not runs):
            how = "" if run else f"; `readiness run {target}` makes one"
            raise BadInput(f"{self.place}/{name}: expected a published run there{how}")
        with TemporaryDirectory(prefix="readiness-") as beside:
            folder = Path(beside, run or runs[-1])
            folder.mkdir()
            yield RunFolder(self.fetch(target, folder.name, folder, only))

    def remove(self, target: str, run: str) -> None:
        """Remove a run: interrupted half-way, it is no run any more.

        Raises:
            BadInput: It is no published run.
        """
        path = f"{self.root}/{target}/{run}"
        if run not in self.runs(target) or (self.local and Path(path).is_symlink()):
            raise BadInput(f"{self.place}/{target}/{run}: expected a published run there")
        with _told(self.place):
            if self.local:
                gone = Path(self.root, target, f".{run}.removed")
                shutil.rmtree(gone, ignore_errors=True)  # what an interrupted removal left
                Path(path).rename(gone)
                shutil.rmtree(gone)
            else:
                self.store.delete_file(f"{path}/{MANIFEST}")
                self.store.delete_dir(path)

    def _listed(self, path: str, *, recursive: bool = False) -> list[Any]:
        with _told(self.place):
            found = list(self.store.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=recursive)))
            if not found and not self.local:  # nothing under a prefix, or no such bucket
                bucket = self.root.partition("/")[0]
                if self.store.get_file_info(bucket).type == fs.FileType.NotFound:
                    raise BadInput(f"{self.place}: expected a bucket {bucket!r} there")
            return found


@contextmanager
def _told(place: str) -> Iterator[None]:
    """What a store refuses is one clear line."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        said = str(error).strip().splitlines()[0][:300]
        raise BadInput(f"{place}: {said}") from None
    except ValueError as error:  # pyarrow's own of a URL it does not understand
        raise BadInput(f"{place}: {str(error).strip().splitlines()[0][:300]}") from None
