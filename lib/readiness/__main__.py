"""`readiness`, and `python -m readiness`: light, so that an interrupt while the rest is loading is one line as well."""

import sys


def main() -> None:
    """Load the command line and run it."""
    try:
        from readiness import cli

        cli.main()
    except KeyboardInterrupt:
        print("readiness: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
