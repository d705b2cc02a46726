"""The library as the bot uses it: one workspace, asked in threads, so that a slow disk holds up no acknowledgement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import ParamSpec, TypeVar

import ftsdk

Asked = ParamSpec("Asked")
Got = TypeVar("Got")


class Library:
    """`ftsdk` on the workspace at ``root``; opened when it is first asked."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._set_aside: ftsdk.Workspace | None = None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="ftbot-library")

    @cached_property
    def workspace(self) -> ftsdk.Workspace:
        """The workspace; raises UsageError when there is no ftsdk.yaml at its place or above."""
        return ftsdk.open(self._root)

    async def reopen(self) -> None:
        """Open the workspace anew when it is next asked.

        Whoever uses the old one goes on with it: it is closed when the next one is set aside.
        """
        before, self._set_aside = self._set_aside, self.__dict__.pop("workspace", None)
        if before is not None:
            await self.ask(before.close)

    async def ask(self, function: Callable[Asked, Got], *args: Asked.args, **options: Asked.kwargs) -> Got:
        """Call a function that uses the workspace, in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*args, **options))

    def runs(self) -> tuple[ftsdk.Run, ...]:
        """All runs, newest first."""
        return self.workspace.runs()

    def find(self, named: str) -> ftsdk.Run:
        """A run by id, the newest run of a spec by its name, the newest of all for nothing.

        Raises UsageError when there is none.
        """
        if named[:1] in "rR" and named[1:].isdecimal():
            return self.workspace.run(named.casefold())
        runs = self.workspace.runs(named or None)
        if not runs:
            what = f"no run of a spec called {named[:60]!r}" if named else "no run yet"
            raise ftsdk.errors.UsageError(f"There is {what}.", help="/ft runs lists the runs")
        return runs[0]

    def starter(self, run: ftsdk.Run) -> str:
        """Whoever started a run: their Slack id where the project names one, else their name or account."""
        by = run.row.requested_by or ""
        name = self.workspace.people.of(by)
        return (self.workspace.people.slack(name) if name else None) or name or by

    def close(self) -> None:
        """Finish what is being asked and let go of the workspace."""
        self._threads.shutdown()
        for opened in (self._set_aside, self.__dict__.get("workspace")):
            if opened is not None:
                opened.close()
