"""Alembic's entry: run the migrations in the transaction that `database.database` opened."""

from alembic import context

from botlens.database.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=context.config.attributes["schema"],
    target_metadata=Base.metadata,
)
with context.begin_transaction():
    context.run_migrations()
