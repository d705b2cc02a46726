"""After an advice: says when today's tables would change it, and asks once, thirty days later, what came of it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

import ftsdk
from ftbot.library import Library
from ftbot.outbox import Outbox, Wanted
from ftbot.screens.following import asked_message, changed_message
from ftbot.store.advices import LOOKED_EVERY, Advices, Kept
from ftbot.store.database import Store


class Following:
    """Looks at advices whose time has come; any number of replicas may, each thing is said once."""

    def __init__(self, store: Store, outbox: Outbox, library: Library, advices: Advices) -> None:
        self._store = store
        self._outbox = outbox
        self._library = library
        self._advices = advices

    async def look(self) -> int:
        """Say and ask what is due; returns how many messages are wanted."""
        wanted = 0
        for kept in await self._advices.due():
            now = await self._store.run(self._now)
            if kept.ask_at is not None and kept.ask_at <= now:
                wanted += await self._store.run(self._ask, kept)
            if kept.look_at is not None and kept.look_at <= now:
                found = await self._library.ask(rechecked, kept.record)
                wanted += await self._store.run(self._tell, kept, found)
        return wanted

    def _now(self) -> float:
        with self._store.database.read() as connection:
            return float(connection.execute(select(self._store.now)).scalar_one())

    def _ask(self, kept: Kept) -> int:
        body = asked_message(ftsdk.read_decision(kept.record.encode(), kept.draft), kept)
        with self._store.database.begin() as connection:
            if not self._advices.claim(connection, kept, "ask_at", ask_at=None):
                return 0
            self._outbox.want(connection, Wanted(asked_key(kept.draft), kept.person, body))
        return 1

    def _tell(self, kept: Kept, found: tuple[str, list[str]]) -> int:
        """A message in the thread of the advice when something differs that was not told yet."""
        today, differences = found
        news = [one for one in differences if one not in kept.told]
        later = {"look_at": self._store.now + LOOKED_EVERY, "told": differences}
        with self._store.database.begin() as connection:
            if not self._advices.claim(connection, kept, "look_at", **later):
                return 0
            if not news:
                return 0
            key = f"{kept.message}:changed:{int(kept.look_at or 0)}"
            thread = kept.message if self._outbox.knows(connection, kept.message) else None
            body = changed_message(kept.draft, today, news)
            self._outbox.want(connection, Wanted(key, kept.person, body, thread=thread))
        return 1


def rechecked(record: str) -> tuple[str, list[str]]:
    """What would be advised today on the facts of a record, and everything that differs."""
    found = ftsdk.recheck(ftsdk.read_decision(record.encode(), "the kept decision"), datetime.now(UTC).date())
    return found.today, list(found.differences)


def asked_key(draft: str) -> str:
    """The name of the question what came of an advice."""
    return f"advice:{draft}:asked"
