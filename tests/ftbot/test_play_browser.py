"""`ftbot play` in a real browser: the story by mouse, by keyboard, in the dark and on a narrow window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from ftbot.play.serving import playing
from tests.browser import BROWSER, needs_browser

PATIENCE_MS = 60_000
pytestmark = [pytest.mark.anyio, pytest.mark.e2e, needs_browser]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def browsing(state: Path, at: str = "", **options: Any) -> AsyncIterator[Page]:
    """The page in a browser; at the end it must have complained of nothing."""
    async with playing(state, replay_seconds=0.0) as url, async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = await browser.new_page(**options)
        page.set_default_timeout(PATIENCE_MS)
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        await page.goto(f"{url}{at}")
        yield page
        assert said == []
        await browser.close()


async def accessible(page: Page) -> None:
    """axe-core finds nothing serious."""
    found = (await Axe().run(page)).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).first.click()


async def test_the_story_from_a_question_to_a_comparison(tmp_path: Path) -> None:
    async with browsing(tmp_path / "state", viewport={"width": 1280, "height": 800}) as page:
        await press(page, "/ft advise")
        form = page.get_by_role("dialog", name="Should we fine-tune?")
        await form.get_by_role("radio", name="It should cost less").check()
        await accessible(page)
        await form.get_by_role("button", name="Next", exact=True).click()
        await form.get_by_role("button", name="Advise me now").click()
        await expect(page.get_by_role("dialog").get_by_text("Before you spend anything").first).to_be_visible(
            timeout=PATIENCE_MS
        )
        await page.keyboard.press("Escape")
        await press(page, "ftbot (direct message)")
        await press(page, "Draft as files")
        await expect(page.get_by_text("File: ").first).to_be_visible(timeout=PATIENCE_MS)
        await press(page, "#runs")
        await press(page, "$ ft apply tickets-recording")
        await expect(page.get_by_role("button", name="Approve").first).to_be_visible(timeout=PATIENCE_MS)
        await page.get_by_label("You are").select_option("ben")
        await press(page, "Approve")
        await page.get_by_role("dialog").get_by_role("button").last.click()
        await press(page, "See examples")
        await expect(page.get_by_role("dialog", name="Examples")).to_be_visible(timeout=PATIENCE_MS)
        await page.keyboard.press("Escape")
        await accessible(page)
        await expect(page.locator(".unknown")).to_have_count(0)


async def test_by_keyboard_alone_a_form_is_opened_answered_and_left(tmp_path: Path) -> None:
    async with browsing(tmp_path / "state") as page:
        field = page.get_by_label("Message to #general")
        await field.wait_for()
        for _stop in range(30):
            await page.keyboard.press("Tab")
            if await field.evaluate("field => field === document.activeElement"):
                break
        await page.keyboard.type("/ft advise")
        await page.keyboard.press("Enter")
        form = page.get_by_role("dialog", name="Should we fine-tune?")
        await form.wait_for()
        for _stop in range(3):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.type === 'radio'"):
                break
        await page.keyboard.press("Space")
        await expect(form.get_by_role("radio", checked=True)).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(form).to_have_count(0)
        await expect(field).to_be_focused()


async def test_in_the_dark_and_on_a_narrow_window_everything_is_there(tmp_path: Path) -> None:
    small: Any = {"width": 390, "height": 800}
    async with browsing(tmp_path / "state", viewport=small, color_scheme="dark") as page:
        await press(page, "ftbot’s Home")
        await expect(page.get_by_role("heading", name="Your runs")).to_be_visible(timeout=PATIENCE_MS)
        await accessible(page)
        await press(page, "#general")
        await press(page, "/ft help")
        await expect(page.get_by_text("only visible to you")).to_be_visible(timeout=PATIENCE_MS)
        await accessible(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(26, 29, 33)"


async def test_the_tour_leads_through_the_whole_story(tmp_path: Path) -> None:
    async with browsing(tmp_path / "state", at="?tour", viewport={"width": 1280, "height": 800}) as page:
        tour = page.get_by_role("region", name="Tour", include_hidden=True)

        async def step(number: int) -> None:
            await expect(tour).to_contain_text(f"{number} of 12", timeout=PATIENCE_MS)

        await step(1)
        await accessible(page)
        await press(page, "/ft advise")
        await step(2)
        form = page.get_by_role("dialog", name="Should we fine-tune?")
        await form.get_by_role("radio", name="It should cost less").check()
        await form.get_by_role("button", name="Next", exact=True).click()
        await step(3)
        await form.get_by_role("button", name="Advise me now").click()
        await step(4)
        await page.keyboard.press("Escape")
        await step(5)
        await press(page, "ftbot (direct message)")
        await step(6)
        await press(page, "Draft as files")
        await step(7)
        await press(page, "#runs")
        await step(8)
        await press(page, "$ ft apply tickets-recording")
        await step(9)
        await page.get_by_label("You are").select_option("ben")
        await step(10)
        await press(page, "Approve")
        await page.get_by_role("dialog").get_by_role("button").last.click()
        await step(11)
        await press(page, "See examples")
        await step(12)
        await page.keyboard.press("Escape")
        await tour.get_by_role("button", name="End the tour").click()
        await expect(tour).to_have_count(0)
