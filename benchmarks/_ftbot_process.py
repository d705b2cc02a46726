"""A bot that can be killed often: this process has everything imported and forks one whenever it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import alembic.command  # noqa: F401  imported before the fork, so that a start costs no imports
import apscheduler.schedulers.asyncio  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401

from ftbot.http import serve
from ftbot.logs import configure
from ftbot.settings import load_settings


def bot() -> None:
    """The child: `ftbot serve` until it is killed."""
    settings = load_settings()
    configure("json", "ERROR", settings.secrets())
    asyncio.run(serve(settings, asyncio.Event()))


def main() -> None:
    """Obey lines: ``start`` forks a bot, ``kill`` kills it; each is answered with a line."""
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if child == 0:
                bot()
                return
        elif child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            child = 0
        print("done", flush=True)


if __name__ == "__main__":
    main()
