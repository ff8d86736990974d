"""Databases of the platform: migrated once into a template, copied from there."""

import secrets
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
