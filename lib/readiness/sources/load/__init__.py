"""Load: what load tests on record came to, and what was watched of the platform meanwhile."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from readiness.document import folder_of
from readiness.source import Source
from readiness.sources.load.records import Loads, places

if TYPE_CHECKING:
    from readiness.probes import Context


class Load(Source):
    """Load tests on record: what they came to, and what was watched meanwhile."""

    folder: Path | None = Field(
        None,
        description="folder of the records, `<test>/load.json` each; default: the load tests of this target that were "
        "published beside its runs, asked after all sources that the file names",
    )

    @field_validator("folder", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    def open(self, context: "Context") -> AbstractAsyncContextManager[Loads]:
        """The `Loads` of this target."""
        return nullcontext(Loads(self.folder, context.target.name, context.now))


def among(configured: Sequence[Source], published: Path | None) -> tuple[Source, ...]:
    """The sources that are configured, with the published load tests where no other folder is named.

    Args:
        configured: In the order of the target file; `load: {}` there says how much load tests are trusted.
        published: Folder of the target's published load tests; one that holds none adds nothing.
    """
    if not published or not places(published):
        return tuple(configured)
    default = Load(folder=published)
    if not any(isinstance(one, Load) for one in configured):
        return (*configured, default)
    return tuple(default if isinstance(one, Load) and one.folder is None else one for one in configured)
