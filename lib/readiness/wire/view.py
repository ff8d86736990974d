"""A view: one thing done in a browser, and what was seen of it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from readiness.secret import excerpt, redact
from readiness.wire.exchange import EXCERPT, _Base


@dataclass(frozen=True, kw_only=True)
class View(_Base):
    """What a browser was made to do on one page.

    Attributes:
        url: The page.
        action: What was done there, as one would tell a person to do it.
        seen: What was observed, a line each.
        asked: Requests that the page made for data, `METHOD path` each.
        blocked: Hosts that it wanted to reach and that are none of the platform's.
        browser: Name and version.
        secrets: Values that no record shows.
    """

    url: str
    action: str
    seen: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    browser: str = ""
    secrets: Collection[str] = field(default=(), repr=False)

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"browser: {self.action} at {redact(self.url, self.secrets)}"

    @property
    def repeat(self) -> str:
        """What a person does to see the same."""
        return f"in {self.browser or 'a browser'}, open {redact(self.url, self.secrets)} and {self.action}"

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "browser",
            "observed_at": self.observed_at.isoformat(),
            "url": redact(self.url, self.secrets),
            "action": self.action,
            "seen": [excerpt(line, EXCERPT, self.secrets) for line in self.seen[:50]],
            "asked": [excerpt(line, EXCERPT, self.secrets) for line in self.asked[:50]],
            "blocked": list(self.blocked[:20]),
            "browser": self.browser,
            "failure": excerpt(self.failure, EXCERPT, self.secrets),
            "repeat": self.repeat,
        }
