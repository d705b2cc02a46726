"""Cards can be muted, and keep which pull request and commit their run came with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns."""
    op.add_column("ftbot_cards", sa.Column("muted", sa.Integer, nullable=False, server_default="0"))
    op.add_column("ftbot_cards", sa.Column("source", sa.String(100), nullable=False, server_default=""))
