"""The clock: says when to look, never what is true; every duty may be done twice or late without harm."""

from __future__ import annotations

from typing import Any

from ftbot.bot import Bot

HOUR = 3600.0


def start_clock(bot: Bot) -> Any:
    """A started APScheduler on the running event loop."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    clock = AsyncIOScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    for duty, seconds in (
        (bot.sweep, bot.settings.tick_seconds),
        (bot.tick, bot.settings.tick_seconds),
        (bot.follow, bot.settings.tick_seconds),
        (bot.probe, bot.settings.tick_seconds),
        (bot.watch, bot.settings.watch_seconds),
        (bot.forget, HOUR),
    ):
        clock.add_job(bot.on_duty, "interval", seconds=seconds, args=(duty,))
    clock.start()
    return clock
