"""Opening a store's database: engine, pragmas, migrations, and database errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from ftsdk.errors import FtsdkError, StateLocked

HEAD = "0001"
BUSY_MILLISECONDS = 30_000


def open_engine(url: str, root: Path) -> Engine:
    """An engine on ``url`` with the newest schema; relative sqlite paths start at ``root``.

    Raises FtsdkError when the directory cannot be written or the schema is newer than this code.
    """
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        path = root / url.removeprefix("sqlite:///")
        _make_directory(path.parent)
        url = f"sqlite:///{path}"
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        _set_pragmas(engine)
    with explained(url):
        migrate(engine)
    return engine


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


def migrate(engine: Engine) -> None:
    """Bring the schema to `HEAD`; under a lock, so that several processes may start at once."""
    with engine.begin() as connection:  # BEGIN IMMEDIATE on SQLite: one migrator at a time
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(4675443)"))
        version = _version(connection)
        if version == HEAD:
            return
        if version is not None and version > HEAD:
            raise FtsdkError(
                f"the store has schema {version}; this ftsdk knows {HEAD} and older. Nothing was changed",
                help="upgrade ftbot to the version that wrote the store",
            )
        _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "ftsdk.runs:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what a database says into a sentence with a next step; the transaction was rolled back."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig)
        if "locked" in said:
            raise StateLocked(
                f"the store {url} is locked by another process for more than {BUSY_MILLISECONDS // 1000} s",
                help="wait for it, or find it with `fuser` on the database file",
            ) from error
        if "full" in said:
            raise FtsdkError(
                f"the disk of the store {url} is full; the last change was not recorded, nothing else was lost",
                help="free some space and give the same command again",
            ) from error
        if "readonly" in said or "unable to open" in said:
            raise FtsdkError(
                f"the store {url} cannot be written: {said}",
                help="make the file and its directory writable, or name another store in ftsdk.yaml",
            ) from error
        raise
