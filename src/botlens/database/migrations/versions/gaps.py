"""The life cycle of knowledge gaps, and what a company says of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("gaps", "gap_changes", "gap_lineage", "gap_moves", "gap_links")


def upgrade() -> None:
    """Make two settings of companies, and five tables."""
    schema = op.get_context().version_table_schema
    for setting in (
        sa.Column("gap_limit", sa.Double(), nullable=False, server_default="0.2"),
        sa.Column("question_floor", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("companies", setting, schema=schema)
    op.create_table(
        "gaps",
        *_of_chatbot(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("fixed_at", _MOMENT),
        sa.Column("failing_limit", sa.Double()),
        sa.Column("decided_at", _MOMENT),
        sa.PrimaryKeyConstraint("company_id", "chatbot_id", "id", name="pk_gaps"),
    )
    _create_history()
    op.create_table(
        "gap_moves",
        *_of_chatbot(),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("gap_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "chatbot_id", "question", name="pk_gap_moves"),
    )
    op.create_table(
        "gap_links",
        *_of_chatbot(),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("linked_at", _MOMENT),
        sa.PrimaryKeyConstraint("company_id", "chatbot_id", name="pk_gap_links"),
    )


def downgrade() -> None:
    """Drop them."""
    schema = op.get_context().version_table_schema
    for table in reversed(_TABLES):
        op.drop_table(table)
    for setting in ("question_floor", "gap_limit"):
        op.drop_column("companies", setting, schema=schema)


def _create_history() -> None:
    op.create_table(
        "gap_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        *_of_chatbot(),
        sa.Column("gap_id", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_gap_changes"),
    )
    op.create_index("ix_gap_changes_gap", "gap_changes", ["company_id", "chatbot_id", "gap_id"])
    op.create_table(
        "gap_lineage",
        *_of_chatbot(),
        sa.Column("gap_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("company_id", "chatbot_id", "gap_id", "kind", name="pk_gap_lineage"),
    )


def _of_chatbot() -> tuple[sa.Column[str], ...]:
    return sa.Column("company_id", sa.Text(), nullable=False), sa.Column(
        "chatbot_id", sa.Text(), nullable=False
    )
