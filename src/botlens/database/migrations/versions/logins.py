"""Login links, and who is logged in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "login_links",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("company_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_login_links"),
        sa.UniqueConstraint("digest", name="uq_login_links_digest"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_login_links_company_id"),
    )
    op.create_index("ix_login_links_company_id", "login_links", ["company_id"])
    op.create_table(
        "login_sessions",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("company_id", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_login_sessions"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_login_sessions_company_id"),
    )
    op.create_index("ix_login_sessions_user_id", "login_sessions", ["user_id"])
    op.create_index("ix_login_sessions_company_id", "login_sessions", ["company_id"])


def downgrade() -> None:
    """Drop them: everybody is logged out."""
    op.drop_table("login_sessions")
    op.drop_table("login_links")
