"""Reads mails within a time bound, whatever is in them."""

import asyncio
import base64
import contextlib
import json
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from readiness.mailbox.declaration import Mailbox
from readiness.mailbox.letter import Letter

PATIENCE = 5.0
"""Seconds that one mail may take to read; an honest one takes a few milliseconds."""
SIZE = 1_000_000
"""Bytes of a mail that are read at most."""


@dataclass(frozen=True)
class Reading:
    """What was read of one mail; see `Letter` and `dissect.dissect` for the members."""

    found: dict[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    recipients: frozenset[str] = frozenset()
    results: dict[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def aligned(self) -> bool | None:
        """Whether the DMARC outcome says that the sender's domain is authenticated; None when it does not say."""
        return {"pass": True, "fail": False}.get(self.results.get("dmarc", ""))

    def letter(self, address: str, received_at: datetime, place: str, observed_at: datetime) -> Letter:
        """The mail as a letter to one of its recipients, as far as the mailbox that holds it can be believed."""
        return Letter(
            address=address,
            received_at=received_at,
            found=self.found,
            hosts=self.hosts,
            results=self.results,
            aligned=self.aligned,
            place=place,
            failure=self.failure,
            observed_at=observed_at,
        )


class Reader:
    """Has mails taken apart by one process, which is ended and started again when a mail keeps it busy."""

    def __init__(self, declaration: Mailbox, patience: float = PATIENCE) -> None:
        self._asked = {"patterns": declaration.mails, "trusted": declaration.trusted or ""}
        self._patience = patience
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def read(self, mail: bytes) -> Reading:
        """Read one mail; never raises for what is in it."""
        asked = json.dumps({"mail": base64.b64encode(mail[:SIZE]).decode(), **self._asked}).encode()
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience):
                    answer = await self._answer(asked)
            except TimeoutError:
                await self.close()
                return Reading(failure=f"a mail took longer than {self._patience:g} s to match against mailbox.mails")
            except BaseException:
                await self.close()  # a half-read answer would be taken for the next one's
                raise
        if not answer or "failure" in answer:
            return Reading(failure=answer.get("failure") or "the mail could not be taken apart")
        return Reading(
            found=answer["found"],
            hosts=tuple(answer["hosts"]),
            senders=tuple(answer["senders"]),
            recipients=frozenset(answer["recipients"]),
            results=answer["results"],
        )

    async def _answer(self, asked: bytes) -> dict[str, Any]:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(Path(__file__).with_name("dissect.py"))),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=4 * SIZE,
            )
        assert self._process.stdin and self._process.stdout
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(asked + b"\n")
            await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            await self.close()
        answer: dict[str, Any] = json.loads(line or "{}")
        return answer

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
