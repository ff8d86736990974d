"""Cache: whether the server that keeps sessions and limits is closed, bounded and durable, and how often it helps."""

from readiness.canary import LONGEST_S
from readiness.evidence import Fact
from readiness.probes import supplied

cache = supplied(
    Fact("cache.answers_tls", "boolean", "The cache answers a client with credentials over TLS."),
    Fact("cache.anonymous_refused", "boolean", "It refuses a client without credentials."),
    Fact("cache.bounded", "boolean", "Its memory has a limit, so that it cannot take the machine's."),
    Fact("cache.spares_sessions", "boolean", "When it is full it drops nothing that was to be kept (no `allkeys-*`)."),
    Fact("cache.durable", "boolean", "What it holds outlives the process: written to disk, or held by a replica."),
    Fact("cache.plain_refused", "boolean", "It refuses connections without TLS."),
    Fact("cache.lookups", "number", "Lookups within the window that was measured.", "lookups"),
    Fact("cache.hit_pct", "number", "Share of them that the cache answered.", "%"),
    deadline=LONGEST_S + 90,
)
