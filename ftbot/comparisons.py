"""What the bot knows of a comparison beside the library's figures: whether it was promoted, or turned down and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

import ftsdk
from ftbot.library import Library
from ftbot.screens.comparison import comparison_message
from ftbot.screens.standing import Standing
from ftbot.store.database import Store
from ftbot.store.tables import NOTES


class Comparisons:
    """Comparisons of runs as messages; what was decided is a row."""

    def __init__(self, store: Store, library: Library) -> None:
        self._store = store
        self._library = library

    async def message(self, run: ftsdk.Run, *, share: bool = False) -> dict[str, Any] | None:
        """The comparison of a run with what can be decided of it; None while there is none."""
        turned_down = await self._store.run(self._turned_down, run.id)
        return await self._library.ask(self._message, run, turned_down, share)

    def _message(self, run: ftsdk.Run, turned_down: dict[str, str], share: bool) -> dict[str, Any] | None:
        comparison = run.comparison
        if comparison is None:
            return None
        return comparison_message(comparison, run.id, share=share, standing=self._standing(run, turned_down))

    def _standing(self, run: ftsdk.Run, turned_down: dict[str, str]) -> Standing:
        declared = run.plan.spec.spec.promote
        if declared is None:
            return Standing()
        alias = f"{run.row.name}@{declared.alias}"
        stands = any(one.alias == alias and one.run == run.id for one in self._library.workspace.aliases())
        return Standing(alias, stands, turned_down.get("by", ""), turned_down.get("reason", ""))

    async def turn_down(self, run: str, by: str, reason: str) -> None:
        """Keep who turned a run's model down, and why; said again, the newest counts."""
        await self._store.run(self._keep, f"turned_down:{run}", {"by": by, "reason": reason})

    def _keep(self, name: str, value: dict[str, str]) -> None:
        with self._store.database.begin() as connection:
            if connection.execute(update(NOTES).where(NOTES.c.name == name).values(value=value)).rowcount == 0:
                connection.execute(NOTES.insert().values(name=name, value=value))

    def _turned_down(self, run: str) -> dict[str, str]:
        query = select(NOTES.c.value).where(NOTES.c.name == f"turned_down:{run}")
        with self._store.database.read() as connection:
            found: dict[str, str] | None = connection.execute(query).scalar()
            return found or {}
