"""The tables of the store; the migrations beside this module make them. Money is whole micro-dollars, times Unix."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()

LIVE = text("phase NOT IN ('done', 'failed', 'cancelled')")

RUNS = Table(
    "runs",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("name", String(63), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("digest", String(80), nullable=False),
    Column("phase", String(32), nullable=False),
    Column("plan", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("failure", JSON, nullable=True),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("cancel_requested", Integer, nullable=False, server_default="0"),
    Column("owner", String(200), nullable=True),
    Column("lease_until", Float, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("pause_requested", Integer, nullable=False, server_default="0"),
    Column("requested_by", String(200), nullable=True),
    Column("team", String(63), nullable=True),
    # One live run a spec: the database itself refuses the second of two applies that race.
    Index("one_live_run", "name", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    Index("runs_by_fingerprint", "fingerprint"),
    Index("runs_due", "due_at", sqlite_where=LIVE, postgresql_where=LIVE),
    sqlite_autoincrement=True,
)

EVENTS = Table(
    "events",
    METADATA,
    Column("run", Integer, ForeignKey("runs.number"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("data", JSON, nullable=False),
)

EFFECTS = Table(
    "effects",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("run", Integer, ForeignKey("runs.number"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("result", JSON, nullable=True),
    Column("at", Float, nullable=False),
)

ALIASES = Table(
    "aliases",
    METADATA,
    Column("alias", String(130), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("run", Integer, ForeignKey("runs.number"), nullable=False),
    Column("document", Text, nullable=False),
    Column("at", Float, nullable=False),
)

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("host", String(130), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("started_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)

SLOTS = Table(
    "slots",
    METADATA,
    Column("name", String(63), primary_key=True),
    Column("slot", String(63), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("at", Float, nullable=False),
)

PACES = Table(
    "paces",
    METADATA,
    Column("connection", String(63), primary_key=True),
    Column("next_at", Float, nullable=False),
)

BUDGETS = Table(
    "budgets",
    METADATA,
    Column("team", String(63), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("held", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
)

RESERVATIONS = Table(
    "reservations",
    METADATA,
    Column("run", Integer, ForeignKey("runs.number"), primary_key=True),
    Column("team", String(63), primary_key=True),
    Column("month", String(7), nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=True),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(100), nullable=False),
    Column("act", String(32), nullable=False),
    Column("name", String(63), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("needed", Integer, nullable=False),
    Column("approvers", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("plan", Text, nullable=True),
    Index(
        "one_open_approval",
        "digest",
        "act",
        unique=True,
        sqlite_where=text("state IN ('open', 'approved')"),
        postgresql_where=text("state IN ('open', 'approved')"),
    ),
    sqlite_autoincrement=True,
)

VOTES = Table(
    "votes",
    METADATA,
    Column("approval", Integer, ForeignKey("approvals.number"), primary_key=True),
    Column("person", String(63), primary_key=True),
    Column("decision", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("approval", "actor", name="one_vote_an_account"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(63), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
