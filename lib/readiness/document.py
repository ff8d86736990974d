"""YAML documents checked against a model, with the line of every mistake."""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from readiness.errors import BadInput

Location = tuple[str | int, ...]
MAX_BYTES = 2_000_000
"""No parameter file comes near this; one that does is a mistake (a dump given in place of a target)."""
MAX_VALUES = 50_000
"""Values in one file, aliases followed: a few lines of YAML can stand for billions of them."""


MAX_DEPTH = 60
"""Nesting in one file; the loader written in C ends the whole process a few thousand levels down."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, which also says where a scalar stands that cannot be read (`2026-02-30`)."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from None


class Record(BaseModel):
    """Base of every model read from a document: frozen, and an unknown key is an error that names the known ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()}
        for key in data:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(sorted(known))}"
                raise PydanticCustomError("unknown_key", "{message}", {"key": key, "message": f"unknown key; {hint}"})
        return data

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one file.

        Args:
            path: A YAML file.

        Returns:
            The validated record. Validators see the file's folder as `info.context["folder"]`.

        Raises:
            BadInput: One problem a line, each with file, line, key and what was expected.
        """
        return read(path, cls)


RecordType = TypeVar("RecordType", bound=Record)


def read(path: Path, model: type[RecordType]) -> RecordType:
    """Read `path` as `model`; see `Record.read`."""
    return _made(path, model, *_load(path))


def parse(content: bytes, model: type[RecordType], name: str) -> RecordType:
    """Read the content of a file that is called `name`, as `Record.read` does."""
    path = Path(name)
    try:
        return _made(path, model, *_loaded(content.decode("utf-8"), path))
    except UnicodeDecodeError:
        raise BadInput(f"{path}: cannot be read: not UTF-8 text") from None


def _made(path: Path, model: type[RecordType], values: Any, lines: dict[Location, int]) -> RecordType:
    try:
        return model.model_validate(values, context={"folder": path.parent, "path": path})
    except ValidationError as error:
        raise BadInput(*dict.fromkeys(_problems(path, lines, error))) from None


def line_of(path: Path, location: Location) -> int:
    """The line (from 1) at which the value at `location` stands in `path`, or its nearest ancestor's."""
    return _line(located(path)[1], location)


def located(path: Path) -> tuple[Any, dict[Location, int]]:
    """The values of a YAML file, and the line (from 1) at which each stands.

    Raises:
        BadInput: It cannot be read.
    """
    return _load(path)


def folder_of(info: ValidationInfo) -> Path:
    """The folder of the file being read, for paths written relative to it."""
    return Path((info.context or {}).get("folder", ""))


def _load(path: Path) -> tuple[Any, dict[Location, int]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path}: expected a parameter file, got {path.stat().st_size} bytes")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise BadInput(f"{path}: cannot be read: {reason}") from None
    return _loaded(text, path)


def _loaded(text: str, path: Path) -> tuple[Any, dict[Location, int]]:
    try:
        if not shallow(text):
            raise BadInput(f"{path}: expected at most {MAX_DEPTH} levels of nesting, got more")
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            raise BadInput(f"{path}:1: expected a YAML mapping, got an empty file")
        lines: dict[Location, int] = {}
        _walk(node, (), lines, path)
        return yaml.load(text, Loader=_Loader), lines  # noqa: S506 (a safe loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f":{mark.line + 1}" if mark else ""
        raise BadInput(f"{path}{at}: not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise BadInput(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise BadInput(f"{path}: not valid YAML: nested too deeply") from None


def shallow(text: str | bytes) -> bool:
    """Whether YAML text nests no deeper than `MAX_DEPTH`: the loader in C ends the process on what is far deeper.

    Raises:
        yaml.YAMLError: It is not YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return False
    return True


def _walk(node: yaml.Node, location: Location, lines: dict[Location, int], path: Path) -> None:
    lines.setdefault(location, node.start_mark.line + 1)
    if len(lines) > MAX_VALUES:
        raise BadInput(f"{path}: expected at most {MAX_VALUES} values, got more once its aliases are followed")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.value)
            if name in seen:
                raise BadInput(f"{path}:{key.start_mark.line + 1}: {name}: expected each key once, got it twice")
            seen.add(name)
            lines[(*location, name)] = key.start_mark.line + 1
            _walk(value, (*location, name), lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*location, index), lines, path)


def _line(lines: dict[Location, int], location: Location) -> int:
    while location and location not in lines:
        location = location[:-1]
    return lines.get(location, 1)


def _problems(path: Path, lines: dict[Location, int], error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False):
        context = problem.get("ctx") or {}
        location = tuple(str(part) if not isinstance(part, int) else part for part in problem["loc"])
        if "key" in context:
            location = (*location, str(context["key"]))
        key = ".".join(map(str, location)) or "document"
        yield f"{path}:{_line(lines, location)}: {key}: {_expected(problem)}"


def _expected(problem: Any) -> str:
    message = str(problem["msg"])
    if problem["type"] == "missing":
        return "expected this key, got nothing"
    if problem["type"] == "value_error":
        return message.removeprefix("Value error, ")
    if match := re.match(r"(\w+) should (be )?", message):
        rest = message[match.end() :]
        wanted = rest if match[1] == "Input" else f"a {match[1].lower()} to {match[2] or ''}{rest}"
        return f"expected {wanted}, got {_shown(problem)}"
    return message


def _shown(problem: Any) -> str:
    if problem["type"] in ("dict_type", "model_type", "list_type"):
        # what stands in place of a mapping or list is not repeated: it may be a secret (`headers: Bearer …`)
        return f"a {type(problem['input']).__name__}"
    shown = repr(problem["input"])
    return shown if len(shown) <= 60 else shown[:57] + "…"
