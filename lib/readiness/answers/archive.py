"""Archive: what an export of personal data holds, whatever common format it comes in."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

LARGEST = 50_000_000
"""Bytes that are unpacked at most; what goes beyond is not read as if it were whole."""


@dataclass(frozen=True)
class Part:
    """One file of an export: its format and all of its text, escapes resolved."""

    format: Literal["json", "csv", "other"]
    text: str

    def __contains__(self, value: str) -> bool:
        return value.casefold() in self.text.casefold()


def parts(body: bytes, media_type: str) -> list[Part]:
    """The files of an export: the answer itself, or what it holds where it is a ZIP archive.

    Raises:
        ValueError: It cannot be read, or is larger than `LARGEST`.
    """
    if not body.startswith(b"PK\x03\x04"):
        return [_part(body, media_type)]
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST:
                raise ValueError(f"the export unpacks to more than {LARGEST} bytes")
            return [_part(archive.read(info), "") for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise ValueError(f"the export is an archive that cannot be read: {error}") from None


def _part(body: bytes, media_type: str) -> Part:
    text = body.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        rows = _rows(text)
        table = media_type == "text/csv" or (len(rows) > 1 and len({len(row) for row in rows}) == 1 < len(rows[0]))
        return Part("csv", "\n".join(cell for row in rows for cell in row)) if table else Part("other", text)
    if isinstance(value, dict | list):
        return Part("json", "\n".join(_texts(value)))
    return Part("other", str(value))


def _rows(text: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error:
        return []


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield str(key)
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
        case _:
            yield str(value)
