"""Artefacts: what a file of a repository or of its pipeline says, read as data. Every module here is pure.

A reader takes the bytes of one file and returns what they say, or raises `Unreadable` with the reason in one line. A
file counts by its content alone: that it is there says nothing.
"""

import ast
import json
from datetime import UTC, datetime
from typing import Any

import yaml

from readiness.document import shallow


class Unreadable(ValueError):
    """A file is not what it should be; the text continues its name: `is not valid JSON: …`."""


def json_of(content: bytes) -> Any:
    """The values of a JSON file.

    Raises:
        Unreadable: It is empty, cut off, or no JSON.
    """
    if not content.strip():
        raise Unreadable("is empty")
    try:
        return json.loads(content)
    except RecursionError:
        raise Unreadable("is nested too deeply") from None
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        cut = "; it is cut off" if error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg else ""
        raise Unreadable(f"is not valid JSON at line {error.lineno}: {error.msg}{cut}") from None


def yaml_of(content: bytes) -> list[Any]:
    """The documents of a YAML file that are not empty; one with aliases is refused, they can stand for billions.

    Raises:
        Unreadable: It is no YAML, nested too deeply, or has aliases.
    """
    try:
        if not shallow(content):
            raise Unreadable("is nested too deeply")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(content, Loader=yaml.CSafeLoader)):
            raise Unreadable("uses YAML aliases, which are not read")
        return [one for one in yaml.load_all(content, Loader=yaml.CSafeLoader) if one is not None]
    except yaml.MarkedYAMLError as error:
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Unreadable(f"is not valid YAML{line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"is not valid YAML: {str(error).splitlines()[0] if str(error) else 'nested'}") from None


def python_of(text: str) -> ast.Module:
    """The syntax tree of Python code, which is not run.

    Raises:
        Unreadable: It does not parse.
    """
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"does not parse: {getattr(error, 'msg', None) or str(error) or 'it is too deep'}") from None


def text_of(content: bytes) -> str:
    """The text of a file; bytes that are not UTF-8 are replaced."""
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def moment(value: Any) -> datetime | None:
    """A time as ISO 8601 writes it, UTC where it names no zone; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
