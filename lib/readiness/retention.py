"""The retention policy of a platform: for each class of data, how long which tables keep it, why, and how it ends."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from readiness.artefacts.document import placeholder
from readiness.document import Record, parse
from readiness.duration import Duration


def _said(text: str) -> str:
    if not text.strip() or (found := placeholder(text)):
        raise ValueError(f"expected words, got the placeholder {found}" if text.strip() else "expected words, got none")
    return text


Words = Annotated[str, AfterValidator(_said)]
Column = Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,62}$")]
Table = Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,62}(\.[A-Za-z_]\w{0,62})?$")]
"""As the database names it, with its schema where that is not `public`."""


def qualified(table: str) -> str:
    """A table's name with its schema."""
    return table if "." in table else f"public.{table}"


class Rule(Record):
    """What becomes of one class of data."""

    data: Words = Field(alias="class", description="what it is, such as `sessions`")
    tables: Annotated[list[Table], Field(min_length=1)] = Field(description="tables that hold it")
    period: Duration = Field(description="how long a row is kept, such as `90d`")
    column: Column = Field(description="column of those tables that the period counts from")
    basis: Words = Field(description="why it is kept that long: a law, a contract, a purpose")
    method: Literal["delete", "anonymise", "archive"] = Field(description="how a row ends")
    emptied: Column | None = Field(
        None, description="where rows are anonymised: a column that is null from then on, such as `email`"
    )

    @model_validator(mode="after")
    def _tells_what_is_left(self) -> Self:
        if (self.method == "anonymise") != (self.emptied is not None):
            raise ValueError("expected `emptied` where the method is anonymise, and nowhere else")
        return self


class Policy(Record):
    """A retention policy."""

    rules: Annotated[list[Rule], Field(min_length=1)] = Field(alias="classes", description="classes of data")
    personal: Annotated[list[Table], Field(min_length=1)] = Field(description="tables with personal data")
    impersonal: dict[Table, Words] = Field(
        {}, description="tables whose columns only look personal, and why they hold no personal data"
    )

    @model_validator(mode="after")
    def _of_one_mind(self) -> Self:
        if both := sorted(set(map(qualified, self.personal)) & set(map(qualified, self.impersonal))):
            raise ValueError(f"expected {both[0]} under personal or impersonal, got it under both")
        return self

    @classmethod
    def of(cls, content: bytes, name: str) -> Self:
        """Read a policy.

        Args:
            content: YAML with `classes`, each with `class`, `tables`, `period`, `column`, `basis` and `method`, and
                `personal`, the tables with personal data.
            name: The file's, which mistakes are told with.

        Raises:
            BadInput: One problem a line, each with file, line, key and what was expected.
        """
        return parse(content, cls, name)

    @property
    def covered(self) -> set[str]:
        """Tables that some class names, with their schemas."""
        return {qualified(table) for rule in self.rules for table in rule.tables}

    def uncovered(self, found: set[str]) -> set[str]:
        """Tables with personal data that no class names.

        Args:
            found: Tables of the database whose columns look personal, with their schemas.
        """
        return self.of_persons(found) - self.covered

    def of_persons(self, found: set[str]) -> set[str]:
        """Tables with personal data: those that the policy names, and those found that it does not explain."""
        return set(map(qualified, self.personal)) | (found - set(map(qualified, self.impersonal)))
