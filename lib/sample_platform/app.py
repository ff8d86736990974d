"""The app of one environment: routes inside, layers around them."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from . import (
    accounts,
    apikeys,
    applications,
    articles,
    audit,
    clients,
    docs,
    errors,
    exports,
    factors,
    graph,
    handover,
    health,
    imports,
    keyed,
    notices,
    oidc,
    pages,
    people,
    plans,
    profile,
    recovery,
    sessions,
    signins,
    webhooks,
)
from .behaviour import Behaviour
from .edge import Cache, Unavailable
from .environment import Environment
from .headers import Cors, Frame
from .limits import Limits

PREFIX = "/api/v1"
ROUTERS = (
    accounts.router,
    signins.router,
    factors.router,
    recovery.router,
    profile.router,
    handover.router,
    sessions.router,
    notices.router,
    people.router,
    applications.router,
    oidc.flow,
    graph.router,
    apikeys.router,
    keyed.usage,
    keyed.router,
    plans.router,
    webhooks.router,
    exports.router,
    imports.router,
    audit.router,
    articles.router,
)


def build(environment: Environment) -> ASGIApp:
    """Return the ASGI app of an environment.

    From the outside in: headers and request id, cross-origin rules, rate limits, the edge cache, routes.
    Limits stand outside of the cache, so that an answer kept by the edge counts like any other.
    """
    behaviour = environment.behaviour
    if behaviour.answers_503:
        return Frame(Unavailable(environment), environment)
    app = routed(behaviour)
    app.state.environment = environment
    errors.install(app, behaviour)
    if behaviour.docs:
        docs.install(app, behaviour, environment.base)
    return Frame(Cors(Limits(Cache(app, environment), environment), environment), environment)


def routed(behaviour: Behaviour) -> FastAPI:
    """Return an app with every operation, for no environment yet."""
    app = FastAPI(title=docs.TITLE, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(health.router)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(pages.router)
    app.include_router(articles.pages)
    app.include_router(clients.router)
    app.include_router(oidc.discovery)
    if behaviour.security_txt:
        app.include_router(pages.security_txt)
    if behaviour.legacy_operation:
        app.include_router(pages.legacy)
    return app
