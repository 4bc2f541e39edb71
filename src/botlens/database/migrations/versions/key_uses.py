"""When API keys were last used."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make a column, which says nothing of keys that were used before."""
    column = sa.Column("last_used_at", sa.DateTime(timezone=True))
    op.add_column("api_keys", column, schema=op.get_context().version_table_schema)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("api_keys", "last_used_at", schema=op.get_context().version_table_schema)
