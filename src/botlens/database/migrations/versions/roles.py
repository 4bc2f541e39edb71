"""Members are admins or viewers; who was a `member` may read, and so is a viewer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the role. An owner needs no row: the company names it."""
    members, companies = _tables()
    op.execute(members.update().where(members.c.role == "member").values(role="viewer"))
    own = sa.exists().where(companies.c.id == members.c.company_id, companies.c.owner == members.c.user_id)
    op.execute(members.delete().where(own))


def downgrade() -> None:
    """Everybody may read, as all could who were no owners."""
    members, _ = _tables()
    op.execute(members.update().values(role="member"))


def _tables() -> tuple[sa.TableClause, sa.TableClause]:
    schema = op.get_context().version_table_schema
    return (
        sa.table("members", sa.column("company_id"), sa.column("user_id"), sa.column("role"), schema=schema),
        sa.table("companies", sa.column("id"), sa.column("owner"), schema=schema),
    )
