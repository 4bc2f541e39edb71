"""Companies, chatbots and plans that a source decides."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make columns, by which all there is is ours, and three tables."""
    schema = op.get_context().version_table_schema
    for table in ("companies", "chatbots"):
        columns: list[sa.Column[Any]] = [
            sa.Column("source", sa.Text),
            sa.Column("synced", sa.Text, nullable=False, server_default=""),
            sa.Column("gone_at", _MOMENT),
        ]
        if table == "chatbots":
            columns.append(sa.Column("created_at", _MOMENT))
        for column in columns:
            op.add_column(table, column, schema=schema)
        op.create_index(f"ix_{table}_source", table, ["source"])
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("remarks", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "source_users",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "user_id", name="pk_source_users"),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_source_users_source"),
    )
    op.create_index("ix_source_users_user_id", "source_users", ["user_id"])
    op.create_table(
        "source_holds",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("gone", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("is_confirmed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", name="pk_source_holds"),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_source_holds_source"),
    )


def downgrade() -> None:
    """Drop them: what was a source's is ours."""
    schema = op.get_context().version_table_schema
    for table in ("source_holds", "source_users", "sources"):
        op.drop_table(table)
    for table, columns in (
        ("chatbots", ("created_at", "gone_at", "synced", "source")),
        ("companies", ("gone_at", "synced", "source")),
    ):
        op.drop_index(f"ix_{table}_source", table)
        for column in columns:
            op.drop_column(table, column, schema=schema)
