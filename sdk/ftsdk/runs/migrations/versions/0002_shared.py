"""What several people and processes share: workers, slots, budgets, approvals and the audit chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the runs and add the shared tables."""
    _widen_runs()
    _add_clock()
    _add_budgets()
    _add_approvals()
    _add_audit()


def _widen_runs() -> None:
    op.add_column("runs", sa.Column("pause_requested", sa.Integer, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("requested_by", sa.String(200), nullable=True))
    op.add_column("runs", sa.Column("team", sa.String(63), nullable=True))
    live = sa.text("phase NOT IN ('done', 'failed', 'cancelled')")
    op.create_index("runs_due", "runs", ["due_at"], sqlite_where=live, postgresql_where=live)


def _add_clock() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("host", sa.String(130), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
    op.create_table(
        "slots",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("slot", sa.String(63), primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )


def _add_budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("team", sa.String(63), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "reservations",
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True),
        sa.Column("team", sa.String(63), primary_key=True),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("held", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=True),
    )


def _add_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.String(100), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("approvers", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    holding = sa.text("state IN ('open', 'approved')")
    op.create_index(
        "one_open_approval",
        "approvals",
        ["digest", "act"],
        unique=True,
        sqlite_where=holding,
        postgresql_where=holding,
    )
    op.create_table(
        "votes",
        sa.Column("approval", sa.Integer, sa.ForeignKey("approvals.number"), primary_key=True),
        sa.Column("person", sa.String(63), primary_key=True),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.UniqueConstraint("approval", "actor", name="one_vote_an_account"),
    )


def _add_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(63), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("prev", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    for statement in REFUSALS[op.get_bind().dialect.name]:
        op.execute(statement)


SQLITE = (
    "CREATE TRIGGER audit_no_{act} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
)
REFUSALS = {
    "sqlite": [SQLITE.format(act="update"), SQLITE.format(act="delete")],
    "postgresql": [
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ],
}
