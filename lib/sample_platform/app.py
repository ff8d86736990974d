"""The app of one environment: routes inside, layers around them."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from . import accounts, docs, errors, health, pages
from .edge import Cache, Unavailable
from .environment import Environment
from .headers import Cors, Frame
from .limits import Limits

PREFIX = "/api/v1"


def build(environment: Environment) -> ASGIApp:
    """Return the ASGI app of an environment.

    From the outside in: headers and request id, cross-origin rules, rate limits, the edge cache, routes.
    Limits stand outside of the cache, so that an answer kept by the edge counts like any other.
    """
    behaviour = environment.behaviour
    if behaviour.answers_503:
        return Frame(Unavailable(environment), environment)
    app = FastAPI(title=docs.TITLE, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.environment = environment
    errors.install(app, behaviour)
    app.include_router(health.router)
    app.include_router(accounts.router, prefix=PREFIX)
    app.include_router(pages.router)
    if behaviour.security_txt:
        app.include_router(pages.security_txt)
    if behaviour.legacy_operation:
        app.include_router(pages.legacy)
    if behaviour.docs:
        docs.install(app, behaviour, environment.base)
    return Frame(Cors(Limits(Cache(app, environment), environment), environment), environment)
