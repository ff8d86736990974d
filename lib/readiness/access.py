"""Access: what each role may ask of a platform, declared in the target file as a matrix."""

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from readiness.document import Record

Role = Literal["nobody", "user", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

_PLACEHOLDER = re.compile(r"\{[^/{}]*\}")

Named = Annotated[str, Field(pattern=r"^(GET|POST|PUT|PATCH|DELETE) /\S*$")]
"""A method and a path, such as `GET /api/v1/users/{own}`."""

Status = Annotated[int, Field(ge=200, le=499)]
Statuses = Status | Annotated[list[Status], Field(min_length=1)]


class Access(Record):
    """One row of the matrix: an operation, and what each role is answered."""

    operation: Named = Field(
        description="method and path; `{own}` is the id of the test account that asks, `{other}` that of another "
        "tenant's, `{nothing}` an id of nothing"
    )
    nobody: Statuses | None = Field(None, description="status that a caller without credentials gets, or several")
    user: Statuses | None = Field(None, description="status that a test account gets, or several")
    admin: Statuses | None = Field(None, description="status that the administrator gets, or several")
    body: Any = Field(None, description="JSON body; one that is refused keeps a row of a writing operation harmless")

    @property
    def method(self) -> str:
        """HTTP method."""
        return self.operation.partition(" ")[0]

    @property
    def path(self) -> str:
        """Path, with its placeholders."""
        return self.operation.partition(" ")[2]

    @property
    def expected(self) -> dict[Role, tuple[int, ...]]:
        """The declared statuses of each role that has some."""
        given: dict[Role, Statuses | None] = {"nobody": self.nobody, "user": self.user, "admin": self.admin}
        return {role: (one,) if isinstance(one, int) else tuple(one) for role, one in given.items() if one is not None}


def names(declared: str, method: str, path: str) -> bool:
    """Whether a declared `METHOD /path` is this operation of a document; placeholders stand for any one part."""
    wanted, _, place = declared.partition(" ")
    place, path = place.partition("?")[0], path.partition("?")[0]
    ours, theirs = place.strip("/").split("/"), path.strip("/").split("/")
    return (
        wanted.lower() == method.lower()
        and len(ours) == len(theirs)
        and all(one == other or _free(one, other) for one, other in zip(ours, theirs, strict=True))
    )


def _free(ours: str, theirs: str) -> bool:
    return bool(_PLACEHOLDER.search(theirs)) and bool(re.fullmatch(_pattern(theirs), ours))


def _pattern(template: str) -> str:
    return "[^/]+".join(re.escape(part) for part in _PLACEHOLDER.split(template))
