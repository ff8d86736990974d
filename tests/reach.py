"""Which requirements the suite has shown to be met and to be unmet, by what its probes observed of real servers.

Every survey that a test runs is noted: fact and value, whoever told it. A requirement can be met where each of its
criteria held for a value that some test observed, and unmet where one did not. The rest can only ever be unknown.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from readiness import survey
from readiness.assessment import Parameters
from readiness.evidence import COLUMNS
from readiness.judge import evaluate

PARAMS = Path(__file__).parent.parent / "params"
MOST = 300
"""Different values noted of one fact."""
KEPT = ["fact", "number", "boolean", "text", "low", "high", "max_age"]

Value = tuple[Any, ...]


class Reach:
    """Notes what is observed in this process, and says at the end of a whole run what was never shown."""

    def __init__(self, config: pytest.Config) -> None:
        self.values: dict[str, set[Value]] = {}
        self.config = config

    def note(self, evidence: pd.DataFrame) -> pd.DataFrame:
        """Note the observed rows of an evidence frame, and return it."""
        seen = evidence.loc[evidence["status"] == "observed", KEPT]
        seen = seen.assign(max_age=seen["max_age"].dt.total_seconds())
        for fact, *value in seen.astype(object).where(seen.notna(), None).itertuples(index=False):
            self._add(fact, value)
        return evidence

    def _add(self, fact: str, value: Iterable[Any]) -> None:
        kept = self.values.setdefault(fact, set())
        if len(kept) < MOST:
            kept.add(tuple(value))

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session, whose result is decided at the end."""
        self.session = session

    def pytest_sessionfinish(self) -> None:
        """Hand over to the process that collects."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["reach"] = {fact: [list(v) for v in kept] for fact, kept in self.values.items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        for fact, kept in getattr(node, "workeroutput", {}).get("reach", {}).items():
            for value in kept:
                self._add(fact, value)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Name the requirements that a whole run has not shown; it fails where there are any.

        Unless tests were skipped: a machine without a browser, or without the vendors' descriptions, cannot show all.
        """
        if hasattr(self.config, "workeroutput") or not self._whole():
            return
        unmet, met = self.missing()
        skipped = len(terminalreporter.stats.get("skipped", ()))
        if (unmet or met) and not skipped and self.session.exitstatus == pytest.ExitCode.OK:
            self.session.exitstatus = pytest.ExitCode.TESTS_FAILED
        terminalreporter.section("requirements shown by what was observed")
        for word, missing in (("met", met), ("unmet", unmet)):
            terminalreporter.line(f"{word}: all but {len(missing)}" if missing else f"{word}: all")
            for requirement, facts in sorted(missing.items()):
                terminalreporter.line(f"  {requirement}: {', '.join(sorted(facts))}")
        if skipped:
            terminalreporter.line(f"{skipped} tests were skipped: what they would have shown is not missed")

    def _whole(self) -> bool:
        """Whether everything is tested, and not some files or some names."""
        options = self.config.option
        chosen = self.config.args_source != pytest.Config.ArgsSource.TESTPATHS
        return not (chosen or options.keyword or options.markexpr or options.collectonly)

    def missing(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Requirements that were never unmet, and those never met, each with the facts that did not show it."""
        catalogue = Parameters.load("sample", PARAMS).catalogue
        now = pd.Timestamp.now("UTC")
        rows = [
            {"target": str(place), "fact": fact, "status": "observed", "observed_at": now}
            | dict(zip(KEPT[1:], value, strict=True))
            for fact, kept in self.values.items()
            for place, value in enumerate(kept)
        ]
        frame = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
        frame["max_age"] = pd.to_timedelta(frame["max_age"], unit="s")
        judged = evaluate(frame.astype(COLUMNS), catalogue.criteria, now.to_pydatetime(), targets=["nobody"])
        held = judged["holds"].fillna(False).groupby([judged["requirement"], judged["stage"], judged["fact"]]).any()
        failed = (~judged["holds"].fillna(True)).groupby(judged["requirement"]).any()
        met: dict[str, set[str]] = {}
        for requirement, _, fact in held.index[~held]:
            met.setdefault(requirement, set()).add(fact or "awaits evidence")
        unmet = {name: set(catalogue.requirements[name].facts) for name in failed.index[~failed]}
        return unmet, met


def install(config: pytest.Config) -> None:
    """Note every survey from now on."""
    reach, frame = Reach(config), survey.frame
    config.pluginmanager.register(reach, "reach")
    survey.frame = lambda rows: reach.note(frame(rows))
