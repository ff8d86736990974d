"""Bodies: what a request carries, as JSON or as a form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Body:
    """A request's body and its media type; both empty where there is none."""

    content: str = ""
    media: str = ""

    @classmethod
    def of(cls, value: Any, media: str = JSON) -> "Body":
        """A value as JSON, or an object's members as the fields of a form, where every value is a text."""
        if media == FORM and isinstance(value, Mapping):
            fields = {name: one if isinstance(one, str) else json.dumps(one) for name, one in value.items()}
            return cls(urlencode(fields), FORM)
        return cls(json.dumps(value), JSON)

    @property
    def headers(self) -> dict[str, str]:
        """The header that says what it is."""
        return {"Content-Type": self.media} if self.media else {}

    @property
    def members(self) -> dict[str, Any]:
        """The members of an object or the fields of a form; none where it is neither."""
        if self.media == FORM:
            return dict(parse_qsl(self.content, keep_blank_values=True))
        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}
