"""What people keep of the page: markers, saved views, embed links and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make four tables."""
    op.create_table(
        "markers",
        *_of_company(),
        sa.Column("chatbot_id", sa.Text),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("link", sa.Text),
        *_by("markers"),
    )
    op.create_table(
        "views",
        *_of_company(),
        sa.Column("chatbot_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        *_by("views"),
    )
    _create_embed_links()
    for table in ("markers", "views", "embed_links"):
        op.create_index(f"ix_{table}_company_id", table, ["company_id"])
    op.create_table(
        "embed_tokens",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("chatbot_id", sa.Text, nullable=False),
        sa.Column("link_id", sa.Text, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_embed_tokens"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_embed_tokens_company_id"),
        sa.ForeignKeyConstraint(["link_id"], ["embed_links.id"], name="fk_embed_tokens_link_id"),
    )
    op.create_index("ix_embed_tokens_link_id", "embed_tokens", ["link_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("embed_tokens", "embed_links", "views", "markers"):
        op.drop_table(table)


def _create_embed_links() -> None:
    op.create_table(
        "embed_links",
        *_of_company(),
        sa.Column("chatbot_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("first_day", sa.Text),
        sa.Column("last_day", sa.Text),
        sa.Column("history_days", sa.Integer),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("accent", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("origins", sa.Text, nullable=False),
        sa.Column("transcripts", sa.Boolean, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("revoked_at", _MOMENT),
        sa.UniqueConstraint("digest", name="uq_embed_links_digest"),
        *_by("embed_links"),
    )


def _of_company() -> tuple[sa.Column[str], ...]:
    return sa.Column("id", sa.Text, nullable=False), sa.Column("company_id", sa.Text, nullable=False)


def _by(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=f"fk_{table}_company_id"),
    )
