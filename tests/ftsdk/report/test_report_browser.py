"""The page in a real browser: from a file, without network, by mouse, by keyboard, in the dark, on a narrow window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

import ftsdk
from ftsdk.report import page
from tests.browser import BROWSER, needs_browser
from tests.ftsdk.report.made import make_comparison, make_metrics, make_plan, make_run

NARROW: Any = {"width": 390, "height": 800}
pytestmark = [pytest.mark.anyio, pytest.mark.e2e, needs_browser]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def json_page(tmp_path: Path) -> Path:
    """Of JSON answers: fields, costs, a training, gates."""
    made = make_comparison()
    costs = (0.90, 1.40, 1.41, 0.12)
    arms = tuple(
        arm.model_copy(update={"usd_per_1000": usd, "latency": usd}) for arm, usd in zip(made.arms, costs, strict=True)
    )
    known = make_comparison(arms=arms)
    return written(tmp_path, page(known, run=make_run(), metrics=make_metrics(), plan=make_plan()))


@pytest.fixture
def text_page(tmp_path: Path) -> Path:
    """Of texts, as `ftsdk.compare` makes it of answers that one has; prompts too long for their box."""
    rows = [
        ({"role": "user", "content": f"Question {at}\n" * 40}, f"Dear {at}, it comes on Monday.") for at in range(30)
    ]
    data = [{"messages": [asked, {"role": "assistant", "content": right}]} for asked, right in rows]
    tuned = [right.replace("Monday", "Friday") if at % 10 == 0 else right for at, (_, right) in enumerate(rows)]
    base = ["No idea." if at % 2 else right for at, (_, right) in enumerate(rows)]
    return written(tmp_path, page(ftsdk.compare({"base": base, "tuned": tuned}, data, ["exact"])))


def written(directory: Path, html: str) -> Path:
    target = directory / "report.html"
    target.write_text(html, encoding="utf-8")
    return target


@asynccontextmanager
async def opened(file: Path, **options: Any) -> AsyncIterator[Page]:
    """The file in a browser without network; at the end it must have complained of nothing and asked for nothing."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        context = await browser.new_context(offline=True, **options)
        tab = await context.new_page()
        said: list[str] = []
        asked: list[str] = []
        tab.on("console", lambda line: said.append(line.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        await tab.goto(file.as_uri())
        yield tab
        assert said == []
        assert asked == [file.as_uri()]
        await browser.close()


async def faults(tab: Page) -> list[str]:
    """What axe-core finds serious."""
    found = (await Axe().run(tab)).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


async def shown(tab: Page) -> int:
    return await tab.locator("article.row:visible").count()


async def test_filters_and_the_search_leave_what_was_asked_for(json_page: Path) -> None:
    async with opened(json_page) as tab:
        everything = await shown(tab)
        await tab.get_by_role("radio", name="losses").check()
        assert await shown(tab) == await tab.locator("article.row.loss").count() < everything
        assert await tab.get_by_role("status").inner_text() == f"{await shown(tab)} of {everything} rows"
        await tab.get_by_role("radio", name="errors").check()
        assert await shown(tab) == await tab.locator("article[data-error=true]").count() > 0
        await tab.get_by_role("radio", name="all").check()
        await tab.get_by_label("Search").fill("line-4 nordwind")
        assert 0 < await shown(tab) < everything
        await tab.get_by_label("Search").fill("no row says this")
        assert await shown(tab) == 0


async def test_by_keyboard_one_steps_through_the_rows_worst_first(json_page: Path) -> None:
    async with opened(json_page) as tab:
        await tab.keyboard.press("j")
        first = tab.locator("article.row").first
        assert await first.evaluate("row => row === document.activeElement && row.classList.contains('loss')")
        await tab.keyboard.press("j")
        await tab.keyboard.press("k")
        assert await first.evaluate("row => row === document.activeElement")
        top = await first.evaluate("row => row.getBoundingClientRect().top")
        bar = await tab.locator("#filter").evaluate("bar => bar.getBoundingClientRect().bottom")
        assert top >= bar, "the bar of filters hides the row"
        await tab.keyboard.press("/")
        await tab.keyboard.type("jk")
        assert await tab.get_by_label("Search").input_value() == "jk"


async def test_the_arms_that_are_judged_stand_beside_the_expected_answer(json_page: Path) -> None:
    async with opened(json_page) as tab:
        head = await tab.locator("article.row").first.locator("thead th").all_inner_texts()
        assert head == ["field", "expected", "tuned", "few-shot-12", "base", "prompted-long"]
        assert await tab.locator("article.row.loss td.wrong").count() > 0
        assert await tab.locator(".chart .reach").count() == 8  # two charts of four arms


async def test_words_that_differ_are_marked(text_page: Path) -> None:
    async with opened(text_page) as tab:
        await tab.get_by_label("Search").fill("friday")
        assert await tab.locator("article.row:visible mark").all_inner_texts() == ["Friday."] * 3


@pytest.mark.parametrize("which", ["json_page", "text_page"])
@pytest.mark.parametrize(
    "window", [{}, {"color_scheme": "dark"}, {"viewport": NARROW}], ids=["light", "dark", "narrow"]
)
async def test_axe_finds_nothing_serious(which: str, window: dict[str, Any], request: pytest.FixtureRequest) -> None:
    async with opened(request.getfixturevalue(which), **window) as tab:
        assert await faults(tab) == []
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        colour = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (colour == "rgb(20, 23, 28)") == ("color_scheme" in window)
