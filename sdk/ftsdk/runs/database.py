"""A store's database: opening and migrating it, its transactions and its clock, and its errors as sentences."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event, inspect, literal_column, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from ftsdk.errors import ExtraMissing, FtsdkError, StoreRefused, StoreUnreachable, UsageError

HEAD = "0004"
BUSY_MILLISECONDS = 30_000
CONNECT_SECONDS = 10
MIGRATION_LOCK = 4_675_443

# One moment a statement: a time that may change within a statement would be compared row by row, past every index.
NOW = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "extract(epoch from statement_timestamp())::float8",
}


class Schema(NamedTuple):
    """Tables that are migrated together: where their migrations are, the newest one, and where it is noted down."""

    migrations: str
    head: str
    version_table: str


RUNS = Schema("ftsdk.runs:migrations", HEAD, "alembic_version")


class Database:
    """One database with the newest schema. Safe to use from several threads.

    ``url`` is a SQLAlchemy URL of SQLite or PostgreSQL; relative sqlite paths start at ``root``. ``now`` is an
    expression for the database's own time in Unix seconds: processes on several hosts agree on it. Two schemas may
    share a database. Raises UsageError for another kind of URL, ExtraMissing without psycopg, FtsdkError when the
    directory cannot be written or the schema is newer than this code, StoreUnreachable when no server answers.
    """

    def __init__(self, url: str, root: Path, schema: Schema = RUNS) -> None:
        self._engine = _engine(url, root)
        self.dialect = self._engine.dialect.name
        self.shown = self._engine.url.render_as_string(hide_password=True)
        self.now: Any = literal_column(NOW[self.dialect])
        with explained(self.shown):
            migrate(self._engine, schema)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes; committed at the end, rolled back by any exception."""
        with explained(self.shown), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads; it never waits for writers."""
        with explained(self.shown), self._engine.execution_options(reads=True).begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _engine(url: str, root: Path) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in NOW:
        raise UsageError(
            "the store is neither SQLite nor PostgreSQL",
            help="write spec.store.url in ftsdk.yaml as sqlite:///.ftsdk/state.db or postgresql://user@host/database",
        )
    if parsed.get_backend_name() == "postgresql":
        return _postgres(parsed.set(drivername="postgresql+psycopg"))
    parsed = parsed.set(drivername="sqlite")  # whatever driver was named: this code knows one
    if parsed.database and not Path(parsed.database).is_absolute():
        parsed = parsed.set(database=str(root / parsed.database))
    _make_directory(Path(parsed.database or "").parent)
    engine = create_engine(parsed)
    _set_pragmas(engine)
    return engine


def _postgres(url: Any) -> Engine:
    try:
        # A connection that a restarted server closed is replaced before it is used, not found broken by a phase.
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS})
    except ModuleNotFoundError as error:
        raise ExtraMissing("a PostgreSQL store", "postgres") from error


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        ignore = directory / ".gitignore"
        if directory.name == ".ftsdk" and not ignore.exists():
            ignore.write_text("*\n")
    except OSError as error:
        raise FtsdkError(
            f"cannot write the state directory {directory}: {error.strerror}",
            help="make it writable, or name another store in ftsdk.yaml (spec.store.url)",
        ) from error


def _set_pragmas(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy begins; pysqlite must not begin on its own
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes its lock at once, so that two that read first and write later cannot deadlock.
        reads = connection.get_execution_options().get("reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def migrate(engine: Engine, schema: Schema = RUNS) -> None:
    """Bring the schema to its head; under a lock, so that several processes may start at once."""
    if _is_current(engine, schema):
        return
    with engine.begin() as connection:  # BEGIN IMMEDIATE on SQLite: one migrator at a time
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        version = _version(connection, schema)
        if version == schema.head:
            return
        if version is not None and version > schema.head:
            raise FtsdkError(
                f"the store has schema {version}; this ftsdk knows {schema.head} and older. Nothing was changed",
                help="upgrade ftbot to the version that wrote the store",
            )
        _upgrade(connection, schema)


def _is_current(engine: Engine, schema: Schema) -> bool:
    """Asked first and without a lock: a store that only needs reading may be on a read-only disk."""
    with engine.execution_options(reads=True).begin() as connection:
        return _version(connection, schema) == schema.head


def _version(connection: Connection, schema: Schema) -> str | None:
    if not inspect(connection).has_table(schema.version_table):
        return None
    return connection.execute(text(f"SELECT version_num FROM {schema.version_table}")).scalar()


def _upgrade(connection: Connection, schema: Schema) -> None:
    from alembic import command
    from alembic.config import Config

    log = logging.getLogger("alembic")
    if log.level == logging.NOTSET:  # who lets libraries tell what they do did not ask how tables are made
        log.setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", schema.migrations)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what a database says into a sentence with a next step; the transaction was rolled back."""
    try:
        yield
    except DBAPIError as error:
        known = _explain(url, error)
        if known is None:
            raise
        raise known from error


def _explain(url: str, error: DBAPIError) -> FtsdkError | None:
    said = str(error.orig)
    if "locked" in said:
        return StoreRefused(
            f"the store {url} is locked by another process for over {BUSY_MILLISECONDS // 1000} s; nothing was lost",
            help="wait for it, or find it with `fuser` on the database file, then give the same command again",
        )
    if "is full" in said or "No space left" in said:
        return StoreRefused(
            f"the disk of the store {url} is full; the last change was not recorded, nothing else was lost",
            help="free some space and give the same command again",
        )
    if "disk I/O error" in said:
        return StoreRefused(
            f"the disk of the store {url} refused to read or write; the last change was not recorded",
            help="look whether the disk is full, over its quota or failing, then give the same command again",
        )
    if "readonly" in said or "unable to open" in said or "read-only" in said:
        return StoreRefused(
            f"the store {url} cannot be written: {said}; nothing was changed",
            help="make the file and its directory writable, or name another store in ftsdk.yaml",
        )
    if "not a database" in said or "malformed" in said:
        return StoreRefused(
            f"the store {url} is damaged or no database: {said}; nothing was changed",
            help="restore it from a backup; jobs that it knew are found again at their providers by their keys",
        )
    if error.connection_invalidated or (isinstance(error, OperationalError) and url.startswith("postgresql")):
        return StoreUnreachable(
            f"the store {url} does not answer: {said.splitlines()[0] if said else 'no reason given'}",
            help="look whether the server runs and the URL in ftsdk.yaml is right; runs go on when it is back",
        )
    return None
