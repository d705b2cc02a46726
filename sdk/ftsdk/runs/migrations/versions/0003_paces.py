"""When each connection may be asked next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the turns."""
    op.create_table(
        "paces",
        sa.Column("connection", sa.String(63), primary_key=True),
        sa.Column("next_at", sa.Float, nullable=False),
    )
