"""Runs the revisions over one connection; the URL comes from the caller, never from a file."""

from alembic import context
from sqlalchemy import create_engine, pool

from sample_platform.models import Base

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
