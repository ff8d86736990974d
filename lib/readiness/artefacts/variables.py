"""Variables: the settings that code reads from its environment, in Python and JavaScript."""

import ast
import re
from collections.abc import Iterator

from readiness.artefacts import Unreadable, python_of, text_of

SUFFIXES = (".py", ".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx")
_IN_SCRIPT = re.compile(r"\b(?:process\.env|import\.meta\.env)(?:\.([A-Z][A-Z0-9_]+)|\[\s*['\"]([A-Z][A-Z0-9_]+)['\"])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_READERS = {"environ.get", "os.environ.get", "os.getenv", "getenv", "environ.pop", "os.environ.pop"}


def variables(path: str, content: bytes) -> set[str]:
    """Names of the variables that one file reads: through `os.environ`, a pydantic settings class, `process.env`.

    Raises:
        Unreadable: A Python file does not parse.
    """
    text = text_of(content)
    if not path.endswith(".py"):
        return {first or second for first, second in _IN_SCRIPT.findall(text)}
    try:
        return _of_python(python_of(text))
    except RecursionError:
        raise Unreadable("is nested too deeply") from None


def _of_python(module: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _dotted(node.func) in _READERS and node.args:
            found |= _constant(node.args[0])
        elif isinstance(node, ast.Subscript) and _dotted(node.value) in ("os.environ", "environ"):
            found |= _constant(node.slice)
        elif isinstance(node, ast.ClassDef) and any("Settings" in _dotted(base) for base in node.bases):
            found |= set(_fields(node))
    return found


def _fields(node: ast.ClassDef) -> Iterator[str]:
    """Variables of a settings class: the prefix and each field in capitals, or the alias that a field names."""
    prefix = next((value for one in node.body for value in _prefixes(one)), "")
    for one in node.body:
        if not (isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)):
            continue
        name = one.target.id
        if name.startswith("_") or name == "model_config" or "ClassVar" in ast.dump(one.annotation):
            continue
        aliases = _aliases(one.value)
        yield from aliases or [f"{prefix}{name}".upper()]


def _prefixes(node: ast.stmt) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.keyword):
            names = [inner.arg]
        elif isinstance(inner, ast.Assign):
            names = [target.id for target in inner.targets if isinstance(target, ast.Name)]
        else:
            continue
        if "env_prefix" in names:
            yield from _constant(inner.value)


def _aliases(value: ast.expr | None) -> list[str]:
    found: list[str] = []
    for keyword in value.keywords if isinstance(value, ast.Call) else []:
        if keyword.arg in ("alias", "validation_alias", "env"):
            found += [one for inner in ast.walk(keyword.value) for one in _constant(inner)]
    return found


def _constant(node: ast.AST) -> set[str]:
    value = node.value if isinstance(node, ast.Constant) else None
    return {value} if isinstance(value, str) and _NAME.fullmatch(value) else set()


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
