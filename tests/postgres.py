"""A real PostgreSQL for tests: a server of its own in a temporary directory, on a Unix socket, gone afterwards."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

SERVER_USER = "postgres"  # initdb refuses to run as root, so root lends its server to this user


class PostgresServer:
    """A running server; `fresh` makes an empty database and gives its URL."""

    def __init__(self, programs: Path, home: Path) -> None:
        self._programs = programs
        self._home = home
        self._data = home / "data"
        self._run("initdb", "-D", str(self._data), "-U", "ft", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-k {self._home} -c listen_addresses='' -c max_connections=60"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._home / "log"), "-o", options, "start")

    def restart(self, how: str) -> None:
        """Stop it and start it again; ``fast`` ends what is under way in order, ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", how, "-w", "-l", str(self._home / "log"), "restart")

    def stop(self, how: str = "fast") -> None:
        """Stop it; ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", str(self._data), "-m", how, "-w", "stop")

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        import psycopg

        name = f"t{uuid4().hex}"
        with psycopg.connect(f"host={self._home} user=ft dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://ft@/{name}?host={self._home}"

    def _run(self, program: str, *arguments: str) -> None:
        lend = ["runuser", "-u", SERVER_USER, "--"] if getpass.getuser() == "root" else []
        command = [*lend, str(self._programs / program), *arguments]
        # A server keeps the pipes that it is born with: a captured pg_ctl would never be seen to end.
        with (self._home / "said").open("w") as said:
            subprocess.run(
                command,
                check=True,
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                cwd=self._home,
                env={**os.environ, "PGCTLTIMEOUT": "300"},
            )


def programs() -> Path | None:
    """Where initdb and pg_ctl are; None on a machine without PostgreSQL."""
    found = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return Path(found).parent if found else packaged[-1].parent if packaged else None


@contextmanager
def server(where: Path) -> Iterator[PostgresServer]:
    """A started server."""
    home = Path(tempfile.mkdtemp(prefix="ftsdk-pg-"))
    try:
        if getpass.getuser() == "root":
            shutil.chown(home, SERVER_USER)
        (home / "said").touch()
        os.chmod(home, 0o755)  # noqa: PTH101
        running = PostgresServer(where, home)
        running.start()
        try:
            yield running
        finally:
            running.stop("immediate")
    finally:
        shutil.rmtree(home, ignore_errors=True)
