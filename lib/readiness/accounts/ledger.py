"""The ledger: which accounts a run made, written before each is made, so that a crash leaves none unknown.

One file a run, in the state folder (`READINESS_STATE`, default `~/.local/state/readiness`), readable by its owner
alone: it holds the passwords of the test accounts, without which nobody could remove them. It goes when nothing is
left.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from readiness.errors import RunFailed


@dataclass(frozen=True)
class Entry:
    """One thing to remove.

    Attributes:
        email, password: Of a test account; empty for what an operation made.
        side: Base address of the platform's side it is on.
        id: The account's id, where known.
        operation: The operation that removes it, asked by the administrator; empty for an account.
        made: The platform said that it made it; until then nobody knows.
        asked: Unix time at which it was asked for; 0 once that was answered, whatever the answer was, or given up.
    """

    email: str = ""
    password: str = ""
    side: str = ""
    id: str = ""
    operation: str = ""
    made: bool = False
    asked: float = 0.0

    @property
    def name(self) -> str:
        """What a person is told of it: never a password."""
        return self.email or f"{self.operation} {self.id}"


class Ledger:
    """The ledger of one run.

    Args:
        target: Name of the target.
        run: The run's tag.
        now: Time of the run, UTC.
        folder: The state folder; default `state_folder()`.
    """

    def __init__(self, target: str, run: str, now: datetime, folder: Path | None = None) -> None:
        self.path = (folder or state_folder()) / target / f"{run}.jsonl"
        self._head = {
            "run": run,
            "target": target,
            "at": now.isoformat(),
            "pid": os.getpid(),
            "host": socket.gethostname(),
        }
        self._open: dict[str, Entry] = {}

    def __iter__(self) -> Iterator[Entry]:
        """What is to be removed, in the order it was made."""
        return iter(list(self._open.values()))

    def add(self, entry: Entry) -> None:
        """Write down, durably, what is about to be made or has become known of it.

        Raises:
            RunFailed: It cannot be written; nothing must be made then.
        """
        self._write({"add": asdict(entry)})
        self._open[entry.name] = entry

    def strike(self, entry: Entry) -> None:
        """It is gone, or was never made."""
        with suppress(RunFailed):  # what stays written is looked for once more, no harm done
            self._write({"gone": entry.name})
        self._open.pop(entry.name, None)
        if not self._open:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _write(self, line: dict[str, Any]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = not self.path.exists()
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
                if new:
                    file.write(json.dumps(self._head) + "\n")
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RunFailed(f"{self.path}: the list of test accounts cannot be written: {error.strerror}") from None

    @classmethod
    def read(cls, path: Path) -> "Ledger | None":
        """The ledger that a run left; None where it holds nothing that can be read."""
        try:
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
            head = lines[0]
            ledger = cls(head["target"], head["run"], datetime.fromisoformat(head["at"]), path.parent.parent)
            ledger.path, ledger._head = path, head
            for line in lines[1:]:
                if "add" in line:
                    entry = Entry(**line["add"])
                    ledger._open[entry.name] = entry
                else:
                    ledger._open.pop(line["gone"], None)
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return None
        return ledger

    @property
    def run(self) -> str:
        """The run's tag."""
        return str(self._head["run"])

    @property
    def alive(self) -> bool:
        """The run that wrote it is still going, on this machine."""
        if self._head["host"] != socket.gethostname() or self._head["pid"] == os.getpid():
            return False
        with suppress(ProcessLookupError):
            with suppress(PermissionError):
                os.kill(int(str(self._head["pid"])), 0)
            return True
        return False


def state_folder() -> Path:
    """Where runs note what must outlive them."""
    named = os.environ.get("READINESS_STATE")
    base = os.environ.get("XDG_STATE_HOME")
    return Path(named) if named else (Path(base) if base else Path.home() / ".local" / "state") / "readiness"


def left_behind(target: str, folder: Path | None = None) -> list[Ledger]:
    """The ledgers that runs of a target left, oldest first."""
    found = [Ledger.read(path) for path in sorted(((folder or state_folder()) / target).glob("*.jsonl"))]
    return [ledger for ledger in found if ledger]
