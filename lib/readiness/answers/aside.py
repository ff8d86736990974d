"""Aside: work on what comes from outside, in a process of its own that can be stopped.

A document can take long to read, its patterns can take a regular expression years to match and its references can be
folded into billions of members; a thread could not be stopped. What is bounded is the processor's time: on a machine
that is busy with something else the same work takes longer, and is no more of it.
"""

import asyncio
import contextlib
import importlib
import json
import signal
import sys
from typing import Any

from readiness.lean import without_grammars

SLACK = 10.0
"""How many times longer than its processor time the work may take, however busy the machine is."""

_LINE = 1 << 24  # bytes of one value


async def told(module: str, body: bytes, *arguments: str, seconds: float) -> list[Any]:
    """What a module tells of something.

    Args:
        module: Name of the module; its `told(body, *arguments)` yields JSON values.
        body: What it is to work on.
        arguments: What else it needs.
        seconds: Of processor time, after which it is stopped; what it told until then counts.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, module, str(seconds), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LINE,
    )
    values: list[Any] = []
    assert process.stdin is not None and process.stdout is not None
    try:
        async with asyncio.timeout(SLACK * seconds):
            with contextlib.suppress(ConnectionError):
                process.stdin.write(body)
                await process.stdin.drain()
                process.stdin.close()
            async for line in process.stdout:
                if line.endswith(b"\n"):  # else it was stopped in the middle of it
                    values.append(json.loads(line))
            await process.wait()
    except TimeoutError:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return values


def main() -> None:
    """Have the module that the arguments name tell of standard input; print its values, one a line."""
    name, seconds, *arguments = sys.argv[1:]
    signal.setitimer(signal.ITIMER_PROF, float(seconds))  # its signal ends the process, whatever that is doing
    without_grammars()
    for value in importlib.import_module(name).told(sys.stdin.buffer.read(), *arguments):
        print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
