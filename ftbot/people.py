"""Who somebody is, as Slack says: member, guest or stranger; asked at most once a minute for each person."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

from slack_sdk.web.async_client import AsyncWebClient

KEPT_SECONDS = 60.0
KEPT_PEOPLE = 10_000

Standing = Literal["member", "guest", "stranger"]


class People:
    """Standing by user id; ``clock`` is monotonic seconds."""

    def __init__(self, client: AsyncWebClient, team: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._team = team
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Standing]] = OrderedDict()

    async def standing(self, person: str) -> Standing:
        """What somebody may be; raises slack_sdk's errors when Slack cannot be asked."""
        until, known = self._known.get(person, (0.0, "stranger"))
        if self._clock() < until:
            return known
        answer = await self._client.users_info(user=person)
        found = standing_of(answer["user"], self._team)
        self._known[person] = (self._clock() + KEPT_SECONDS, found)
        if len(self._known) > KEPT_PEOPLE:
            self._known.popitem(last=False)
        return found


def standing_of(user: dict[str, Any], team: str) -> Standing:
    """Standing from a profile: strangers are of another workspace, deactivated, or bots."""
    if user.get("deleted") or user.get("is_bot") or user.get("is_stranger") or user.get("team_id") != team:
        return "stranger"
    return "guest" if user.get("is_restricted") or user.get("is_ultra_restricted") else "member"
