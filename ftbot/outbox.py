"""The outbox: messages as they are wanted; the newest state wins, and what Slack has is brought to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, and_, delete, exists, func, or_, select, update

from ftbot.pace import Room
from ftbot.store.database import Store, is_free
from ftbot.store.tables import ADVICES, OUTBOX

LEASE_SECONDS = 60.0
KEPT_SECONDS = 90 * 24 * 3600.0

Body = dict[str, Any]
Target = Literal["message", "ephemeral", "response", "files"]
PLENTY = Room(10**6, 10**6)
OPEN = ("wanted", "sending", "ambiguous")


class Wanted(NamedTuple):
    """A message somebody should see.

    ``key`` is its name for good: the same key with another body edits the message. ``address`` is a response_url for
    target response, a user id for target ephemeral, otherwise who is told when it cannot be posted. ``thread`` is the
    key of the message that it answers (a message that is not ours is answered by ``thread_ts`` in the body).
    Target files uploads the body's ``files`` (name, text) into the thread, or says ``instead`` where it may not.
    ``every`` is the least time between two edits, in seconds; an ``urgent`` state does not wait for it.
    """

    key: str
    channel: str
    body: Body
    target: Target = "message"
    address: str | None = None
    thread: str | None = None
    every: float = 0.0
    urgent: bool = False


class Letter(NamedTuple):
    """A row that this process is to send; ``unsure`` when an earlier attempt may have reached Slack."""

    number: int
    key: str
    target: Target
    channel: str
    address: str | None
    parent_ts: str | None
    parent_channel: str | None
    body: Body
    digest: str
    ts: str | None
    sent_channel: str | None
    unsure: bool
    rung: int
    attempts: int
    urgent: bool
    created_at: float
    fence: int


class Outbox:
    """Desired messages as rows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # -- wanting --------------------------------------------------------------------------------------------------

    def want(self, connection: Connection, wanted: Wanted) -> None:
        """Say what a message should be, in the caller's transaction."""
        digest = digest_of(wanted.body)
        row = connection.execute(select(OUTBOX).where(OUTBOX.c.key == wanted.key)).one_or_none()
        if row is None:
            connection.execute(OUTBOX.insert().values(**self._new(wanted, digest)))
        elif row.digest != digest or row.state == "dead":
            connection.execute(
                update(OUTBOX).where(OUTBOX.c.number == row.number).values(**self._newer(row, wanted, digest))
            )

    def _new(self, wanted: Wanted, digest: str) -> dict[str, Any]:
        return {
            "key": wanted.key,
            "target": wanted.target,
            "channel": wanted.channel,
            "address": wanted.address,
            "thread": wanted.thread,
            "body": wanted.body,
            "digest": digest,
            "state": "wanted",
            "urgent": int(wanted.urgent),
            "created_at": self._store.now,
            "due_at": self._store.now,
        }

    def _newer(self, row: Row[Any], wanted: Wanted, digest: str) -> dict[str, Any]:
        values: dict[str, Any] = {"body": wanted.body, "digest": digest, "urgent": int(wanted.urgent)}
        if row.state == "sent":
            values |= {"state": "wanted", "due_at": row.sent_at + (0.0 if wanted.urgent else _patience(row, wanted))}
        elif row.state == "dead":  # somebody wants it again: the bot may have been invited meanwhile
            values |= {"state": "wanted", "due_at": self._store.now, "attempts": 0}
        elif row.state == "wanted" and wanted.urgent:
            values["due_at"] = self._store.now
        return values

    def knows(self, connection: Connection, key: str) -> bool:
        """Whether a message of this name was ever wanted, as far back as messages are kept."""
        return connection.execute(select(OUTBOX.c.number).where(OUTBOX.c.key == key)).first() is not None

    async def known(self, key: str) -> bool:
        """`knows`, in a transaction of its own."""
        return await self._store.run(self._known, key)

    def _known(self, key: str) -> bool:
        with self._store.database.read() as connection:
            return self.knows(connection, key)

    async def put(self, *wanted: Wanted) -> None:
        """Say what messages should be, in one transaction of their own."""
        await self._store.run(self._put, wanted)

    def _put(self, wanted: tuple[Wanted, ...]) -> None:
        with self._store.database.begin() as connection:
            for one in wanted:
                self.want(connection, one)

    # -- sending --------------------------------------------------------------------------------------------------

    async def claim(self, most: int = 20, room: Room = PLENTY) -> list[Letter]:
        """Take letters that are due: at most one for each channel, and none before an older one of its thread.

        No more edits than there is ``room`` for: what cannot be sent keeps its place.
        """
        return await self._store.run(self._claim, most, room)

    def _claim(self, most: int, room: Room) -> list[Letter]:
        with self._store.database.begin() as connection:
            now = connection.execute(select(self._store.now)).scalar_one()
            letters: dict[str, Letter] = {}
            edits = 0
            for row in connection.execute(_due(now, room).limit(20 * most)).all():
                place = row.address if row.target == "response" else row.channel
                if row.ts is not None and edits >= (room.urgent if row.urgent else room.edits):
                    continue
                if len(letters) < most and place not in letters and is_free(row, now):
                    edits += row.ts is not None
                    letter = self._lease(connection, row, now)
                    if letter is not None:
                        letters[place] = letter
            return list(letters.values())

    def _lease(self, connection: Connection, row: Row[Any], now: float) -> Letter | None:
        mine = and_(OUTBOX.c.number == row.number, OUTBOX.c.fence == row.fence)
        taken = {"owner": self._store.owner, "lease_until": now + LEASE_SECONDS, "fence": row.fence + 1}
        # An edit may be sent twice without harm; a first post that was under way may have been posted.
        state = {} if row.ts else {"state": "sending"}
        if connection.execute(update(OUTBOX).where(mine).values(**taken, **state)).rowcount != 1:
            return None
        return Letter(
            number=row.number,
            key=row.key,
            target=row.target,
            channel=row.channel,
            address=row.address,
            parent_ts=row.parent_ts,
            parent_channel=row.parent_channel,
            body=connection.execute(select(OUTBOX.c.body).where(OUTBOX.c.number == row.number)).scalar_one(),
            digest=row.digest,
            ts=row.ts,
            sent_channel=row.sent_channel,
            unsure=row.state in ("sending", "ambiguous"),
            rung=row.rung,
            attempts=row.attempts,
            urgent=bool(row.urgent),
            created_at=row.created_at,
            fence=row.fence + 1,
        )

    async def sent(self, letter: Letter, *, ts: str | None, channel: str | None, rung: int = 0) -> None:
        """Slack has it; a newer body that came meanwhile is wanted next."""
        await self._store.run(self._sent, letter, ts, channel, rung)

    def _sent(self, letter: Letter, ts: str | None, channel: str | None, rung: int) -> None:
        with self._store.database.begin() as connection:
            newer = connection.execute(select(OUTBOX.c.digest).where(OUTBOX.c.number == letter.number)).scalar_one()
            changed = newer != letter.digest and letter.target == "message"
            values = {"ts": ts, "sent_channel": channel, "sent_digest": letter.digest, "sent_at": self._store.now}
            state = {"state": "wanted" if changed else "sent", "attempts": 0, "rung": rung, "error": None}
            self._give_back(connection, letter, values | state)

    async def later(self, letter: Letter, seconds: float, error: str, *, state: str = "wanted", **values: Any) -> None:
        """Try again in ``seconds``; ``state`` is ambiguous when Slack may have it, dead when it never will."""
        attempts = letter.attempts + (error != "")
        changes = {
            "state": state,
            "due_at": self._store.now + seconds,
            "error": error[:500] or None,
            "attempts": attempts,
        }
        await self._store.run(self._change, letter, changes | values)

    def _change(self, letter: Letter, values: dict[str, Any]) -> None:
        with self._store.database.begin() as connection:
            self._give_back(connection, letter, values)

    def _give_back(self, connection: Connection, letter: Letter, values: dict[str, Any]) -> None:
        mine = and_(OUTBOX.c.number == letter.number, OUTBOX.c.fence == letter.fence)
        connection.execute(update(OUTBOX).where(mine).values(owner=None, lease_until=0.0, **values))

    # -- looking and forgetting -----------------------------------------------------------------------------------

    async def lag(self) -> float:
        """Seconds that the oldest due letter has been waiting; 0 when none is."""
        return await self._store.run(self._lag)

    def _lag(self) -> float:
        query = select(self._store.now - func.min(OUTBOX.c.due_at)).where(OUTBOX.c.state.in_(OPEN))
        with self._store.database.read() as connection:
            return max(0.0, float(connection.execute(query).scalar() or 0.0))

    async def open(self) -> int:
        """How many messages are not sent."""
        return await self._store.run(self._open)

    def _open(self) -> int:
        with self._store.database.read() as connection:
            return int(connection.execute(select(func.count()).where(OUTBOX.c.state.in_(OPEN))).scalar_one())

    async def release(self) -> None:
        """Give back what this process holds; a first post that was under way stays one that may have been posted."""
        await self._store.run(self._release)

    def _release(self) -> None:
        with self._store.database.begin() as connection:
            mine = OUTBOX.c.owner == self._store.owner
            connection.execute(update(OUTBOX).where(mine).values(owner=None, lease_until=0.0))

    async def forget(self) -> int:
        """Delete what nobody will look at again; returns how many rows."""
        return await self._store.run(self._forget)

    def _forget(self) -> int:
        old = and_(OUTBOX.c.state.in_(("sent", "dead")), OUTBOX.c.created_at < self._store.now - KEPT_SECONDS)
        old = and_(old, ~exists().where(ADVICES.c.message == OUTBOX.c.key))  # its thread goes on
        answered = and_(OUTBOX.c.target != "message", OUTBOX.c.created_at < self._store.now - 24 * 3600.0)
        with self._store.database.begin() as connection:
            return int(connection.execute(delete(OUTBOX).where(or_(old, answered))).rowcount)


