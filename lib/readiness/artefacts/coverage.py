"""Coverage: the lines that tests reached in all files, as Cobertura XML, LCOV or coverage.py's JSON tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from readiness.artefacts import Unreadable, json_of, moment, text_of
from readiness.artefacts.markup import elements, name_of


@dataclass(frozen=True)
class Coverage:
    """Lines of one run.

    Attributes:
        lines: Lines that can be run.
        covered: Those that were.
        files: Files they are in.
        excluded: Lines that the report leaves out on purpose; None where it does not tell.
        finished_at: When it was made, where the report tells.
    """

    lines: int
    covered: int
    files: int
    excluded: int | None = None
    finished_at: datetime | None = None

    @property
    def pct(self) -> float:
        """Covered lines, in per cent."""
        return round(100 * self.covered / self.lines, 2)


def coverage(content: bytes) -> Coverage:
    """Read a coverage report.

    Raises:
        Unreadable: It is none of the three formats, is not whole, or counts no line.
    """
    head = content.lstrip()[:1]
    found = _cobertura(content) if head == b"<" else _json(content) if head == b"{" else _lcov(content)
    if not found.lines:
        raise Unreadable("counts no line of code")
    return found


def together(parts: Iterable[Coverage]) -> Coverage:
    """Several reports, of different files each, as one."""
    runs = list(parts)
    excluded = [one.excluded for one in runs if one.excluded is not None]
    times = [one.finished_at for one in runs if one.finished_at]
    return Coverage(
        sum(one.lines for one in runs),
        sum(one.covered for one in runs),
        sum(one.files for one in runs),
        sum(excluded) if excluded else None,
        min(times, default=None),
    )


def _cobertura(content: bytes) -> Coverage:
    hits: dict[tuple[str, int], bool] = {}
    file, at, root = "", None, ""
    for event, element in elements(content):
        name = name_of(element)
        if event == "start":
            if not root:
                root = name
                if root != "coverage":
                    raise Unreadable(f"is no Cobertura report: it begins with <{root[:40]}>")
                at = _stamp(element.get("timestamp"))
            if name == "class":
                file = str(element.get("filename") or element.get("name") or "")
            elif name == "line":
                number, count = str(element.get("number")), str(element.get("hits"))
                if number.isdecimal() and count.isdecimal():
                    key = (file, int(number))
                    hits[key] = hits.get(key, False) or int(count) > 0
        elif name in ("class", "package"):
            element.clear()
    return _of(hits, None, at)


def _lcov(content: bytes) -> Coverage:
    hits: dict[tuple[str, int], bool] = {}
    file, whole = "", True
    for line in text_of(content).splitlines():
        key, _, value = line.strip().partition(":")
        if key == "SF":
            file, whole = value, False
        elif key == "DA" and file:
            number, _, count = value.partition(",")
            if not (number.isdecimal() and count.split(",")[0].lstrip("-").isdecimal()):
                raise Unreadable("has a line of LCOV that cannot be read")
            hits[file, int(number)] = hits.get((file, int(number)), False) or int(count.split(",")[0]) > 0
        elif key == "end_of_record":
            whole = True
    if not file:
        raise Unreadable("is neither Cobertura XML nor LCOV nor coverage.py's JSON")
    if not whole:
        raise Unreadable("is cut off: its last record does not end")
    return _of(hits, None, None)


def _json(content: bytes) -> Coverage:
    told = json_of(content)
    files = told.get("files")
    if not isinstance(files, dict) or not isinstance(told.get("meta"), dict):
        raise Unreadable("is no JSON report of coverage.py")
    try:
        summaries: list[dict[str, int]] = [one["summary"] for one in files.values()]
        lines = sum(int(one["num_statements"]) for one in summaries)
        covered = sum(int(one["covered_lines"]) for one in summaries)
        excluded = sum(int(one["excluded_lines"]) for one in summaries)
    except (KeyError, TypeError, ValueError):
        raise Unreadable("is no JSON report of coverage.py: a file has no summary") from None
    if covered > lines:
        raise Unreadable("counts more covered lines than lines")
    return Coverage(lines, covered, len(summaries), excluded, moment(told["meta"].get("timestamp")))


def _of(hits: dict[tuple[str, int], bool], excluded: int | None, at: datetime | None) -> Coverage:
    return Coverage(len(hits), sum(hits.values()), len({file for file, _ in hits}), excluded, at)


def _stamp(value: Any) -> datetime | None:
    """Seconds or milliseconds since 1970: both are in use."""
    if not str(value).isdecimal() or len(str(value)) > 14:
        return None
    number = int(value)
    return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
