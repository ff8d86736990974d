"""The mailing: what a run came to, queued for everybody who is to be told, and sent.

A recipient is sent one mail of a run, by whatever lists it is on; one that says that something changed says so at its
beginning.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from readiness import history
from readiness.assessment import Parameters
from readiness.errors import BadInput
from readiness.export.escape import line
from readiness.export.results import Results
from readiness.mail import page, plain, webhook
from readiness.mail.content import Content
from readiness.mail.declaration import Attaching, When
from readiness.mail.failure import Failure
from readiness.mail.message import message
from readiness.mail.outbox import Carrier, Letter, Outbox
from readiness.mail.smtp import Server
from readiness.mail.webhook import Hooks
from readiness.reports import Reports
from readiness.run import STAMP, RunFolder
from readiness.stage import Stage
from readiness.target import Target
from readiness.transition import Transition, failed, transitions

if TYPE_CHECKING:
    from readiness.schedule.outcome import Outcome

BY_HAND: tuple[When, ...] = ("run", "weekly")
"""The lists that get a run's mail in any case when it is sent by hand."""
REPORT = "report.html"
TOLD = "told"
"""File in the outbox that says what was last told, so that only what changed since then is a transition."""


@dataclass(frozen=True)
class Told:
    """What was last told of a target.

    Attributes:
        runs: Stage that was put first → the run that was last told so.
        failed: A run failed after the last of them.
    """

    runs: Mapping[Stage, str] = field(default_factory=dict)
    failed: bool = False

    @property
    def last(self) -> str:
        """The run that was last told; empty for none."""
        return max(self.runs.values(), default="")

    def until(self, now: datetime) -> "Told":
        """The same without runs that are to come: they are those of a clock that was set back since."""
        name = f"{now:%Y-%m-%dT%H%M%SZ}"
        return replace(self, runs={stage: run for stage, run in self.runs.items() if run <= name})


