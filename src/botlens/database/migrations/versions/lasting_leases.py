"""How long the lease of a slot lasts, as its owner says: others wait for as long by their own clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; 0 is an owner of before, which has not said it."""
    column = sa.Column("lasts", sa.Double, nullable=False, server_default="0")
    op.add_column("slots", column, schema=op.get_context().version_table_schema)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("slots", "lasts", schema=op.get_context().version_table_schema)
