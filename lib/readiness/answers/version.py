"""Versions: whether the operations of an API say which version of it they mean."""

import re
from collections.abc import Collection, Iterable

from readiness.answers.description import Operation

_SEGMENT = re.compile(r"v\d+(\.\d+)*((alpha|beta)\d*)?|20\d\d-\d\d(-\d\d)?", re.I)
_HEADER = re.compile(r"([\w-]+-)?api-version|accept-version", re.I)
_APART = re.compile(
    r"/?|/(\.well-known|static|assets|docs|redoc|swagger|openapi[\w.-]*|metrics|health[\w-]*|ready|readyz|live|livez|"
    r"readiness|liveness|ping|version|favicon\.ico|robots\.txt)(/.*)?",
    re.I,
)


def versioned_pct(operations: Iterable[Operation], declared: Collection[str] = ()) -> float | None:
    """The share of versioned operations, in per cent.

    Args:
        operations: All that a document describes; those of health, metrics, documentation and the like count neither
            for nor against, they belong to no version.
        declared: Paths that the target declares for such purposes.

    Returns:
        None where no operation is left that ought to have a version.
    """
    counted = [one for one in operations if one.path not in declared and not _APART.fullmatch(one.path)]
    return round(100 * sum(map(is_versioned, counted)) / len(counted), 1) if counted else None


def is_versioned(operation: Operation) -> bool:
    """A segment of the path is a version (`v1`, `2024-01-01`), or a declared header carries the API's version.

    A header with the version of anything else, such as `X-Client-Version`, says nothing of the API's.
    """
    in_path = any(_SEGMENT.fullmatch(segment) for segment in operation.path.split("/"))
    return in_path or any(
        parameter.get("in") == "header" and _HEADER.fullmatch(str(parameter.get("name", ""))[:100])
        for parameter in operation.parameters
    )
