"""The store's database: its schema, its migrations, and what it says when it cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from ftsdk.errors import FtsdkError
from ftsdk.runs.database import HEAD, RUNS, Database
from ftsdk.runs.store import Store
from ftsdk.runs.tables import METADATA
from tests.ftsdk.runs.made import plan_of

URL = "sqlite:///.ftsdk/state.db"


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    """A table changed without a migration, or the reverse, shows here."""
    database = Database(URL, tmp_path)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    database.close()


@pytest.mark.parametrize("version", ["0001", "0002", "0003"])
def test_a_store_of_every_earlier_version_keeps_its_rows(store_url: str, version: str) -> None:
    """Made as that version made it, with a run, an event, an effect and an alias in it; then opened by this one."""
    engine = create_engine(store_url.replace("postgresql://", "postgresql+psycopg://"))
    config = Config()
    config.set_main_option("script_location", RUNS.migrations)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        plan = plan_of().model_dump_json(by_alias=True)
        for statement in ROWS:
            connection.execute(text(statement), {"plan": plan})
    engine.dispose()
    database = Database(store_url, Path())
    store = Store(database)
    [row] = store.runs()
    assert (row.id, row.phase, row.data["job"], row.pause_requested) == ("r1", "train", "job-1", False)
    assert (store.plan("r1").name, store.events("r1")[0].text) == ("example", "job job-1 was created")
    assert store.aliases() == ("example@production",)
    assert store.claim("r1") is not None, "and it goes on"
    database.close()


ROWS = (
    "INSERT INTO runs (name, fingerprint, digest, phase, plan, data, created_at, updated_at, due_at) VALUES "
    "('example', 'ft1:0', 'sha256:0', 'train', :plan, '{\"job\": \"job-1\"}', 1.0, 2.0, 3.0)",
    "INSERT INTO events VALUES (1, 1, 1.5, 'phase', 'job job-1 was created', '{}')",
    "INSERT INTO effects VALUES ('create:k', 1, 'done', '{\"job\": \"job-1\"}', 1.5)",
    "INSERT INTO aliases VALUES ('example@production', 1, 1, '{}', 1.5)",
)


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    Database(URL, tmp_path).close()
    Database(URL, tmp_path).close()
    with sqlite3.connect(tmp_path / ".ftsdk/state.db") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    Database(URL, tmp_path).close()
    with sqlite3.connect(tmp_path / ".ftsdk/state.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(FtsdkError, match="schema 9999") as refused:
        Database(URL, tmp_path)
    assert "upgrade" in str(refused.value.help)


def test_several_processes_may_open_a_fresh_store_at_once(tmp_path: Path) -> None:
    """All of them wait for one migrator; none fails."""
    code = (
        "import sys, pathlib; from ftsdk.runs.database import Database;"
        f"Database({URL!r}, pathlib.Path(sys.argv[1])).close()"
    )
    openers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(4)]
    assert [opener.wait(60) for opener in openers] == [0, 0, 0, 0]


def test_the_database_keeps_what_it_has_committed_when_power_fails(tmp_path: Path) -> None:
    """WAL with synchronous=FULL: a commit is on the disk before it returns."""
    database = Database(URL, tmp_path)
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()


def test_a_file_in_the_place_of_the_state_directory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".ftsdk").write_text("not a directory")
    with pytest.raises(FtsdkError, match="cannot write the state directory") as refused:
        Database(URL, tmp_path)
    assert "spec.store.url" in str(refused.value.help)
