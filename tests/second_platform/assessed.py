"""Kontor assessed as any platform is: its target file is read, and the whole survey is made of what that describes."""

import asyncio
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from readiness import probes
from readiness.assessment import Assessment, Parameters, assess
from readiness.live import contradictions
from readiness.survey import Survey, survey

from ..servers import LOOPBACK, Authority, naming, serving
from .kontor import Kontor
from .people import Member
from .post import DOMAIN, Post

TARGET = Path(__file__).parent / "kontor.yaml"
PARAMS = TARGET.parent.parent.parent / "params"
KEEPER, PASSWORD = f"verwaltung@{DOMAIN}", "wer den Schlüssel hat"


@dataclass(frozen=True)
class Outcome:
    """What a survey saw, and what it left of the platform.

    Attributes:
        contradictions: What the platform's document says against the target file.
    """

    kontor: Kontor
    survey: Survey
    assessment: Assessment
    contradictions: list[str]

    @property
    def values(self) -> dict[str, Any]:
        """Every observed fact's value."""
        rows = self.survey.evidence.query("status == 'observed'").itertuples()
        return {row.fact: next(v for v in (row.number, row.boolean, row.text) if pd.notna(v)) for row in rows}

    @property
    def reasons(self) -> dict[str, str]:
        """Why each of the other facts was not observed."""
        return self.survey.evidence.query("status != 'observed'").set_index("fact")["reason"].to_dict()

    @property
    def alpha(self) -> dict[str, str]:
        """What each requirement is at alpha."""
        return self.assessment.findings.query("stage == 'alpha'").set_index("requirement")["status"].to_dict()


def assessed(folder: Path, *faults: str) -> Outcome:
    """Assess Kontor with these faults; the ports of its target file are replaced with free ones."""
    post, keeper = Post(_free()), Member.new(KEEPER, PASSWORD, "kontor", keeper=True, confirmed=True)
    kontor, authority = Kontor(post, keeper, frozenset(faults)), Authority.new(folder)
    with ExitStack() as stack:
        taken = stack.enter_context(socket.socket())  # bound, and nobody listens: plain HTTP is refused
        taken.bind((LOOPBACK, 0))
        resolver = stack.enter_context(naming(post.records))
        address = stack.enter_context(serving(kontor.app, **authority.leaf(LOOPBACK)))
        ports = {"9443": address.rpartition(":")[2], "9053": resolver.rpartition(":")[2]}
        ports |= {"9025": str(post.port), "9080": str(taken.getsockname()[1])}
        text = TARGET.read_text()
        for written, free in ports.items():
            text = text.replace(f"{LOOPBACK}:{written}", f"{LOOPBACK}:{free}")
        (folder / "keeper").write_text(PASSWORD)
        (folder / "kontor.yaml").write_text(text)
        parameters = Parameters.load(folder / "kontor.yaml", PARAMS)
        against = asyncio.run(contradictions(parameters.target))
        seen = asyncio.run(survey(parameters.target, probes.discover()))
    return Outcome(kontor, seen, assess(seen.evidence, parameters, seen.finished_at), against)


def _free() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])
