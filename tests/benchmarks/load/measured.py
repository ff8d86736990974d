"""A load test of ours against an address of this machine, on one core."""

import asyncio
from typing import Any

from readiness.load.assignment import Step
from readiness.load.plan import Plan, plan_for_address
from readiness.load.trial import stand, trial
from readiness.operation import Operation

from .core import GENERATOR, core


def rate(address: str, requests: float, seconds: float, warm_up_s: float) -> dict[str, Any]:
    """The record of one worker that sends so many requests a second."""
    return _record(plan_for_address(address, rate=requests, seconds=seconds, warm_up_s=warm_up_s, workers=1))


def users(address: str, number: int, think_s: float, seconds: float, warm_up_s: float) -> dict[str, Any]:
    """The record of one worker that so many users go on in."""
    step = Step("GET /", Operation(method="GET", path="/"), think_s=think_s)
    return _record(
        Plan("127.0.0.1", address, "browse", (step,), users=number, seconds=seconds, warm_up_s=warm_up_s, workers=1)
    )


def _record(plan: Plan) -> dict[str, Any]:
    async def carried_out() -> dict[str, Any]:
        async with stand(plan, None) as standing:
            return await trial(standing)

    with core(GENERATOR):
        return asyncio.run(carried_out())
