"""Words that request and answer bodies share."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Email = Annotated[
    str,
    Field(
        min_length=5,
        max_length=254,
        pattern=r"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}$",
        examples=["ada@example.com"],
    ),
]
Password = Annotated[str, Field(min_length=1, max_length=128, examples=["correct horse battery staple"])]
# The documented bounds are those of `accounts.refuse_weak`; this one only keeps what is hashed small.
NewPassword = Annotated[
    str,
    Field(
        max_length=1024,
        examples=["correct horse battery staple"],
        json_schema_extra={"minLength": 12, "maxLength": 128},
    ),
]
Name = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Ada"])]
Secret = Annotated[str, Field(min_length=20, max_length=128, examples=["pT3l0gT3l2rW0b1kq0H4l0z8sU9cX7aV"])]


class Body(BaseModel):
    """A request body; unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


class Accepted(BaseModel):
    """The same answer whether or not there is such an account."""

    status: Literal["accepted"] = "accepted"
    expires_in: int = Field(description="Life of what is sent by mail, in seconds.")


class Done(BaseModel):
    """What was done."""

    status: Literal["verified", "changed", "signed_out"]


def example(value: dict[str, Any], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of an operation that answers like this."""
    return {status: {"content": {"application/json": {"example": value}}}}
