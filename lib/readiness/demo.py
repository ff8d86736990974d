"""The sample platform as a target: started, described by a target file, and stopped."""

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import yaml

from readiness.errors import BadInput, RunFailed


@contextmanager
def hosted(
    params: Path, maturity: str, defects: Sequence[str], state: Path | None, free_ports: bool
) -> Iterator[tuple[Any, Path]]:
    """Run the sample platform in a process of its own.

    Args:
        params: The `params/` folder; its `targets/sample.yaml` is the pattern of the target file.
        maturity: prototype, alpha or beta: a set of defects; beta has none.
        defects: Further defects by name.
        state: Folder for its files; default `.sample` beside `params`, with free ports one that is removed again.
        free_ports: Use any free ports instead of the fixed ones, so that any number can run at once.

    Yields:
        Its addresses, and the path of a target file that names them.

    Raises:
        BadInput: No such defect.
        RunFailed: It did not start.
    """
    import sample_platform

    for name in defects:
        if name not in sample_platform.DEFECTS:
            raise BadInput(f"defect {name!r}: expected one of: {', '.join(sample_platform.DEFECTS)}")
    chosen = [*sample_platform.MATURITIES[maturity], *defects]
    with ExitStack() as stack:
        if state is None and free_ports:
            state = Path(stack.enter_context(TemporaryDirectory(prefix="sample-")))
            # as root, what PostgreSQL keeps stands elsewhere and only a link to it in the state's folder
            stack.callback(lambda place: rmtree(place.resolve(), ignore_errors=True), state / "postgres")
        folder = (state or params.resolve().parent / ".sample").resolve()
        ports = sample_platform.Ports.free() if free_ports else sample_platform.Ports()
        try:
            running = stack.enter_context(sample_platform.started(defects=chosen, state=folder, ports=ports))
        except ValueError as error:
            raise BadInput(f"defects: {error}") from None
        except sample_platform.SampleFailed as error:
            raise RunFailed(f"the sample platform: {error}") from None
        target = folder / "target.yaml"
        target.write_text(target_text(params / "targets" / "sample.yaml", running.addresses), encoding="utf-8")
        yield running.addresses, target


def attend(command: Sequence[str]) -> int:
    """Run a command to its end and return its exit code; an interrupt is passed on and its end awaited.

    Raises:
        BadInput: It cannot be started.
    """
    try:
        child = subprocess.Popen(command)
    except OSError as error:
        raise BadInput(f"{command[0]}: cannot be started: {error.strerror}") from None
    while True:
        try:
            code = child.wait()
            return code if code >= 0 else 128 - code  # as a shell says that a signal ended it
        except KeyboardInterrupt:
            # a terminal has told the child as well, a scheduler's SIGTERM has not; being told twice does no harm
            child.send_signal(signal.SIGINT)


def target_text(pattern: Path, addresses: Any) -> str:
    """The target file for a sample platform at these addresses, after the pattern of `params/targets/sample.yaml`."""
    values = yaml.safe_load(pattern.read_text(encoding="utf-8"))
    values |= {
        "production": addresses.api,
        "staging": addresses.staging,
        "plain": addresses.plain,
        "resolvers": list(addresses.resolvers),
        "ca_file": str(addresses.ca_file),
    }
    parts = {
        "mailbox": {"smtp": addresses.mail},
        "admin": {"password": f"file:{addresses.admin_password_file}"},
        "receiver": {"listen": f"127.0.0.1:{urlsplit(addresses.hooks).port}", "address": addresses.hooks},
        "web": {"address": addresses.app},
    }
    for name in values.keys() & parts.keys():
        values[name] |= parts[name]
    return yaml.safe_dump(values, sort_keys=False)


def describe(addresses: Any, target: Path) -> str:
    """Its addresses, as the foreground command prints them."""
    return "\n".join(
        [
            f"production  {addresses.api}",
            f"staging     {addresses.staging}",
            f"plain HTTP  {addresses.plain}",
            f"resolvers   {', '.join(addresses.resolvers)}",
            f"CA file     {addresses.ca_file}",
            f"target      {target}",
            "Ctrl-C stops it.",
        ]
    )


def defect_table() -> str:
    """The named defects against the requirements each must turn from met to something less, as a Markdown table."""
    import sample_platform

    lines = ["| defect | what it breaks | requirements |", "|---|---|---|"]
    for defect in sample_platform.DEFECTS.values():
        named = ", ".join(f"`{name}`" for name in sorted(defect.requirements))
        lines.append(f"| `{defect.name}` | {defect.breaks} | {named} |")
    return "\n".join(lines)
