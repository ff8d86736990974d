"""Edge: what stands in front of the platform, and whether it watches and can replace what is behind it."""

from collections.abc import AsyncIterator

from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe
from readiness.wire.exchange import Exchange

MARKS = (
    "cf-ray",
    "x-vercel-id",
    "x-railway-edge",
    "x-amz-cf-id",
    "x-azure-ref",
    "x-nf-request-id",
    "fly-request-id",
    "x-fastly-request-id",
    "x-akamai-request-id",
)
"""Headers by which an edge marks what went through it."""
FRONTED = Fact("edge.fronted", "boolean", "Clients reach the platform through an edge or a load balancer.")
BEHIND = (
    Fact("edge.origins", "number", "Enabled origins or ready replicas behind it.", "origins"),
    Fact("edge.monitored", "boolean", "It watches the health of every pool behind it."),
    Fact("edge.fallback", "boolean", "It has a pool to fall back on."),
)


@probe(FRONTED, *BEHIND)
async def edge(context: Context) -> AsyncIterator[Observation]:
    """Look for an edge's mark on the health route's answer; without one, ask who can tell.

    A missing mark proves nothing: most load balancers leave none.
    """
    answer = await context.client.get(context.url(context.target.routes.health), follow=3)
    if marked(answer):
        yield observed(FRONTED.name, True, answer)
    else:
        async for observation in context.told(FRONTED):
            yield observation
    async for observation in context.told(*BEHIND):
        yield observation


def marked(answer: Exchange) -> bool:
    """Whether an answer carries the mark of an edge."""
    return any(answer.header(name) for name in MARKS)
