"""Whole files: written beside their place and renamed into it, so that a reader meets the old or the new one."""

import os
from pathlib import Path


def write(path: Path, content: bytes, mode: int = 0o666, *, durable: bool = False) -> None:
    """Write a file whole or not at all; of two who write at once, one's stands.

    Args:
        path: The file; its folder is there.
        content: What it holds then.
        mode: Who may read and write it, of which the process' umask takes away.
        durable: It is on the disk before this returns.

    Raises:
        OSError: It cannot be written; the file is as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
        if durable:
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    finally:
        partial.unlink(missing_ok=True)
