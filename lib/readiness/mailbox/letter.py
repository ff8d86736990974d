"""A mail of the platform, of which nothing is kept but what a probe needs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from readiness.secret import MASK
from readiness.wire.exchange import _Base


@dataclass(frozen=True, kw_only=True)
class Letter(_Base):
    """What is known of one mail to one address.

    Attributes:
        address: Recipient, in lower case.
        received_at: When the mailbox took it, UTC.
        found: The kinds it is of, each with its token or code; empty text where the kind has none.
        hosts: Hosts of the links in it, in order, each once.
        results: Outcome of `dkim`, `spf` and `dmarc` (RFC 8601 words: pass, fail, none, …); empty when not known.
        aligned: SPF or DKIM passed for the domain of the From header (RFC 7489, 3.1); None when not known.
        place: Which mailbox it lies in.
        failure: Why it could not be read, in one line.
    """

    address: str
    received_at: datetime
    found: dict[str, str] = field(default_factory=dict, hash=False, repr=False)
    hosts: tuple[str, ...] = ()
    results: dict[str, str] = field(default_factory=dict, hash=False)
    aligned: bool | None = None
    place: str = ""

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"mail to {self.address}: {', '.join(self.found) or 'of no described kind'}"

    @property
    def repeat(self) -> str:
        """Where to look, for a person."""
        if self.place.startswith("smtp"):
            return f"have it sent again to {self.address} and read what arrives at {self.place}; the mail is not kept"
        at = f"{self.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return f"read the mail to {self.address} of {at} in {self.place}"

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "mail",
            "observed_at": self.observed_at.isoformat(),
            "address": self.address,
            "received_at": self.received_at.isoformat(),
            "found": {kind: MASK if token else "" for kind, token in self.found.items()},
            "hosts": list(self.hosts),
            "results": dict(self.results),
            "aligned": self.aligned,
            "failure": self.failure,
            "repeat": self.repeat,
        }
