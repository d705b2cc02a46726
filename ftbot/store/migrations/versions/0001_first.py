"""Inbox, outbox, drafts, cards and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the five tables."""
    _inbox()
    _outbox()
    op.create_table(
        "ftbot_drafts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("pages", sa.JSON, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
    )
    op.create_index("ftbot_drafts_person", "ftbot_drafts", ["person", "updated_at"])
    op.create_table(
        "ftbot_cards",
        sa.Column("run", sa.String(30), primary_key=True),
        sa.Column("channel", sa.String(40), primary_key=True),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("ended", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "ftbot_notes",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )


def _inbox() -> None:
    op.create_table(
        "ftbot_inbox",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(255), nullable=False, unique=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("answer", sa.JSON, nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("owner", sa.String(200), nullable=True),
        sa.Column("lease_until", sa.Float, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ftbot_inbox_open", "ftbot_inbox", ["state", "due_at"])
    op.create_index("ftbot_inbox_person", "ftbot_inbox", ["person", "received_at"])


def _outbox() -> None:
    op.create_table(
        "ftbot_outbox",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("target", sa.String(12), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("address", sa.Text, nullable=True),
        sa.Column("thread", sa.String(200), nullable=True),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sent_digest", sa.String(64), nullable=True),
        sa.Column("sent_channel", sa.String(40), nullable=True),
        sa.Column("ts", sa.String(40), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("rung", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("urgent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("sent_at", sa.Float, nullable=True),
        sa.Column("owner", sa.String(200), nullable=True),
        sa.Column("lease_until", sa.Float, nullable=False, server_default="0"),
        sa.Column("fence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ftbot_outbox_open", "ftbot_outbox", ["state", "due_at"])
    op.create_index("ftbot_outbox_thread", "ftbot_outbox", ["thread"])
