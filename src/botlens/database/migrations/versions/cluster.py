"""Several processes: who has which companies, and the commits that the event store does not have yet."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make six tables."""
    op.create_table(
        "cluster",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("shards", sa.Integer, nullable=False),
        sa.Column("secret", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_cluster"),
    )
    op.create_table(
        "nodes",
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("seen", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("instance", name="pk_nodes"),
    )
    op.create_table(
        "slots",
        sa.Column("slot", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("slot", name="pk_slots"),
    )
    op.create_table(
        "journal",
        sa.Column("slot", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("written", sa.Double, nullable=False),
        sa.Column("frame", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("slot", "epoch", "seq", name="pk_journal"),
    )
    op.create_table(
        "intentions",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("chatbot_id", sa.Text, nullable=False),
        sa.Column("slot", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("kind", "company_id", "chatbot_id", name="pk_intentions"),
    )
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.execute(sa.text(f"INSERT INTO {'botlens.' if _is_a_server() else ''}changes VALUES (1, 0)"))
    op.create_index("ix_intentions_slot", "intentions", ["slot"])
    if _is_a_server():  # whoever writes it packs it
        op.execute("ALTER TABLE botlens.journal ALTER COLUMN frame SET STORAGE EXTERNAL")


def _is_a_server() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def downgrade() -> None:
    """Drop them."""
    for table in ("changes", "intentions", "journal", "slots", "nodes", "cluster"):
        op.drop_table(table)
