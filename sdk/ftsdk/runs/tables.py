"""The tables of the store; the migrations beside this module make them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

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
    # One live run a spec: the database itself refuses the second of two applies that race.
    Index("one_live_run", "name", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    Index("runs_by_fingerprint", "fingerprint"),
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
