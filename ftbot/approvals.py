"""What waits for somebody to agree: one message in the channel, one to each who may decide, all kept up to date."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection

import ftsdk
from ftbot.library import Library
from ftbot.outbox import Outbox, Wanted
from ftbot.screens.approval import Asked, Somebody, approval_message, decided_note, reminder
from ftbot.store.database import Store

REMIND_SECONDS = 4 * 3600.0
# What was decided longer ago than this is not looked at again.
LOOKED_BACK_SECONDS = 7 * 24 * 3600.0


class ApprovalDesk:
    """Approvals of the workspace as messages; ``clock`` is Unix seconds."""

    def __init__(
        self, store: Store, outbox: Outbox, library: Library, channel: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._library = library
        self._channel = channel
        self._clock = clock

    async def look(self) -> int:
        """Want the messages of every approval that is open or was decided lately; returns how many are wanted."""
        wanted = [self.messages(asked) for asked in await self._library.ask(self._recent)]
        return await self._store.run(self._keep, wanted)

    def _recent(self) -> list[Asked]:
        since = self._clock() - LOOKED_BACK_SECONDS
        found = self._library.workspace.approvals.list(open_only=False)
        return [self.asked(one) for one in found if one.state == "open" or _settled_at(one) > since]

    def find(self, number: str) -> ftsdk.Approval:
        """An approval by its number; raises UsageError when there is none."""
        for one in self._library.workspace.approvals.list(open_only=False):
            if str(one.number) == number:
                return one
        raise ftsdk.errors.UsageError("That approval is not there.", help="/ft runs shows where the runs are")

    def waiting_for(self, person: str) -> tuple[Asked, ...]:
        """The open approvals that a Slack user may decide and did not yet, those that run out first before the rest."""
        mine = []
        for one in self._library.workspace.approvals.list():
            asked = self.asked(one)
            may = person in {somebody.slack for somebody in asked.deciders} and person != asked.requester.slack
            if may and person not in {somebody.slack for somebody in asked.voters}:
                mine.append(asked)
        return tuple(sorted(mine, key=lambda asked: asked.approval.expires_at))

    def asked(self, approval: ftsdk.Approval) -> Asked:
        """An approval with the people that it names."""
        people = self._library.workspace.people
        name = people.of(approval.requested_by)
        return Asked(
            approval=approval,
            requester=Somebody(name or approval.requested_by, people.slack(name) or "" if name else ""),
            deciders=tuple(
                Somebody(one, people.slack(one) or "") for one in people.deciders(approval.approvers) if one != name
            ),
            voters=tuple(Somebody(vote.person, people.slack(vote.person) or "") for vote in approval.votes),
        )

    def messages(self, asked: Asked) -> tuple[Wanted, ...]:
        """Every message of an approval as it is now; the same names for good, so that a decision edits them all."""
        approval, body = asked.approval, approval_message(asked)
        deciders = [somebody.slack for somebody in asked.deciders if somebody.slack]
        places = [self._channel] * bool(self._channel) + deciders
        wanted = [Wanted(key_of(approval, place), place, body, urgent=True) for place in places]
        if approval.state == "open":
            wanted += self._reminders(asked)
        elif approval.state != "void" and asked.requester.slack:
            wanted.append(Wanted(key_of(approval, "told"), asked.requester.slack, decided_note(asked)))
        return tuple(wanted)

    def _reminders(self, asked: Asked) -> list[Wanted]:
        approval = asked.approval
        lasts = approval.expires_at - approval.created_at
        if approval.expires_at - self._clock() > min(REMIND_SECONDS, lasts / 2):
            return []
        said = {somebody.slack for somebody in asked.voters}
        late = [somebody.slack for somebody in asked.deciders if somebody.slack and somebody.slack not in said]
        return [Wanted(key_of(approval, f"reminder:{place}"), place, reminder(asked)) for place in late]

    def _keep(self, wanted: list[tuple[Wanted, ...]]) -> int:
        """What was decided before the bot told anybody of it is not told any more."""
        with self._store.database.begin() as connection:
            kept = [one for messages in wanted if messages and self._is_live(connection, messages) for one in messages]
            for one in kept:
                self._outbox.want(connection, one)
        return len(kept)

    def _is_live(self, connection: Connection, messages: tuple[Wanted, ...]) -> bool:
        has_buttons = any(block["type"] == "actions" for block in messages[0].body["blocks"])
        return has_buttons or self._outbox.knows(connection, messages[0].key)


def key_of(approval: ftsdk.Approval, place: str) -> str:
    """The name of an approval's message in the outbox."""
    return f"approval:{approval.number}:{place}"


def _settled_at(approval: ftsdk.Approval) -> float:
    """When it was decided, or ran out."""
    return max((vote.at for vote in approval.votes), default=approval.expires_at)
