"""Migrations: an Alembic history, read from its files without running them."""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from readiness.artefacts import Unreadable, python_of, text_of

_MARK = re.compile(r"irreversible|not reversible|cannot be (?:undone|reversed|downgraded)|no way back", re.I)


@dataclass(frozen=True)
class Revision:
    """One file of the history.

    Attributes:
        file: Its path.
        id: Its revision.
        after: The revisions it follows.
        reversible: It can be undone, or changes nothing.
        marked: It says that it cannot be undone.
    """

    file: str
    id: str
    after: tuple[str, ...]
    reversible: bool
    marked: bool


def revision(path: str, content: bytes) -> Revision | None:
    """Read one file; None for one that is no revision, such as `__init__.py` without content.

    Raises:
        Unreadable: It is no Python, or its revisions are not written out.
    """
    text = text_of(content)
    try:
        module = python_of(text)
    except Unreadable as error:
        raise Unreadable(f"{path} {error}") from None
    names = _names(module)
    if "revision" not in names:
        if path.endswith("__init__.py") or not any(isinstance(one, ast.FunctionDef) for one in module.body):
            return None
        raise Unreadable(f"{path} names no revision")
    id, after = _text(names["revision"], path), _texts(names.get("down_revision"), path)
    functions = {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)}
    upgrade, downgrade = functions.get("upgrade"), functions.get("downgrade")
    if upgrade is None:
        raise Unreadable(f"{path} has no upgrade")
    nothing = not _does(upgrade)
    source = ast.get_source_segment(text, downgrade) if downgrade else ""
    told = f"{ast.get_docstring(module) or ''} {source or ''} {_flag(names.get('irreversible'))}"
    return Revision(path, id, after, nothing or (downgrade is not None and _does(downgrade)), bool(_MARK.search(told)))


@dataclass(frozen=True)
class History:
    """All revisions of one history that loads.

    Attributes:
        revisions: In the order of their files.
        heads: Revisions that nothing follows, sorted.
    """

    revisions: tuple[Revision, ...]

    @property
    def heads(self) -> list[str]:
        """Revisions that nothing follows, sorted."""
        followed = {before for one in self.revisions for before in one.after}
        return sorted(one.id for one in self.revisions if one.id not in followed)


def history(files: Mapping[str, bytes]) -> History:
    """Read the files of a `versions` folder, by path.

    Raises:
        Unreadable: The history does not load: a file is no revision, two have one name, or one follows what is not
            there or itself.
    """
    found = [one for path, content in files.items() if (one := revision(path, content))]
    known: dict[str, Revision] = {}
    for one in found:
        if one.id in known:
            raise Unreadable(f"{one.file} and {known[one.id].file} are both revision {one.id[:60]}")
        known[one.id] = one
    for one in found:
        if missing := [before for before in one.after if before not in known]:
            raise Unreadable(f"{one.file} follows {missing[0][:60]}, which is not there")
    _acyclic(known)
    return History(tuple(found))


def _acyclic(known: Mapping[str, Revision]) -> None:
    done: set[str] = set()
    left = dict(known)
    while left:
        ready = [id for id, one in left.items() if set(one.after) <= done]
        if not ready:
            raise Unreadable(f"{next(iter(left.values())).file} is part of a circle")
        done.update(ready)
        for id in ready:
            del left[id]


def _names(module: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for one in module.body:
        if isinstance(one, ast.Assign):
            found |= {target.id: one.value for target in one.targets if isinstance(target, ast.Name)}
        elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value:
            found[one.target.id] = one.value
    return found


def _text(value: ast.expr, path: str) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        return value.value
    raise Unreadable(f"{path} does not write its revision out")


def _texts(value: ast.expr | None, path: str) -> tuple[str, ...]:
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return ()
    parts: Iterable[ast.expr] = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
    return tuple(_text(one, path) for one in parts)


def _flag(value: ast.expr | None) -> str:
    return "irreversible" if isinstance(value, ast.Constant) and value.value is True else ""


def _does(function: ast.FunctionDef) -> bool:
    """Whether it does anything: neither empty, nor only a docstring, nor at once an error."""
    body = [one for one in function.body if not isinstance(one, ast.Pass)]
    body = [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    return bool(body) and not isinstance(body[0], ast.Raise | ast.Return)
