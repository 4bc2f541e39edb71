"""By which word each shard of a cluster is known, so that an empty database is not taken for one."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a shard of before gets its row when a node begins."""
    op.create_table(
        "shard_words",
        sa.Column("shard", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("shard", name="pk_shard_words"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("shard_words")
