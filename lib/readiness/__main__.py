"""`readiness`, and `python -m readiness`: light, so that an interrupt while the rest is loading is one line as well."""

import contextlib
import os
import signal


def main() -> None:
    """Load the command line and run it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    from readiness import cli

    cli.main()


def _stop(number: int, frame: object) -> None:
    """End at once: nothing has begun that would have to be put away.

    An exception would end up in whatever is loading, and some libraries make another one of it, or go on without.
    """
    with contextlib.suppress(OSError):
        os.write(2, b"readiness: interrupted\n")
    os._exit(130)


if __name__ == "__main__":
    main()
