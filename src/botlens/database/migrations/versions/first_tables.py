"""Companies, members, subscriptions, chatbots and API keys.

A migration says what was true on its day, so it spells the tables out and does not import the models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "companies",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_companies"),
    )
    op.create_index("ix_companies_owner", "companies", ["owner"])
    _create_members()
    _create_subscriptions()
    _create_chatbots()
    _create_api_keys()


def downgrade() -> None:
    """Drop them all."""
    for table in ("api_keys", "chatbots", "subscriptions", "members", "companies"):
        op.drop_table(table)


def _company(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=f"fk_{table}_company_id")


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("company_id", "user_id", name="pk_members"),
        _company("members"),
    )
    op.create_index("ix_members_user_id", "members", ["user_id"])


def _create_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        _company("subscriptions"),
    )
    op.create_index(
        "uq_subscriptions_current",
        "subscriptions",
        ["company_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_chatbots() -> None:
    op.create_table(
        "chatbots",
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("is_published", sa.Boolean, nullable=False),
        sa.Column("confidence_threshold", sa.Double, nullable=False),
        sa.Column("timezone", sa.Text),
        sa.Column("average_rating", sa.Double),
        sa.PrimaryKeyConstraint("company_id", "id", name="pk_chatbots"),
        _company("chatbots"),
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
        _company("api_keys"),
    )
    op.create_index("ix_api_keys_company_id", "api_keys", ["company_id"])
