"""How far a source has been brought in, and which of its rows were set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "followed_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger()),
        sa.Column("bulk_mark", sa.BigInteger()),
        sa.Column("ranges", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_followed_source"),
    )
    op.create_table(
        "set_aside",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Text()),
        sa.Column("chatbot_id", sa.Text()),
        sa.Column("waits_for", sa.Text()),
        sa.PrimaryKeyConstraint("entity", "key", name="pk_set_aside"),
    )
    op.create_index("ix_set_aside_company_id", "set_aside", ["company_id"])
    op.create_index("ix_set_aside_waits_for", "set_aside", ["waits_for"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("set_aside")
    op.drop_table("followed_source")
