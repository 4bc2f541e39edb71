"""Which shards a node does not reach, as it says: others keep the slots that it could do nothing with."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; `?` is what a node of before says, which does not name the column."""
    column = sa.Column("closed", sa.Text, nullable=False, server_default="?")
    op.add_column("nodes", column, schema=op.get_context().version_table_schema)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("nodes", "closed", schema=op.get_context().version_table_schema)