def _patience(row: Row[Any], wanted: Wanted) -> float:
    """Seconds between two edits; the first comes earlier, each at another time, so that cards do not move in step."""
    if row.fence > 1:
        return wanted.every
    return wanted.every * int(hashlib.sha256(wanted.key.encode()).hexdigest()[:8], 16) / 2**32


def _due(now: float, room: Room) -> Any:
    """Open rows whose time has come, whose parent is there, and that no older one of the thread holds up.

    What is new comes first, then what has stood unchanged for the longest time.
    """
    parent, older = OUTBOX.alias(), OUTBOX.alias()
    held_up = exists().where(
        older.c.thread == OUTBOX.c.thread,
        older.c.number < OUTBOX.c.number,
        older.c.ts.is_(None),
        older.c.state.in_(OPEN),
    )
    return (
        select(
            *(column for column in OUTBOX.c if column.name != "body"),
            parent.c.ts.label("parent_ts"),
            parent.c.sent_channel.label("parent_channel"),
        )
        .outerjoin(parent, parent.c.key == OUTBOX.c.thread)
        .where(OUTBOX.c.state.in_(OPEN), OUTBOX.c.due_at <= now)
        .where(or_(OUTBOX.c.thread.is_(None), parent.c.ts.is_not(None)), ~held_up)
        .where(*_fits(room))
        .order_by(OUTBOX.c.urgent.desc(), func.coalesce(OUTBOX.c.sent_at, 0.0), OUTBOX.c.due_at, OUTBOX.c.number)
    )


def _fits(room: Room) -> list[Any]:
    """Leaves out edits for which there is no room at all, so that they hide nothing behind them."""
    if room.edits > 0:
        return []
    return [or_(OUTBOX.c.ts.is_(None), OUTBOX.c.urgent == 1) if room.urgent > 0 else OUTBOX.c.ts.is_(None)]


def digest_of(body: Body) -> str:
    """What a body is known by; equal bodies are not sent twice."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def writes(outbox: Outbox, wanted: tuple[Wanted, ...]) -> Callable[[Connection], None]:
    """A function that wants these messages in somebody else's transaction."""

    def write(connection: Connection) -> None:
        for one in wanted:
            outbox.want(connection, one)

    return write
