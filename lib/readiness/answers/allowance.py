"""The allowance: what the headers of an answer tell callers of their rate limit."""

import re

from readiness.wire.exchange import Exchange

_TOLD = (
    {"ratelimit"},
    {"ratelimit-policy"},
    {"ratelimit-limit", "ratelimit-remaining"},
    {"x-ratelimit-limit", "x-ratelimit-remaining"},
    {"x-rate-limit-limit", "x-rate-limit-remaining"},
)
_LIMITS = (
    ("ratelimit-limit", r"^(\d+)"),
    ("x-ratelimit-limit", r"^(\d+)"),
    ("x-rate-limit-limit", r"^(\d+)"),
    ("ratelimit-policy", r"\bq=(\d+)"),
    ("ratelimit", r"\blimit=(\d+)"),
)
"""Where the limit stands: alone in the older headers, as a quota or a member in the newer ones."""


def announces(answer: Exchange) -> bool:
    """The answer carries `RateLimit` or `RateLimit-Policy` (IETF httpapi draft), or the older pairs, with a number."""
    told = {name for name, value in answer.headers if any(letter.isdigit() for letter in value)}
    return any(names <= told for names in _TOLD)


def advertised(answer: Exchange) -> int | None:
    """Requests that the answer says are allowed in one window; None where it does not say."""
    for name, pattern in _LIMITS:
        found = re.search(pattern, (answer.header(name) or "").strip(), re.ASCII)
        if found:
            return int(found[1][:9])
    return None
