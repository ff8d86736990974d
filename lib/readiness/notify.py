"""What is told at once that something changed, as a target file declares it."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from readiness.document import Record, folder_of
from readiness.secret import Secret


class Notify(Record):
    """Webhooks; who is mailed that something changed stands under `mail.lists`."""

    webhooks: list[Secret] = Field(
        min_length=1,
        description="addresses that a JSON document with `text` is sent to by POST, as Slack takes it: references, "
        "because who knows such an address can write there; https, or http on loopback",
    )
    ca_file: Path | None = Field(None, description="certificate authority to trust besides the public ones")

    @field_validator("ca_file", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value
