"""PostgreSQL, only ever read: nothing outlasts a transaction, so that a pooler's next client finds nothing changed."""

import secrets
import socket
import struct
import threading
from contextlib import suppress
from datetime import UTC, datetime

import psycopg
import pytest
from readiness.errors import Unobservable
from readiness.wire.postgres import Place, Postgres

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def own(shared):
    """Conninfo of a database of this test's own, as the superuser."""
    name = f"wire_{secrets.token_hex(4)}"
    with psycopg.connect(shared.servers.conninfo(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield shared.servers.conninfo(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def wire():
    async with Postgres(now=lambda: AT, secrets=()) as opened:
        yield opened


def run(conninfo, *statements):
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (1)",
        "SELECT write()",
        "WITH made AS (INSERT INTO t VALUES (1) RETURNING n) SELECT n FROM made",
        "SET TRANSACTION READ WRITE",
        "CREATE TABLE other (n int)",
    ],
)
async def test_whatever_would_write_is_refused(wire, own, statement):
    run(own, "CREATE TABLE t (n int)")
    run(own, "CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING n'")
    with pytest.raises(Unobservable):
        await wire.read(Place.of(own), statement)
    assert (await wire.read(Place.of(own), "SELECT count(*) AS n FROM t")).row["n"] == 0


async def test_the_timeout_of_a_statement_ends_with_its_transaction(wire, own):
    place = Place.of(own)
    within = await wire.read(place, "SELECT current_setting('statement_timeout') AS value")
    assert within.row["value"] == "10s"
    session = await wire._connected(place)
    after = await (await session.execute("SELECT current_setting('statement_timeout') AS value")).fetchone()
    assert after["value"] == "0"


async def test_nothing_is_prepared_that_another_session_would_not_know(wire, own):
    for _ in range(8):
        await wire.read(Place.of(own), "SELECT 1 AS one")
    found = await wire.read(Place.of(own), "SELECT count(*) AS n FROM pg_prepared_statements")
    assert found.row["n"] == 0


async def test_a_pooler_that_takes_no_options_is_read_all_the_same(wire, own, shared):
    run(own, "CREATE TABLE t (n int)")
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_pooler, args=(listener, shared.servers.postgres_port), daemon=True)
    thread.start()
    pooled = Place({**Place.of(own).parameters, "port": str(listener.getsockname()[1]), "sslmode": "disable"})
    try:
        assert (await wire.read(pooled, "SELECT 1 AS one")).row["one"] == 1
        with pytest.raises(Unobservable, match="the connection only reads"):
            await wire.read(pooled, "INSERT INTO t VALUES (1)")
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _pooler(listener, port):
    """Refuses `options` as PgBouncer does, and passes everything else on."""
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            begin = client.recv(65_536)
            if b"\0options\0" in begin:
                fields = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
                client.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", port))
            server.sendall(begin)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=_carry, args=pair, daemon=True).start()


def _carry(source, sink):
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


async def test_more_rows_than_are_read_are_no_answer(wire, own):
    with pytest.raises(Unobservable, match="more than 10000 rows"):
        await wire.read(Place.of(own), "SELECT generate_series(1, 10001)")
