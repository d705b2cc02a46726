"""Many things at a time, never more than so many, and none left running when one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def keep_busy(items: Iterable[T], act: Callable[[T], Awaitable[None]], at_once: int) -> None:
    """``act`` on every item, ``at_once`` at a time; the first error ends all and is raised."""
    waiting = iter(items)

    async def work() -> None:
        for item in waiting:
            await act(item)

    workers = [asyncio.create_task(work()) for _ in range(max(1, at_once))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
