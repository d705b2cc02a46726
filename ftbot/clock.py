"""The clock: says when to look, never what is true; every duty may be done twice or late without harm."""

from __future__ import annotations

from typing import Any

from ftbot.bot import Bot

HOUR = 3600.0


def start_clock(bot: Bot) -> Any:
    """A started APScheduler on the running event loop; a duty that is still under way is not started again."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    clock = AsyncIOScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    clock.add_job(bot.sweep, "interval", seconds=bot.settings.tick_seconds)
    clock.add_job(bot.tick, "interval", seconds=bot.settings.tick_seconds)
    clock.add_job(bot.forget, "interval", seconds=HOUR)
    clock.start()
    return clock
