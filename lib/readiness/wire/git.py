"""Git: the few commands that read a repository. None of them runs what a repository brings along.

Hooks, file system monitors, external transports and lazy fetches are off, nobody is asked for a password, and every
command is bounded in time and in what it prints. Only `clone` reaches another host.
"""

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

from readiness.errors import Unobservable

SECONDS = 20.0
"""Time for one command on a repository at hand."""
CLONE_S = 40.0
"""Time for a clone; who needs longer names the path of one."""
LARGEST = 32_000_000
"""Bytes that one command may print."""
BLOB = "4m"
"""Files above this size are left out of a clone, where the other side can do that."""

_KEPT = {"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_CONFIG_GLOBAL"}
_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "log.showSignature=false",
    "protocol.allow=never",
    "protocol.ext.allow=never",
)


class Silent(Unobservable):
    """A command ended with an error; `reason` is what it said."""


async def git(*args: str, within: Path | None = None, seconds: float = SECONDS, most: int = LARGEST) -> bytes:
    """What a git command prints.

    Args:
        args: Subcommand and arguments.
        within: Top folder of the repository.
        seconds: Time it may take.
        most: Bytes it may print.

    Raises:
        Silent: It ended with an error.
        Unobservable: It took too long, or printed too much.
    """
    options = [part for value in _SAFE for part in ("-c", value)]
    where = ["-C", str(within)] if within else []
    verb = next(word for word in args if not word.startswith("-") and "=" not in word)
    words = ["git", "--no-pager", "--no-replace-objects", "--literal-pathspecs", *options, *where, *args]
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(within),
            start_new_session=True,
        )
    except OSError as error:
        raise Unobservable(f"git cannot be run: {error.strerror}") from None
    assert process.stdout
    assert process.stderr
    try:
        async with asyncio.timeout(seconds):
            printed, said = await asyncio.gather(_bounded(process.stdout, most), _bounded(process.stderr, 10_000))
            if len(printed) > most:
                raise Unobservable(f"git {verb} prints more than {most} bytes")
            code = await process.wait()
    except TimeoutError:
        raise Unobservable(f"git {verb} did not end within {seconds:g} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # a clone has children of its own
        await process.wait()
    if code:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        raise Silent(f"git {verb}: {lines[-1][:200] if lines else f'ended with {code}'}")
    return printed


async def clone(url: str, branch: str, into: Path) -> None:
    """Clone one branch of a repository with its history, without large files, and without checking anything out.

    Raises:
        Unobservable: It could not be cloned within `CLONE_S`.
    """
    scheme = urlsplit(url).scheme if "://" in url else "ssh"
    chosen = ["--branch", branch] if branch else []
    bare = ["clone", "--bare", "--quiet", "--single-branch", "--template=", f"--filter=blob:limit={BLOB}"]
    allowed = ["-c", f"protocol.{scheme}.allow=always"]
    await git(*allowed, *bare, *chosen, "--", url, str(into), seconds=CLONE_S)


async def _bounded(stream: asyncio.StreamReader, most: int) -> bytes:
    try:
        return await stream.readexactly(most + 1)
    except asyncio.IncompleteReadError as error:
        return error.partial


def _environment(within: Path | None) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    found |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"}
    if within:
        found["GIT_CEILING_DIRECTORIES"] = str(within.parent)  # a folder within a repository is not the repository
    return found
