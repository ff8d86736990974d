"""Databases of the platform: migrated once into a template, copied from there."""

import secrets
import uuid
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from .services import Servers

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def head() -> str:
    """Return the newest revision; files in `migrations/versions` are named `<revision>_<what>.py`."""
    return max(file.name.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py"))


def make_template(servers: Servers) -> str:
    """Return the name of a database with the newest schema and no rows, made by Alembic if it is missing."""
    name = f"template_{head()}"
    if not _exists(servers, name):
        draft = f"draft_{secrets.token_hex(4)}"
        _execute(servers, SQL("CREATE DATABASE {} OWNER sample").format(Identifier(draft)))
        migrate(servers.database_url(draft))
        _execute(servers, SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(draft), Identifier(name)))
    return name


def make(servers: Servers, name: str) -> None:
    """Make sure that a database exists and has the newest schema; rows that it holds stay."""
    if not _exists(servers, name):
        copy = SQL("CREATE DATABASE {} TEMPLATE {} OWNER sample")
        _execute(servers, copy.format(Identifier(name), Identifier(f"template_{head()}")))
        return
    with psycopg.connect(servers.conninfo(name)) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if found != (head(),):
        migrate(servers.database_url(name))


def add_administrator(servers: Servers, name: str, email: str, password_hash: str) -> None:
    """Make sure that a database has one administrator with this address, verified, and this password."""
    with psycopg.connect(servers.conninfo(name)) as connection:
        known = connection.execute(
            "UPDATE accounts SET password_hash = %s WHERE lower(email) = %s", [password_hash, email]
        )
        if not known.rowcount:
            tenant = uuid.uuid4()
            connection.execute("INSERT INTO tenants (id) VALUES (%s)", [tenant])
            connection.execute(
                "INSERT INTO accounts (id, tenant_id, email, password_hash, role, verified_at)"
                " VALUES (%s, %s, %s, %s, 'admin', now())",
                [uuid.uuid4(), tenant, email, password_hash],
            )


def set_unique_addresses(servers: Servers, name: str, wanted: bool) -> None:
    """Make sure that a database has the index which keeps addresses unique, or has it not."""
    with psycopg.connect(servers.conninfo(name)) as connection:
        if not wanted:
            connection.execute("DROP INDEX IF EXISTS accounts_email_key")
        elif connection.execute("SELECT to_regclass('accounts_email_key')").fetchone() == (None,):
            connection.execute(
                "DELETE FROM accounts a USING accounts b WHERE lower(a.email) = lower(b.email) AND a.id > b.id"
            )
            connection.execute("CREATE UNIQUE INDEX accounts_email_key ON accounts (lower(email))")


def drop(servers: Servers, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    _execute(servers, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def migrate(url: str) -> None:
    """Bring the database at a SQLAlchemy URL to the newest revision."""
    from alembic import command, config  # half a second, and needed on the first start only

    settings = config.Config()
    settings.set_main_option("script_location", str(_VERSIONS.parent))
    settings.attributes["url"] = url
    command.upgrade(settings, "head")


def _exists(servers: Servers, name: str) -> bool:
    with psycopg.connect(servers.conninfo()) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _execute(servers: Servers, statement: psycopg.sql.Composed) -> None:
    with psycopg.connect(servers.conninfo(), autocommit=True) as connection:
        connection.execute(statement)
