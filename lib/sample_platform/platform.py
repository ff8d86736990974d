"""The whole platform in one event loop: two environments, the plain listener, two name servers."""

import asyncio
import os
import secrets
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dns.zone
import uvicorn
from cryptography.fernet import Fernet
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.types import ASGIApp

from . import app, databases, names, web
from .addresses import ADMINISTRATOR, API_HOST, APP_HOST, HOOKS_HOST, LOOPBACK, STAGING_HOST, Addresses, Ports
from .authority import authority, once, untrusted
from .behaviour import Behaviour
from .cluster import SampleFailed
from .edge import Distant, Plain
from .environment import Environment, open_log
from .keys import signing_key
from .mail import Post, dkim_key, dkim_record
from .passwords import Passwords
from .services import Servers, free_port

_DATABASE_WAIT_S = 2
_CONNECTIONS = 12  # that are kept; each one beyond is opened for a single request, which takes longer than most answers
_ATTEMPTS = 5

WINDOW_S = 5
"""Short, so that provoking a limit and waiting for it to end takes seconds."""


@dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        behaviour: of production; staging behaves right.
        state: folder of certificates, keys and logs.
        ports: where to listen.
        servers: running PostgreSQL and cache.
        turn: which databases of the cache to use.
        database_suffix: set apart from others on the same services, and then removed at the end.
        window_s: length of the window that rate limits count in, in seconds.
        cheap_hashes: hash passwords at next to no cost, which is for tests.
        latency_s: time in seconds that every request takes longer, as to a platform that is far away.
    """

    behaviour: Behaviour
    state: Path
    ports: Ports
    servers: Servers
    turn: int = 0
    database_suffix: str = ""
    window_s: int = WINDOW_S
    cheap_hashes: bool = False
    latency_s: float = 0.0


async def run(plan: Plan, ready: Callable[[Addresses], None], until_input_ends: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, or until standard input ends if asked to.

    Calls `ready` once, when everything answers. Raises SampleFailed when something cannot start.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_input_ends:
        loop.add_reader(sys.stdin.fileno(), stop.set)  # nobody writes there, so readable means ended
    async with _platform(plan) as addresses:
        ready(addresses)
        await stop.wait()
    if until_input_ends:
        loop.remove_reader(sys.stdin.fileno())


@asynccontextmanager
async def _platform(plan: Plan) -> AsyncIterator[Addresses]:
    ports, behaviour = plan.ports, plan.behaviour
    dkim = dkim_record(dkim_key(plan.state))
    mail_port, hooks_port = ports.mail or free_port(), ports.hooks or free_port()
    async with AsyncExitStack() as stack:
        api = stack.enter_context(_bound("production", ports.api))
        staging = stack.enter_context(_bound("staging", ports.staging))
        plain = stack.enter_context(_bound("plain HTTP", ports.plain))
        people = stack.enter_context(_bound("the web app", ports.app))
        first, second = (names.zone(behaviour, seen, dkim) for seen in (LOOPBACK, behaviour.second_view_of_api))
        resolvers = [
            await stack.enter_async_context(_name_server("first name server", ports.dns_1, first)),
            await stack.enter_async_context(_name_server("second name server", ports.dns_2, second)),
        ]
        api_base = f"https://{API_HOST}:{_port(api)}"
        staging_base = f"https://{STAGING_HOST}:{_port(staging)}"
        way = {"resolver": resolvers[0], "receiver": f"{HOOKS_HOST}:{hooks_port}"}
        production = await stack.enter_async_context(_environment(plan, "production", api_base, mail_port, **way))
        rehearsal = await stack.enter_async_context(_environment(plan, "staging", staging_base, mail_port, **way))
        production_app, staging_app = app.build(production), app.build(rehearsal)

        certificate = _certificate(plan)
        staging_certificate = authority(plan.state).leaf(
            (STAGING_HOST,), Behaviour.certificate_days, Behaviour.certificate_key, Behaviour.oldest_tls
        )
        if behaviour.staging == "production":
            staging_app, staging_certificate = production_app, certificate
        app_certificate = authority(plan.state).leaf(
            (APP_HOST,), Behaviour.certificate_days, Behaviour.certificate_key, Behaviour.oldest_tls
        )
        redirector = Plain(behaviour, _port(api), _port(staging), production_app)
        listeners: list[tuple[ASGIApp, socket.socket, ssl.SSLContext | None]] = [
            (production_app, api, certificate),
            (redirector, plain, None),
            (web.App(production_app, behaviour), people, app_certificate),
            (staging_app, staging, staging_certificate),
        ]
        if behaviour.staging == "down":
            staging.close()
            listeners.pop()
        if plan.latency_s:
            listeners = [(Distant(served, plan.latency_s), *rest) for served, *rest in listeners]
        await stack.enter_async_context(_serving(listeners))
        yield Addresses(
            api=api_base,
            staging=staging_base,
            plain=f"http://{API_HOST}:{_port(plain)}",
            app=f"https://{APP_HOST}:{_port(people)}",
            resolvers=(resolvers[0], resolvers[1]),
            ca_file=str(plan.state / "ca.pem"),
            postgres=plan.servers.database_url(f"production{plan.database_suffix}"),
            redis=plan.servers.cache_url(plan.turn * 2),
            pid=os.getpid(),
            metrics_token_file=str(plan.state / "keys" / "metrics-token"),
            mail=f"{LOOPBACK}:{mail_port}",
            admin_password_file=str(_admin_password_file(plan)),
            hooks=f"http://{HOOKS_HOST}:{hooks_port}",
        )


def _certificate(plan: Plan) -> ssl.SSLContext:
    behaviour = plan.behaviour
    signer = authority(plan.state) if behaviour.certificate_trusted else untrusted()
    return signer.leaf(
        behaviour.certificate_names,
        behaviour.certificate_days,
        behaviour.certificate_key,
        behaviour.oldest_tls,
    )


@asynccontextmanager
async def _environment(plan: Plan, name: str, base: str, mail_port: int, **way: str) -> AsyncIterator[Environment]:
    behaviour = plan.behaviour if name == "production" else Behaviour()
    shares = name == "staging" and plan.behaviour.staging_shares_keys
    shared = name == "staging" and plan.behaviour.staging_shares_database
    database = f"{'production' if shared else name}{plan.database_suffix}"
    passwords, log = Passwords(behaviour, plan.cheap_hashes), open_log(plan.state, name)
    post = Post(behaviour, mail_port, dkim_key(plan.state), log)
    await asyncio.to_thread(databases.make, plan.servers, database)
    if name == "production":
        await asyncio.to_thread(databases.set_unique_addresses, plan.servers, database, behaviour.emails_unique)
        password = once(_admin_password_file(plan), secrets.token_urlsafe(24).encode()).decode()
        password_hash = await passwords.hash(password)
        await asyncio.to_thread(databases.add_administrator, plan.servers, database, ADMINISTRATOR, password_hash)
    database_url = plan.servers.database_url(database)
    cache_url = plan.servers.cache_url(plan.turn * 2 + (name == "staging"))
    if not behaviour.database_reachable:
        database_url = f"postgresql+psycopg://sample@{LOOPBACK}:{free_port()}/{database}"
    if not behaviour.cache_reachable:
        cache_url = f"redis://{LOOPBACK}:{free_port()}/0"
    engine = create_async_engine(
        database_url, pool_pre_ping=True, pool_size=_CONNECTIONS, connect_args={"connect_timeout": _DATABASE_WAIT_S}
    )
    cache = Redis.from_url(cache_url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 1))
    if behaviour.cache_reachable:
        await cache.flushdb()
    token = once(plan.state / "keys" / "metrics-token", secrets.token_urlsafe(24).encode()).decode()
    key = signing_key(plan.state, "production" if shares else name)
    seal = Fernet(once(plan.state / "keys" / f"{name}-seal", Fernet.generate_key()))
    here = Environment(
        name, base, behaviour, engine, cache, key, token, log, plan.window_s, passwords, post, seal, **way
    )
    delivery = asyncio.create_task(post.deliver())
    try:
        yield here
    finally:
        for task in (delivery, *here.running):
            task.cancel()
        await asyncio.gather(delivery, *here.running, return_exceptions=True)
        await cache.aclose()
        await engine.dispose()
        if plan.database_suffix and not shared:
            await asyncio.to_thread(databases.drop, plan.servers, database)


def _admin_password_file(plan: Plan) -> Path:
    return plan.state / "keys" / "admin-password"


@asynccontextmanager
async def _serving(
    listeners: list[tuple[ASGIApp, socket.socket, ssl.SSLContext | None]],
) -> AsyncIterator[None]:
    started = [_serve(*listener) for listener in listeners]
    try:
        for server, task in started:
            while not server.started:
                if task.done():
                    raise SampleFailed(f"an HTTP server did not start: {task.exception()}")
                await asyncio.sleep(0.005)
        yield
    finally:
        for server, _ in started:
            # At once: a client that keeps its connection open must not hold up the end.
            server.should_exit = server.force_exit = True
        await asyncio.gather(*(task for _, task in started), return_exceptions=True)


def _serve(
    served: ASGIApp, listener: socket.socket, tls: ssl.SSLContext | None
) -> tuple[uvicorn.Server, asyncio.Task[None]]:
    config = uvicorn.Config(
        served,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # on by default for loopback, and then any client could choose its address
    )
    config.load()
    config.ssl = tls
    server = _Server(config)
    return server, asyncio.create_task(server.serve(sockets=[listener]))


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the platform, which has several of them."""

    def capture_signals(self) -> Any:
        return nullcontext()


@asynccontextmanager
async def _name_server(what: str, port: int, zone: dns.zone.Zone) -> AsyncIterator[str]:
    for attempt in range(_ATTEMPTS):
        udp = _bound(what, port, socket.SOCK_DGRAM)
        try:
            tcp = _bound(what, _port(udp))  # resolvers expect both on the same port
            break
        except SampleFailed:
            udp.close()
            if port or attempt == _ATTEMPTS - 1:
                raise
    server = names.NameServer(zone, udp, tcp)
    await server.start()
    try:
        yield f"{LOOPBACK}:{_port(udp)}"
    finally:
        server.stop()


def _bound(what: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    # The protocol has to be named: only then does asyncio switch Nagle's algorithm off, which costs 40 ms an answer.
    stream = kind == socket.SOCK_STREAM
    bound = socket.socket(socket.AF_INET, kind, socket.IPPROTO_TCP if stream else socket.IPPROTO_UDP)
    if stream:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
        if stream:
            bound.listen(256)  # here, because two may bind the same port but only one may listen
    except OSError as error:
        bound.close()
        raise SampleFailed(f"port {port} for {what} cannot be used: {error.strerror}") from None
    return bound


def _port(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])
