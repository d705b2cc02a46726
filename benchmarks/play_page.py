"""How long the page of ``ftbot play`` takes until it can be used, in headless Chromium over loopback (limit: a second).

``python -m benchmarks.play_page`` opens it ten times in fresh contexts: nothing is cached. Usable is when the first
button of the page can be pressed; the yardstick is a page of one word from the same machine.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.async_api import Browser, async_playwright

from ftbot.play.serving import playing
from tests.browser import BROWSER

TIMES = 10


async def seconds(browser: Browser, url: str, selector: str) -> float:
    """From the address to the element that ``selector`` names."""
    context = await browser.new_context()
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(url)
    await page.locator(selector).first.wait_for(state="visible")
    took = time.perf_counter() - began
    await context.close()
    return took


async def main() -> None:
    """Print both, the median and the slowest."""
    if BROWSER is None:
        print("there is no Chromium on this machine: nothing was measured")
        return
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        with tempfile.TemporaryDirectory() as directory:
            word = Path(directory) / "word.html"
            word.write_text("<!doctype html><title>w</title><p>word</p>")
            async with playing(Path(directory) / "state", replay_seconds=0.0) as url:
                for name, at, selector in (("one word", word.as_uri(), "p"), ("ftbot play", url, "button:enabled")):
                    took = [await seconds(browser, at, selector) for _ in range(TIMES)]
                    print(f"{name:12} median {median(took) * 1000:4.0f} ms, slowest {max(took) * 1000:4.0f} ms")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
