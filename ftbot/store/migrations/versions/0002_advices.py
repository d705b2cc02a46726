"""Advices that live on: what came of them is asked, and changed tables are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "ftbot_advices",
        sa.Column("draft", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("message", sa.String(200), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("advised_at", sa.Float, nullable=False),
        sa.Column("ask_at", sa.Float, nullable=True),
        sa.Column("look_at", sa.Float, nullable=True),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("did", sa.String(40), nullable=False, server_default=""),
        sa.Column("outcome", sa.String(10), nullable=False, server_default=""),
    )
    op.create_index("ftbot_advices_ask", "ftbot_advices", ["ask_at"])
    op.create_index("ftbot_advices_look", "ftbot_advices", ["look_at"])
