"""Health: whether the process lives, and whether it can serve, which means asking what it depends on."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlalchemy import text

from .environment import Environment, environment_of, milliseconds_since
from .errors import documented

ASK_TIMEOUT_S = 3.0  # a machine that is busy is not a database that is down

router = APIRouter(tags=["health"])
Here = Annotated[Environment, Depends(environment_of)]

_COMPONENTS = {
    "database": {"status": "up", "latency_ms": 1.8},
    "cache": {"status": "up", "latency_ms": 0.4},
}


def _documented(status: str, **members: Any) -> dict[int | str, dict[str, Any]]:
    example = {"status": status, "release": "1.4.0+9c1f2a7b", **members}
    down = {**example, "status": "unavailable"}
    return {
        200: {"description": "It can serve.", "content": {"application/json": {"example": example}}},
        503: {"description": "It cannot serve.", "content": {"application/json": {"example": down}}},
        **documented(405),
    }


@router.get("/health", summary="Health with dependencies", responses=_documented("healthy", components=_COMPONENTS))
async def health(here: Here, response: Response) -> dict[str, Any]:
    """Say whether requests can be served, and how each dependency does."""
    return await _report(here, response, "healthy")


@router.get("/health/ready", summary="Readiness", responses=_documented("ready", components=_COMPONENTS))
async def ready(here: Here, response: Response) -> dict[str, Any]:
    """Say whether requests can be served, and how each dependency does."""
    return await _report(here, response, "ready")


@router.get("/health/live", summary="Liveness", responses=_documented("alive"))
async def live(here: Here, response: Response) -> dict[str, Any]:
    """Say that the process answers; dependencies do not matter here."""
    await asyncio.sleep(here.behaviour.health_delay_s)
    response.headers["Cache-Control"] = here.behaviour.health_cache_control
    return {"status": "alive", "release": here.release}


async def _report(here: Environment, response: Response, well: str) -> dict[str, Any]:
    await asyncio.sleep(here.behaviour.health_delay_s)
    response.headers["Cache-Control"] = here.behaviour.health_cache_control
    database, cache = await asyncio.gather(_ask(_database(here)), _ask(_cache(here)))
    components = {"database": database, "cache": cache}
    if not here.behaviour.ready_looks:
        components = _COMPONENTS
    report: dict[str, Any] = {"status": well, "release": here.release, "components": components}
    if any(component["status"] != "up" for component in components.values()):
        response.status_code = here.behaviour.status_when_degraded
        report["status"] = "degraded" if response.status_code == 200 else "unavailable"
    if not here.behaviour.health_components:
        del report["components"]
    return report


async def _ask(question: Awaitable[Any]) -> dict[str, Any]:
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(ASK_TIMEOUT_S):
            await question
    except Exception:  # whatever went wrong, the dependency did not answer
        return {"status": "down", "latency_ms": milliseconds_since(begun)}
    return {"status": "up", "latency_ms": milliseconds_since(begun)}


async def _database(here: Environment) -> None:
    async with here.database.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def _cache(here: Environment) -> None:
    await here.cache.ping()  # type: ignore[misc] # typed for both kinds of client
