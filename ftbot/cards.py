"""One card a run, edited in place: looks at the runs, and wants a card where one has moved on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, update

from ftbot.comparisons import Comparisons
from ftbot.library import Library
from ftbot.merged import Merges
from ftbot.outbox import Outbox, Wanted
from ftbot.pace import EDITS
from ftbot.screens.card import ENDS, CardState, card, card_state, event_line
from ftbot.store.database import Store
from ftbot.store.tables import CARDS, NOTES

# chat.update is tier 3; forty edits a minute in all stay below it.
LEAST_SECONDS = 15.0
EDITS_A_MINUTE = 40.0
SINCE = "cards_since"


class Seen(NamedTuple):
    """What a card shows: the run as it was at ``seen_at``; whether it had ended, whether the card is muted."""

    seen_at: float
    ended: bool
    muted: bool


UNSEEN = Seen(0.0, False, False)


class Cards:
    """Cards of the workspace's runs in one channel; none when there is no channel."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        library: Library,
        comparisons: Comparisons,
        merges: Merges,
        channel: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._library = library
        self._comparisons = comparisons
        self._merges = merges
        self._channel = channel
        self._clock = clock
        self._drawn: dict[str, float] = {}

    async def look(self) -> int:
        """Want the card of every run that moved on; returns how many messages are wanted."""
        if not self._channel:
            return 0
        runs = await self._library.ask(self._rows)
        seen = await self._store.run(self._seen)
        since = await self._store.run(self._since)
        every = wait_seconds(sum(row.phase not in ENDS for row in runs))
        moved = [row for row in runs if _moved(row, seen.get(row.id), since) and self._due(row, every)]
        wanted = 0
        for row in moved:
            known = seen.get(row.id, UNSEEN)
            messages = await self._library.ask(self._messages, row.id, every, known.muted)
            if known.ended:  # it had ended and goes on: what its card says is wrong, not only old
                messages = tuple(one._replace(urgent=True) for one in messages)
            if row.phase in ENDS and not known.muted:
                messages += await self._comparison(row.id)
            await self._store.run(self._keep, row, messages)
            wanted += len(messages)
        return wanted

    async def redrawn(self, run: str) -> tuple[Wanted, ...]:
        """A run's card as it is now, to be sent at once: somebody clicked on it, and waits."""
        if not self._channel:
            return ()
        known = (await self._store.run(self._seen)).get(run, UNSEEN)
        card_, *_replies = await self._library.ask(self._messages, run, 0.0, known.muted)
        return (card_._replace(urgent=True),)

    async def mute(self, run: str, *, muted: bool) -> bool:
        """Let a run's card stand still until the run has ended, or no more; False when it has none here."""
        return await self._store.run(self._mute, run, muted)

    def _mute(self, run: str, muted: bool) -> bool:
        here = (CARDS.c.run == run) & (CARDS.c.channel == self._channel)
        with self._store.database.begin() as connection:
            # What moved meanwhile is drawn as soon as the card may be.
            values = {"muted": 1} if muted else {"muted": 0, "seen_at": 0.0}
            return bool(connection.execute(update(CARDS).where(here).values(**values)).rowcount)

    def _due(self, row: Any, every: float) -> bool:
        """Whether it is worth drawing: not more often than the card may be edited, but the end at once."""
        now = self._clock()
        if row.phase not in ENDS and now - self._drawn.get(row.id, -every) < every:
            return False
        self._drawn[row.id] = now
        if row.phase in ENDS:
            del self._drawn[row.id]
        return True

    def _rows(self) -> list[Any]:
        return [run.row for run in self._library.runs()]

    def _messages(self, run: str, every: float, muted: bool) -> tuple[Wanted, ...]:
        found = self._library.workspace.run(run)
        state = card_state(found, self._library.starter(found))._replace(source=self._source(run), muted=muted)
        wanted = [self._card(state, every)]
        if state.phase in ENDS and not muted:
            wanted.append(self._reply(state, "ended", event_line(state)))
        return tuple(wanted)

    async def _comparison(self, run: str) -> tuple[Wanted, ...]:
        found = await self._library.ask(self._library.workspace.run, run)
        body = await self._comparisons.message(found)
        if body is None:
            return ()
        key, parent = comparison_key(run, self._channel), card_key(run, self._channel)
        return (Wanted(key=key, channel=self._channel, body=body, thread=parent),)

    def _card(self, state: CardState, every: float) -> Wanted:
        return Wanted(
            key=card_key(state.run, self._channel),
            channel=self._channel,
            body=card(state),
            every=every,
            urgent=state.phase in ENDS,
        )

    def _reply(self, state: CardState, what: str, body: dict[str, Any]) -> Wanted:
        parent = card_key(state.run, self._channel)
        return Wanted(key=f"{parent}:{what}", channel=self._channel, body=body, thread=parent)

    # -- rows -----------------------------------------------------------------------------------------------------

    def _source(self, run: str) -> str:
        """Where a run came from, as was kept with its card, or as its merge says."""
        here = (CARDS.c.run == run) & (CARDS.c.channel == self._channel)
        with self._store.database.read() as connection:
            kept = connection.execute(select(CARDS.c.source).where(here)).scalar()
            return str(kept or self._merges.source(connection, run))

    def _seen(self) -> dict[str, Seen]:
        query = select(CARDS).where(CARDS.c.channel == self._channel)
        with self._store.database.read() as connection:
            return {row.run: Seen(row.seen_at, bool(row.ended), bool(row.muted)) for row in connection.execute(query)}

    def _since(self) -> float:
        """When the bot first looked: runs that had ended before it get no card."""
        with self._store.database.begin() as connection:
            known = connection.execute(select(NOTES.c.value).where(NOTES.c.name == SINCE)).scalar()
            if known is None:
                known = connection.execute(select(self._store.now)).scalar_one()
                connection.execute(NOTES.insert().values(name=SINCE, value=known))
            return float(known)

    def _keep(self, row: Any, messages: tuple[Wanted, ...]) -> None:
        with self._store.database.begin() as connection:
            for wanted in messages:
                self._outbox.want(connection, wanted)
            self._note(connection, row)

    def _note(self, connection: Connection, row: Any) -> None:
        values: dict[str, Any] = {"seen_at": row.updated_at, "ended": int(row.phase in ENDS)}
        source = self._merges.source(connection, row.id)
        values |= {"source": source} if source else {}
        here = (CARDS.c.run == row.id) & (CARDS.c.channel == self._channel)
        if connection.execute(update(CARDS).where(here).values(**values)).rowcount == 0:
            connection.execute(CARDS.insert().values(run=row.id, channel=self._channel, **values))


def _moved(row: Any, seen: Seen | None, since: float) -> bool:
    if seen is None:
        return bool(row.phase not in ENDS or row.updated_at >= since)
    if row.phase in ENDS:
        return not seen.ended  # what has ended is left as it is; a run that is retried has not
    return bool(row.updated_at > seen.seen_at) and not seen.muted


def card_key(run: str, channel: str) -> str:
    """The name of a run's card in the outbox."""
    return f"run:{run}:card:{channel}"


def comparison_key(run: str, channel: str) -> str:
    """The name of the comparison under a run's card."""
    return f"{card_key(run, channel)}:comparison"


def edit_seconds(active: int) -> float:
    """Within how many seconds the newest state of a run is shown while so many are active."""
    return max(LEAST_SECONDS, active * 60.0 / EDITS_A_MINUTE)


def wait_seconds(active: int) -> float:
    """The least time between two edits of one card: a tenth below its share, so that no edit that may be made is lost.

    Which card goes first is the outbox's: the one that stood unchanged for the longest time.
    """
    return max(LEAST_SECONDS, 0.9 * active * 60.0 / EDITS)
