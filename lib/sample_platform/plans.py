"""Plans: what a tenant pays for, and how many calls its keys may make in one window."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from .apikeys import ByKey, KeyCaller
from .bodies import JsonRoute
from .errors import Refused, documented
from .identity import Here
from .limits import Limits
from .schemas import example

PlanName = Literal["free", "pro", "scale"]
REQUESTS: dict[str, int] = {"free": 16, "pro": 22, "scale": 28}
WINDOWS = 3  # a plan's window, in those of the other limits: 15 s where those last 5 s

router = APIRouter(prefix="/plans", tags=["plans"], route_class=JsonRoute)


class Published(BaseModel):
    """One plan."""

    name: str
    requests: int = Field(description="Calls with API keys in one window, of all keys of the tenant.")
    window_s: int = Field(description="Length of the window in seconds.")


class Table(BaseModel):
    """Every plan, the smallest first."""

    items: list[Published]


_TABLE = {"items": [{"name": name, "requests": requests, "window_s": 15} for name, requests in REQUESTS.items()]}


@router.get("", summary="List plans", responses={**example(_TABLE), **documented(429)})
async def plans(here: Here) -> Table:
    """Return the plans and their limits."""
    told = here.behaviour.plan_published
    return Table(
        items=[
            Published(name=name, requests=told(name, requests), window_s=WINDOWS * here.window_s)
            for name, requests in REQUESTS.items()
        ]
    )


async def within_plan(here: Here, request: Request, calling: ByKey) -> KeyCaller:
    """Return who calls with a key; refuses with 429 one call more than the tenant's plan allows."""
    plan = calling.plan if calling.plan in REQUESTS else "free"
    enforced = here.behaviour.plan_enforced(plan, REQUESTS[plan])
    limits: Limits = request.state.limits
    count = await limits.count(f"plan:{calling.tenant_id}", enforced, WINDOWS * here.window_s)
    advertised = here.behaviour.plan_advertised(plan, REQUESTS[plan])
    headers = {
        "X-RateLimit-Limit": str(advertised),
        "X-RateLimit-Remaining": str(max(0, advertised - enforced + count.remaining)),
        "X-RateLimit-Reset": str(count.reset_s),
    }
    request.state.limit_headers = headers  # rather than those of the address, which has room for every plan
    if not count.admitted:
        raise Refused(429, Retry_After=str(count.reset_s))
    return calling


WithinPlan = Annotated[KeyCaller, Depends(within_plan)]
