"""What is being erased, who runs which job, and how long a company keeps its conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables and a column."""
    # ALTER is not translated to the schema that the tables are in, as CREATE is.
    op.add_column("companies", sa.Column("retention_days", sa.Integer), schema=_schema())
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("chatbot_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_company_id", "erasures", ["company_id"])
    op.create_table(
        "leases",
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("done_at", sa.Double),
        sa.PrimaryKeyConstraint("job", name="pk_leases"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("leases")
    op.drop_table("erasures")
    op.drop_column("companies", "retention_days", schema=_schema())


def _schema() -> str | None:
    return op.get_context().version_table_schema
