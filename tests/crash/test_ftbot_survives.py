"""The bot is killed while people write to it: every message is answered once."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.ftbot_chaos import chaos

pytestmark = pytest.mark.crash


def test_no_message_is_lost_or_answered_twice_while_the_bot_is_killed() -> None:
    """Beside the kills, Slack refuses some answers, and takes some without saying so."""
    outcome = asyncio.run(chaos(150, seed=11))
    assert outcome.kills > 0
    assert (outcome.lost, outcome.doubled) == (0, 0)
