"""An artefact: a file of a repository or of its pipeline. Where it is and what was found is kept, not what it says."""

import shlex
from dataclasses import dataclass, field
from typing import Any

from readiness.secret import excerpt, redact
from readiness.wire.exchange import EXCERPT, _Base


@dataclass(frozen=True, kw_only=True)
class Artefact(_Base):
    """What is known of one file.

    Attributes:
        path: Where it is, within the repository or within the folder of the pipeline's artefacts.
        place: The repository or the folder, as the target file names it.
        commit: The commit it is read at, or that its maker names; empty where none is named.
        committed: It is part of the repository.
        size: In bytes.
        sha256: Digest of its content; empty where it was not read.
        seen: What was found in it, a line each.
        content: Its bytes, for those who read it; no record holds them.
        failure: Why it was not read.
    """

    path: str
    place: str = ""
    commit: str = ""
    committed: bool = True
    size: int = 0
    sha256: str = ""
    seen: tuple[str, ...] = ()
    content: bytes = field(default=b"", repr=False, compare=False)

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        at = f" at {self.commit[:12]}" if self.commit else ""
        return f"{self.path}{at} of {redact(self.place)}"

    @property
    def repeat(self) -> str:
        """A command that shows the same content, or its digest."""
        if not self.committed:
            return shlex.join(["sha256sum", f"{self.place}/{self.path}"])
        if "://" in self.place:
            clone = shlex.join(["git", "clone", redact(self.place), "repository"])
            return clone + " && " + shlex.join(["git", "-C", "repository", "show", f"{self.commit}:{self.path}"])
        return shlex.join(["git", "-C", self.place, "show", f"{self.commit}:{self.path}"])

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "artefact",
            "observed_at": self.observed_at.isoformat(),
            "path": self.path,
            "place": redact(self.place),
            "commit": self.commit,
            "committed": self.committed,
            "size": self.size,
            "sha256": self.sha256,
            "seen": [excerpt(line, EXCERPT) for line in self.seen[:50]],
            "failure": excerpt(self.failure, EXCERPT),
            "repeat": self.repeat,
        }
