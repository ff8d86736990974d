"""What a mail says of a run that failed: why, in which cell, and what there is of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from readiness.export.escape import line
from readiness.secret import redact

MOST = 12
"""Files and lines that are named."""


@dataclass(frozen=True)
class Failure:
    """A run that failed.

    Attributes:
        target, title: The platform's short name, and what people call it.
        kind: `daily` or `weekly`.
        due: When it was due.
        subject: Of the mail.
        reasons: Why, in lines; the first names the cell.
        said: What has to be said of how it came about, a sentence each.
        place: The folder that is kept; empty for none.
        link: Its address; empty where that is not known.
        files: What is in it: names and sizes.
        last: The last run that did not fail, a sentence; empty where there is none.
    """

    target: str
    title: str
    kind: str
    due: str
    subject: str
    reasons: Sequence[str]
    said: Sequence[str]
    place: str
    link: str
    files: Sequence[tuple[str, str]]
    last: str

    @classmethod
    def of(
        cls,
        target: str,
        title: str,
        *,
        kind: str,
        due: datetime,
        failure: str,
        said: Sequence[str] = (),
        kept: Path | None = None,
        address: str = "",
        last: str = "",
    ) -> "Failure":
        """What to say.

        Args:
            target, title, kind: See the attributes.
            due: When it was due.
            failure: Why it failed, in lines. What looks like a secret is taken out.
            said: What has to be said of how it came about.
            kept: The folder that holds what there is; None for none.
            address: Where the folder of all runs is served; empty where it is not.
            last: Name of the last run that did not fail; empty for none.
        """
        told = [words for words in redact(failure).splitlines() if words.strip() and not (kept and str(kept) in words)]
        reasons = [line(words) for words in told[:MOST]] or ["not told"]
        files = sorted(path for path in kept.iterdir() if path.is_file())[:MOST] if kept and kept.is_dir() else []
        return cls(
            target=line(target, 63),
            title=line(title, 100),
            kind=kind,
            due=f"{due:%Y-%m-%d %H:%M %Z}",
            subject=line(f"{line(target, 63)}: the {kind} run FAILED: {reasons[0]}", 160),
            reasons=reasons,
            said=[line(words) for words in said if words],
            place=f"{kept.parent.name}/{kept.name}" if kept else "",
            link=f"{address}/{quote(kept.parent.name)}/{quote(kept.name)}/" if kept and address else "",
            files=[(line(path.name, 80), _size(path.stat().st_size)) for path in files],
            last=f"The last run that was completed is that of {last[:10]}." if last else "",
        )


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"
