"""The outbox: what is to be sent of a target's runs, a file for each message and recipient, beside the runs.

`reports/<target>/.outbox/` holds, for each, `<key>.json`, how it stands, and until it is settled `<key>` with what is
sent. Both are written whole, and for their owner alone. The key follows from run, occasion and recipient, so that
queueing the same again changes nothing, and how it stands is kept as long as the run is: what was sent once is not sent
again.

A message is noted as `unclear` before its last byte leaves, and as what the answer says after it. So whatever ends in
between, the connection or this process, leaves it unclear: it may have arrived, and is not sent again by itself. That
a mail is never sent twice is put above that each arrives; it is said, and `readiness send RUN --again` sends it again.
A receiver can tell all the same, because the message and its Message-ID stay as they are.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

from readiness import whole
from readiness.errors import BadInput
from readiness.schedule.lock import held

FOLDER = ".outbox"
FIRST, MOST = timedelta(minutes=5), timedelta(hours=4)
"""The pause after the first attempt, which is doubled after each, and the longest. RFC 5321 (4.5.4.1) asks for 30
minutes at least between attempts, and for two within the first hour; greylisting servers take minutes."""
GIVE_UP = timedelta(days=5)
"""How long it is tried: RFC 5321, 4.5.4.1, has 4 to 5 days."""
KEPT = 2 * GIVE_UP
"""How long after it was queued what is settled is kept, so that it can be sent again by hand: its content, megabytes
with a report; and how it stands, where its run has gone or never had a folder."""
STRAY = timedelta(days=1)
"""Age of a file that no note is of, or that is half written, at which nobody is about to finish it."""

UNCLEAR = "it may have arrived or not, and is not sent again by itself"

_KEY = re.compile(r".+\.[0-9a-f]{16}")

State = Literal["waiting", "sent", "refused", "given up", "unclear"]
"""All but `waiting` are settled."""


@dataclass(frozen=True)
class Answer:
    """What came of handing something over.

    Attributes:
        state: `sent`, `refused` for good, `waiting` for another attempt, or `unclear`.
        said: Why, in one line; what the other side said.
    """

    state: State
    said: str = ""


class Unreachable(Exception):
    """Nothing can be handed over now, whoever it is for; it says why, in one line."""


class Carrier(Protocol):
    """What hands messages over."""

    def hand_over(self, to: str, content: bytes, last: Callable[[], None]) -> Answer:
        """Hand one message over.

        Args:
            to: Its recipient.
            content: What is sent.
            last: Called before what makes it whole leaves: what goes wrong from then on is `unclear`.

        Raises:
            Unreachable: Nothing can be handed over now.
        """

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True)
class Letter:
    """One message to one recipient, and how it stands.

    Attributes:
        key: Its name in the outbox.
        run: Of which run it is.
        via: Which carrier takes it.
        to: Its recipient.
        queued_at: UTC.
        state: How it stands.
        attempts: How often it was tried.
        next_at: When a waiting one is tried again, UTC.
        said: What was said at the last attempt.
    """

    key: str
    run: str
    via: str
    to: str
    queued_at: datetime
    state: State = "waiting"
    attempts: int = 0
    next_at: datetime | None = None
    said: str = ""

    @property
    def words(self) -> str:
        """How it stands, in one line."""
        told = f"{self.to}: {self.state}"
        if self.state == "waiting" and self.next_at and self.attempts:
            told += f", tried again from {self.next_at:%Y-%m-%d %H:%M} UTC on"
        return f"{told}: {self.said}" if self.said else told


class Outbox:
    """One target's outbox.

    Args:
        place: The folder of its runs, `<reports>/<target>`.
        now: Clock, UTC.
    """

    def __init__(self, place: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = place / FOLDER
        self._now = now

    def put(self, run: str, occasion: str, via: str, to: str, content: Callable[[str], bytes]) -> Letter:
        """Queue a message, unless it was queued before; of one that was not sent, content that has gone is made again.

        Args:
            run: Of which run it is.
            occasion: What it tells; of a run, each recipient is told it once.
            via: Which carrier takes it.
            to: Its recipient.
            content: Makes what is sent from the letter's key.

        Returns:
            The letter, as it stands.

        Raises:
            BadInput: What is noted of it cannot be read.
        """
        key = f"{run}.{hashlib.sha256(f'{run} {occasion} {via} {to}'.encode()).hexdigest()[:16]}"
        self.open()
        with held(self.folder / "queue.lock", wait=True):  # of two who queue the same, one does
            found = self._read(key)
            if found and found.state != "sent" and not (self.folder / key).exists():
                self.write(key, content(key))
            if found is None:
                if self._path(key).exists():  # it may have been sent
                    raise BadInput(f"{self._path(key)}: expected how a message stands; it is left alone")
                self.write(key, content(key))
                found = self._note(Letter(key, run, via, to, self._now()))
        return found

    def open(self) -> None:
        """Make its folder: addresses and mails in it are nobody else's, though it may be in a tree that is served."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, name: str, content: bytes) -> None:
        """Write one of its files: whole, for its owner alone, and to the disk before going on."""
        whole.write(self.folder / name, content, 0o600, durable=True)

    def letters(self, run: str | None = None) -> list[Letter]:
        """What is there, of a run or of all, those queued first before the others; what cannot be read is left out."""
        found = (self._read(path.stem) for path in self.folder.glob("*.json"))
        return sorted(
            (letter for letter in found if letter and run in (None, letter.run)),
            key=lambda letter: (letter.queued_at, letter.key),
        )

    def deliver(self, carriers: Mapping[str, Carrier], *, again: str | None = None) -> list[Letter]:
        """Try what is due, and give it back as it stands then.

        Args:
            carriers: `Letter.via` → what hands it over. They are closed at the end.
            again: A run of which everything but what was sent is tried now.

        Raises:
            Overlap: Somebody else is at it, who tries what was queued here as well.
        """
        tried: dict[str, Letter | None] = {}

        def due() -> list[str]:
            return [each.key for each in self.letters() if each.key not in tried and self._due(each, again)]

        # again after the lock is given back: who was refused it meanwhile relies on what is there being looked at
        while keys := due():
            with held(self.folder / "sending.lock", "the outbox is being sent by another process"):
                down: dict[str, str] = {}
                try:
                    for key in keys:
                        letter = self._read(key)  # another process may have sent it before the lock was ours
                        due_still = letter is not None and self._due(letter, again)
                        tried[key] = self._try(letter, carriers, down) if letter and due_still else None
                finally:
                    for carrier in carriers.values():
                        carrier.close()
        return [letter for letter in tried.values() if letter]

    def forget(self) -> None:
        """Drop what is no longer needed: see `KEPT` and `STRAY`."""
        now = self._now()
        for letter in self.letters():
            if letter.state == "waiting" or now - letter.queued_at < KEPT:
                continue
            (self.folder / letter.key).unlink(missing_ok=True)
            if not (self.folder.parent / letter.run).is_dir():
                self._path(letter.key).unlink(missing_ok=True)
        for path in self.folder.glob("*"):
            with suppress(FileNotFoundError):  # somebody else is at it as well
                if self._stray(path) and now.timestamp() - path.stat().st_mtime > STRAY.total_seconds():
                    path.unlink()

    def _stray(self, path: Path) -> bool:
        """Whether a file is half written, or content that no note is of, as a process leaves it that is killed."""
        unnoted = _KEY.fullmatch(path.name) and not self._path(path.name).exists()
        return bool(unnoted) or path.suffix == ".partial"

    def _due(self, letter: Letter, again: str | None) -> bool:
        if letter.run == again:
            return letter.state != "sent" and (self.folder / letter.key).is_file()
        now, at = self._now(), letter.next_at
        # no pause is longer than the longest: the clock was ahead when it was noted
        return letter.state == "waiting" and (at is None or at <= now or at > now + MOST)

    def _try(self, letter: Letter, carriers: Mapping[str, Carrier], down: dict[str, str]) -> Letter:
        tried = replace(letter, attempts=letter.attempts + 1, next_at=None)

        def last() -> None:
            self._note(replace(tried, state="unclear", said=UNCLEAR))

        try:
            content = (self.folder / letter.key).read_bytes()
        except OSError as error:
            return self._note(replace(tried, state="given up", said=f"its message cannot be read: {error.strerror}"))
        try:
            if letter.via in down:
                raise Unreachable(down[letter.via])
            if letter.via not in carriers:
                raise Unreachable(f"the target file has no `{letter.via}`")
            answer = carriers[letter.via].hand_over(letter.to, content, last)
        except Unreachable as error:
            down[letter.via] = str(error)
            answer = Answer("waiting", str(error))
        after = replace(tried, state=answer.state, said=answer.said)
        if answer.state == "waiting":
            now = self._now()
            after = replace(after, queued_at=min(letter.queued_at, now))  # the clock may have been set back
            over = now - after.queued_at >= GIVE_UP
            pause = min(FIRST * 2 ** min(letter.attempts, 10), MOST)
            after = replace(after, state="given up") if over else replace(after, next_at=now + pause)
        self._note(after)
        if after.state == "sent":
            (self.folder / letter.key).unlink(missing_ok=True)
        return after

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _note(self, letter: Letter) -> Letter:
        told = json.dumps(asdict(letter), indent=2, ensure_ascii=False, default=datetime.isoformat)
        self.write(self._path(letter.key).name, (told + "\n").encode())
        return letter

    def _read(self, key: str) -> Letter | None:
        try:
            told: dict[str, Any] = json.loads(self._path(key).read_text(encoding="utf-8"))
            for name in ("queued_at", "next_at"):
                told[name] = told[name] and datetime.fromisoformat(told[name])
            return Letter(**told)
        except (OSError, ValueError, KeyError, TypeError):
            return None
