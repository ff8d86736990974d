"""`python -m sample_platform`: run the platform in the foreground."""

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path

import psycopg

from . import databases
from .addresses import Addresses, Ports
from .cluster import SampleFailed
from .defects import DEFECTS, MATURITIES, behaviour_with
from .services import SHARED, Servers, servers

logging.getLogger("fastapi").setLevel(logging.ERROR)  # it remarks on packages that are not needed here


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; return 0, or 1 with one line on standard error if it cannot start."""
    given = _parser().parse_args(arguments)
    # Until the event loop takes signals over, a termination must still stop what was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        _run(given)
    except (SampleFailed, ValueError, OSError) as error:
        print(f"sample platform: {error}", file=sys.stderr)
        return 1
    except psycopg.Error as error:
        print(f"sample platform: PostgreSQL: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


def _run(given: argparse.Namespace) -> None:
    behaviour = behaviour_with([*MATURITIES[given.maturity], *given.defect])
    free = Ports.free()
    chosen = {field.name: getattr(given, f"port_{field.name}") for field in fields(Ports)}
    defaults = free if given.free_ports else Ports()
    ports = Ports(**{name: getattr(defaults, name) if port is None else port for name, port in chosen.items()})
    state = Path(given.state).resolve()
    (state / "logs").mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        shared = os.environ.pop(SHARED, None)
        used = Servers.from_json(shared) if shared else stack.enter_context(servers(state))
        from . import platform  # two seconds, which a start that is refused need not wait for

        if not shared:
            databases.make_template(used)
        suffix = f"_{given.turn}_{secrets.token_hex(3)}" if shared else ""
        plan = platform.Plan(
            *(behaviour, state, ports, used, given.turn, suffix, given.window, given.cheap_hashes, given.latency)
        )
        asyncio.run(platform.run(plan, _announce, given.until_input_ends))


def _announce(addresses: Addresses) -> None:
    print(addresses.to_json(), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m sample_platform", description="A small identity platform to assess, on 127.0.0.1."
    )
    add = parser.add_argument
    add("--defect", action="append", default=[], metavar="NAME", choices=DEFECTS, help="break one behaviour")
    add("--maturity", default="beta", choices=MATURITIES, help="start with a set of defects (default beta: none)")
    add("--state", default=".sample", metavar="DIR", help="folder of data, keys and logs (default .sample)")
    add("--free-ports", action="store_true", help="listen on any free ports")
    for field in fields(Ports):
        add(f"--port-{field.name.replace('_', '-')}", type=int, metavar="N", help=f"default {field.default}")
    add("--window", type=int, default=5, metavar="SECONDS", help="window of the rate limits (default 5)")
    add("--cheap-hashes", action="store_true", help="hash passwords at next to no cost, for tests only")
    add(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="time that every request takes longer (default 0)"
    )
    add("--turn", type=int, default=0, help=argparse.SUPPRESS)
    add("--until-input-ends", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
