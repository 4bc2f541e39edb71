"""Slots that are moved between shards, and what of them still lies where they were."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables."""
    op.create_table(
        "slot_moves",
        sa.Column("slot", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("target", sa.Integer, nullable=False),
        sa.Column("begun", sa.Double, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("said", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("slot", name="pk_slot_moves"),
    )
    op.create_table(
        "slot_remains",
        sa.Column("slot", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("shard", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("erased", sa.Double, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("slot", "shard", name="pk_slot_remains"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("slot_remains")
    op.drop_table("slot_moves")
