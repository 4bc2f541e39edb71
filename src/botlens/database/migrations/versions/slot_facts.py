"""By which definition the facts of slots are kept, and how far those of other definitions are."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of slots what the only definition was that clusters had so far, of nodes nothing; make a table."""
    schema = op.get_context().version_table_schema
    facts = sa.Column("facts", sa.Integer, nullable=False, server_default="3")
    definition = sa.Column("definition", sa.Integer, nullable=False, server_default="0")
    op.add_column("slots", facts, schema=schema)
    op.add_column("nodes", definition, schema=schema)
    op.create_table(
        "slot_facts",
        sa.Column("slot", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("definition", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("upto", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("slot", "definition", name="pk_slot_facts"),
    )


def downgrade() -> None:
    """Drop them."""
    schema = op.get_context().version_table_schema
    op.drop_table("slot_facts")
    op.drop_column("nodes", "definition", schema=schema)
    op.drop_column("slots", "facts", schema=schema)
