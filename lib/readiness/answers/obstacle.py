"""Obstacles: why an answer cannot be judged, in one line; it then counts neither for nor against the platform."""

from readiness.wire.exchange import Exchange

REFUSED = "connection refused"
"""The failure of an exchange or handshake whose port is closed: that is seen, not merely unreachable."""

AWAY = frozenset({502, 503, 504})
"""Statuses that say the platform is not there to answer (RFC 9110, 15.6)."""


def unjudgeable(exchange: Exchange) -> str:
    """Why this exchange says nothing of anything: no answer came, or the asker was rate limited; else empty."""
    if exchange.status is None:
        return exchange.failure or "no answer"
    if exchange.status == 429:
        wait = exchange.header("retry-after")
        return "rate limited: 429" + (f", Retry-After {wait[:40]}" if wait else "")
    return ""


def away(exchange: Exchange) -> str:
    """Why this exchange says nothing of what was asked: `unjudgeable`, or the platform is not there to answer."""
    return unjudgeable(exchange) or (f"status {exchange.status}" if exchange.status in AWAY else "")


def obstacle(exchange: Exchange) -> str:
    """Why this exchange shows nothing of the platform's ways: `unjudgeable`, or any server error."""
    return unjudgeable(exchange) or (f"status {exchange.status}" if (exchange.status or 0) >= 500 else "")