class Mailing:
    """Mail and webhooks of one target.

    Args:
        target: Name in `params/targets/`, or path of a target file.
        params: The `params/` folder.
        place: The folder of its runs, `<reports>/<target>`.
        now: Clock, UTC.

    Raises:
        BadInput: The target file is not as expected.
    """

    def __init__(
        self,
        target: str,
        params: Path,
        place: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._given, self._params, self._place, self._now = target, params, place, now
        self._target = Target.find(target, params)
        self.outbox = Outbox(place, now)

    @property
    def declared(self) -> bool:
        """Whether anybody is told anything."""
        return bool(self._target.mail or self._target.notify)

    def tell(self, outcome: "Outcome") -> list[Letter]:
        """Queue what a scheduled run came to.

        Args:
            outcome: How it ended.

        Returns:
            What is queued of it.

        Raises:
            ReadinessError, OSError: It cannot be queued.
        """
        if not self.declared:
            return []
        told = self._told()
        said = [f"This run was {outcome.due.words}."] if outcome.due.words else []
        if outcome.run is None:
            letters = self._failure(outcome, said, told)
            self._note(replace(told, failed=True))
            return letters
        when: list[When] = ["run", "weekly"] if outcome.kind == "weekly" else ["run"]
        return self.send(RunFolder(outcome.run.folder), when=when, stage=outcome.stage, said=said)

    def send(
        self,
        run: RunFolder,
        *,
        when: Sequence[When] = BY_HAND,
        stage: Stage | None = None,
        said: Sequence[str] = (),
    ) -> list[Letter]:
        """Queue a run's mail; where something changed since what was last told, also for those who want to know that.

        Args:
            run: Its folder.
            when: Which lists get it in any case.
            stage: The stage to put first; None: the one that the run put first.
            said: What has to be said of how it came about.

        Raises:
            BadInput: It lacks what is to be attached, or is not one of this target.
            ReadinessError, OSError: It cannot be queued.
        """
        results = Results.of(run, self._parameters.catalogue, self._params, stage)
        if results.target != self._target.name:
            raise BadInput(f"{run.path}: expected a run of {self._target.name}, got one of {line(results.target, 63)}")
        told = self._told()
        whole = results.manifest.get("dimensions", "all") == "all"
        since = told.runs.get(results.stage, "")
        newer = whole and bool(STAMP.fullmatch(run.path.name)) and run.path.name > since
        found = self._transitions(results, run.path.name, told) if newer else []

        @cache
        def content() -> Content:  # takes seconds, and is not asked for where all of it was queued before
            return Content.of(
                run,
                results,
                self._parameters,
                self._params,
                address=self._address,
                news=[each.words for each in found],
                said=said,
            )

        def mail(to: str, report: Attaching) -> Callable[[str], bytes]:
            def written(key: str) -> bytes:
                what = content().without_links if report == "none" else content()
                attached = report == "attached"
                texts = plain.of_run(what, attached), page.of_run(what, attached)
                name = f"{what.target}-{run.path.name}.html"
                file = (name, (run.path / REPORT).read_bytes()) if attached else None
                return self._message(key, to, what.subject, *texts, file)

            return written

        occasions: list[When] = [*when, "change"] if found else list(when)
        to = self._target.mail.recipients(*occasions) if self._target.mail else {}
        if "attached" in to.values() and not (run.path / REPORT).is_file():
            raise BadInput(f"{run.path / REPORT}: expected the report, which a list wants attached")
        name = run.path.name
        letters = [self.outbox.put(name, "run", "mail", one, mail(one, report)) for one, report in to.items()]
        letters += self._hooks(name, results.stage, found, lambda: (content().subject, content().link))
        if newer:
            self._note(Told({**told.runs, results.stage: name}))
        return letters

    def deliver(self, again: str | None = None, carriers: dict[str, Carrier] | None = None) -> list[Letter]:
        """Send what is due; see `Outbox.deliver`. What is no longer needed is forgotten.

        Args:
            again: A run of which everything but what was sent is tried now.
            carriers: What hands over; default: as the target file says.
        """
        if carriers is None:
            carriers = {}
            if self._target.mail:
                carriers["mail"] = Server(self._target.mail)
            if self._target.notify:
                carriers["webhook"] = Hooks(self._target.notify)
        letters = self.outbox.deliver(carriers, again=again)
        self.outbox.forget()
        return letters

    @property
    def _address(self) -> str:
        return (self._target.mail.address if self._target.mail else None) or ""

    def _failure(self, outcome: "Outcome", said: Sequence[str], told: Told) -> list[Letter]:
        first = not told.failed
        failure = Failure.of(
            self._target.name,
            self._target.title,
            kind=outcome.kind,
            due=outcome.due.at,
            failure=outcome.failure,
            said=said,
            kept=outcome.kept,
            address=self._address,
            last=told.last,
        )
        name = outcome.kept.name if outcome.kept else f"{outcome.due.at.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.failed"

        def mail(to: str) -> Callable[[str], bytes]:
            texts = plain.of_failure(failure), page.of_failure(failure)
            return lambda key: self._message(key, to, failure.subject, *texts)

        when: list[When] = ["failed", "change"] if first else ["failed"]
        to = self._target.mail.recipients(*when) if self._target.mail else {}
        letters = [self.outbox.put(name, "failed", "mail", one, mail(one)) for one in to]
        found = [failed()] if first else []
        return letters + self._hooks(name, outcome.stage, found, lambda: (failure.subject, failure.link))

    def _hooks(
        self, run: str, stage: Stage, found: Sequence[Transition], told: Callable[[], tuple[str, str]]
    ) -> list[Letter]:
        if not found or not self._target.notify:
            return []

        def content(key: str) -> bytes:
            subject, link = told()
            return webhook.body(
                key, target=self._target.name, run=run, stage=stage, subject=subject, found=found, link=link
            )

        return [
            self.outbox.put(run, "change", "webhook", each.reference, content) for each in self._target.notify.webhooks
        ]

    def _message(
        self, key: str, to: str, subject: str, text: str, html: str, report: tuple[str, bytes] | None = None
    ) -> bytes:
        assert self._target.mail is not None
        return message(
            key,
            sender=self._target.mail.sender,
            to=to,
            subject=subject,
            plain=text,
            page=html,
            at=self._now(),
            report=report,
        )

    def _transitions(self, results: Results, run: str, told: Told) -> list[Transition]:
        return transitions(
            history.read(Reports.of(self._place.parent), [self._place.name]),
            run,
            results.decision,
            results.stage,
            titles={item.id: item.title for item in self._parameters.catalogue},
            since=told.runs.get(results.stage, ""),
            failed_before=told.failed,
        )

    @cached_property
    def _parameters(self) -> Parameters:
        return Parameters.load(self._given, self._params)

    def _told(self) -> Told:
        try:
            found = json.loads((self.outbox.folder / TOLD).read_text(encoding="utf-8"))
            return Told(dict(found["runs"]), found["failed"]).until(self._now())
        except (OSError, ValueError, TypeError, KeyError):
            return Told()

    def _note(self, told: Told) -> None:
        self.outbox.open()
        self.outbox.write(TOLD, json.dumps(asdict(told)).encode())
