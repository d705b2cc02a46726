"""The plan that people were asked to agree to, so that a later one can say what moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the plan; what was asked for before has none."""
    op.add_column("approvals", sa.Column("plan", sa.Text, nullable=True))
