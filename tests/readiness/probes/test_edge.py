"""Edge: its mark on an answer is seen; a missing one proves nothing."""

import pytest
from readiness.probes.edge import edge
from starlette.responses import PlainTextResponse


@pytest.mark.parametrize("name", ["CF-Ray", "X-Vercel-Id", "X-Railway-Edge"])
async def test_the_mark_of_an_edge_is_seen(serve, observe, target_of, name):
    address = serve(PlainTextResponse("ok", headers={name: "8f2b1c"}))
    seen = await observe(edge, target_of(address))
    assert seen.value("edge.fronted") is True


async def test_without_a_mark_somebody_has_to_tell(serve, observe, target_of):
    seen = await observe(edge, target_of(serve(PlainTextResponse("ok"))))
    assert seen["edge.fronted"].status == "unavailable"
    assert seen["edge.fronted"].permission == "sources.cloudflare"
    assert "sources.kubernetes" in seen["edge.origins"].permission
