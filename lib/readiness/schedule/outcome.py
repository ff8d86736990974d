"""The outcome: how a scheduled run ended, also as it is noted until it is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from readiness.pipeline import Published
from readiness.run import RunFolder
from readiness.schedule.diary import Due
from readiness.schedule.plan import Kind
from readiness.stage import Stage


@dataclass(frozen=True)
class Outcome:
    """How a scheduled run ended.

    Attributes:
        target: The platform's short name.
        kind: `daily` or `weekly`.
        stage: The stage that is put first.
        due: For when it was made, and what was missed before.
        run: What was published; None where the run failed.
        failure: Why it failed, in lines; empty where it did not.
        kept: The folder that holds what there is of one that failed; None for none.
    """

    target: str
    kind: Kind
    stage: Stage
    due: Due
    run: Published | None
    failure: str = ""
    kept: Path | None = None

    @property
    def account(self) -> dict[str, Any]:
        """The outcome in JSON; folders by their names, beside one another under the target's."""
        return {
            "target": self.target,
            "kind": self.kind,
            "stage": self.stage,
            "due": {
                "at": self.due.at.isoformat(),
                "missed": self.due.missed,
                "late_s": self.due.late.total_seconds(),
                "ahead": self.due.ahead and self.due.ahead.isoformat(),
            },
            "run": self.run.folder.name if self.run else None,
            "failure": self.failure,
            "kept": self.kept.name if self.kept else None,
        }

    @classmethod
    def of(cls, account: Mapping[str, Any], place: Path) -> "Outcome | None":
        """The outcome that an account tells; None of a run that is no longer there, or where it cannot be read.

        Args:
            account: See `Outcome.account`.
            place: The folder of the target's runs.
        """
        try:
            due = account["due"]
            run = None
            if account["run"]:
                folder = place / account["run"]
                if not folder.is_dir():
                    return None
                run = Published(folder, RunFolder(folder).json("decision.json")["stages"])
            return cls(
                account["target"],
                account["kind"],
                account["stage"],
                Due(
                    datetime.fromisoformat(due["at"]),
                    due["missed"],
                    timedelta(seconds=due["late_s"]),
                    due["ahead"] and datetime.fromisoformat(due["ahead"]),
                ),
                run,
                account["failure"],
                place / account["kept"] if account["kept"] else None,
            )
        except Exception:  # whatever is wrong with it, it keeps no later run from being made and told
            return None
