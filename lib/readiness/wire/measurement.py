"""A measurement: the file that a load test left, repeated by measuring again."""

from dataclasses import dataclass
from typing import Any

from readiness.wire.artefact import Artefact


@dataclass(frozen=True, kw_only=True)
class Measurement(Artefact):
    """What is known of the record of one load test; `observed_at` is when the test ended.

    Attributes:
        command: What runs the same test again; empty for another tool's, of which only the file can be shown.
    """

    command: str = ""

    @property
    def repeat(self) -> str:
        """A command that measures the same again."""
        return self.command or super().repeat

    def _record(self) -> dict[str, Any]:
        return super()._record() | {"kind": "load test"}
