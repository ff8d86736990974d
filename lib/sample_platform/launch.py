"""Start the platform as a process of its own, and stop it."""

import itertools
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .addresses import Addresses, Ports
from .cluster import SampleFailed
from .databases import make_template
from .defects import behaviour_with
from .nursery import Nursery
from .services import CACHE_DATABASES, SHARED, Servers, servers

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_REAP_CHECKS = 500

# Takes arguments, environment, and descriptors for standard input, output and error; returns the process id.
Spawn = Callable[[list[str], dict[str, str], tuple[int, int, int]], int]


@dataclass(frozen=True)
class Sample:
    """A running platform.

    Attributes:
        addresses: where it listens.
        stop: ends it before the block does; may be called twice.
    """

    addresses: Addresses
    stop: Callable[[], None] = field(repr=False)


@dataclass(frozen=True)
class Services:
    """PostgreSQL and the cache, running, to be shared by many platforms one after another or at once.

    Attributes:
        servers: their addresses.
        nursery: starts a platform without importing it again.
        turns: numbers that keep the platforms' databases apart.
    """

    servers: Servers
    nursery: Nursery = field(repr=False)
    turns: Iterator[int] = field(default_factory=itertools.count, repr=False)


@contextmanager
def services(state: Path | str) -> Iterator[Services]:
    """Run PostgreSQL and the cache while the block lasts, for `started(..., services=...)`.

    Takes the folder for their data. Raises SampleFailed when one of them does not come up.
    """
    with servers(Path(state)) as running, Nursery() as nursery:
        make_template(running)
        yield Services(running, nursery)


@contextmanager
def started(
    defects: Iterable[str] = (),
    state: Path | str = ".sample",
    services: Services | None = None,
    ports: Ports | None = None,
    window_s: int = 5,
    cheap_hashes: bool = False,
    latency_s: float = 0.0,
) -> Iterator[Sample]:
    """Run the platform while the block lasts.

    Takes names of defects, the state folder, running services to share (then with databases of its own, that
    are removed at the end), ports (free ones by default), the seconds of the window that rate limits count in,
    whether passwords are hashed at next to no cost, and the seconds that every request takes longer. Raises
    SampleFailed with one line when it does not come up, ValueError for unknown or contradicting defects.
    """
    defects = list(defects)
    behaviour_with(defects)
    arguments = ["--state", str(state), "--until-input-ends", "--window", str(window_s)]
    arguments += ["--latency", str(latency_s)]
    arguments += [part for name in defects for part in ("--defect", name)]
    if cheap_hashes:
        arguments.append("--cheap-hashes")
    for name, port in asdict(ports or Ports.free()).items():
        arguments += [f"--port-{name.replace('_', '-')}", str(port)]
    if services is None:
        with _running(_spawn, arguments, {}) as sample:
            yield sample
        return
    arguments += ["--turn", str(next(services.turns) % (CACHE_DATABASES // 2))]
    with _running(services.nursery.spawn, arguments, {SHARED: services.servers.to_json()}) as sample:
        yield sample


@contextmanager
def _running(spawn: Spawn, arguments: list[str], environment: dict[str, str]) -> Iterator[Sample]:
    # The platform ends when its input does: with us, however we end.
    its_input, our_end = os.pipe()
    our_output, its_output = os.pipe()
    with tempfile.TemporaryFile("w+") as said, os.fdopen(our_output) as output:
        try:
            pid = spawn(arguments, environment, (its_input, its_output, said.fileno()))
        finally:
            os.close(its_input)
            os.close(its_output)

        def stop() -> None:
            nonlocal our_end
            if our_end < 0:
                return
            os.close(our_end)
            our_end = -1
            if not _ends(output.fileno()):
                os.kill(pid, signal.SIGKILL)
            _reap(pid)

        try:
            heard = select.select([output], [], [], _START_TIMEOUT_S)[0]
            line = output.readline() if heard else ""
            if not line:
                stop()
                said.seek(0)
                reason = said.read().strip().rpartition("\n")[2] or "it ended without saying why"
                raise SampleFailed(reason.removeprefix("sample platform: "))
            yield Sample(Addresses.from_json(line), stop)
        finally:
            stop()


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:  # a child of the nursery, which the system reaps in a moment
        with suppress(ProcessLookupError):
            for _ in range(_REAP_CHECKS):
                os.kill(pid, 0)
                time.sleep(0.002)


def _ends(output: int) -> bool:
    while select.select([output], [], [], _STOP_TIMEOUT_S)[0]:
        if not os.read(output, 4096):
            return True
    return False


def _spawn(arguments: list[str], environment: dict[str, str], streams: tuple[int, int, int]) -> int:
    stdin, stdout, stderr = streams
    process = subprocess.Popen(
        [sys.executable, "-m", "sample_platform", *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    process.returncode = 0  # it is waited for by its id; without this Popen would warn that it was not
    return process.pid
