"""`ftbot play` without a browser: what its page is sent, what comes of what it asks, and who may not ask."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import ftsdk
from ftbot.play.page import STATIC
from ftbot.play.recording import read_recording
from ftbot.play.serving import PROJECT, playing

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.anyio
PAGES_LIMIT = 6
Found = dict[str, Any]


class Page:
    """A page that is open: the newest picture, and acts with their answers."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.picture: Found = {}

    async def act(self, act: str, **fields: Any) -> Found:
        await self._socket.send_json({"id": 1, "act": act, **fields})
        while "reply" not in (said := await self._next()):
            pass
        return said

    async def until(self, found: Callable[[Found], Any], seconds: float = 20.0) -> Any:
        async with asyncio.timeout(seconds):
            while not (value := found(self.picture)):
                await self._next()
        return value

    async def _next(self) -> Found:
        said: Found = json.loads(await self._socket.receive_str())
        self.picture = said.get("picture", self.picture)
        return said


def messages(picture: Found, channel: str) -> list[Found]:
    return [one for place in picture.get("channels", ()) if place["name"] == channel for one in place["messages"]]


def with_button(picture: Found, channel: str, action: str) -> tuple[Found, Found] | None:
    for message in messages(picture, channel):
        for block in message.get("blocks", ()):
            for element in block.get("elements", ()):
                if element.get("action_id") == action:
                    return message, element
    return None


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    async with playing(tmp_path / "state", replay_seconds=0.0) as found:
        yield found


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}live") as socket:
        found = Page(socket)
        await found.until(lambda picture: picture)
        yield found


@pytest.fixture
async def page(url: str) -> AsyncIterator[Page]:
    async with opened(url) as found:
        yield found


async def test_a_form_is_opened_filled_and_read_as_advice(page: Page) -> None:
    assert "error" not in await page.act("command", channel="C0GENERAL", text="advise")
    view = await page.until(lambda picture: picture["view"])
    for _page in range(PAGES_LIMIT):
        if "submit" not in view:
            break
        answers = {block["block_id"]: _first(block) for block in view["blocks"] if block["type"] == "input"}
        said = await page.act("submit", answers={name: value for name, value in answers.items() if value})
        assert said.get("errors") == {}
        view = await page.until(lambda picture, before=view: picture["view"] != before and picture["view"])
    assert "submit" not in view
    assert any("Advice" in one["text"] for one in await page.until(lambda picture: messages(picture, "ftbot")))


def _first(block: Found) -> Any:
    element = block["element"]
    many = element["type"] in ("checkboxes", "multi_static_select")
    value = element["options"][0]["value"] if "options" in element else None
    return [value] if many else value


async def test_a_recorded_run_waits_for_somebody_else_and_ends_in_its_comparison(page: Page) -> None:
    await page.act("apply", spec="tickets-recording")
    message, button = await page.until(lambda picture: with_button(picture, "runs", "ft:approve"))
    here = {"channel": "C0RUNS", "ts": message["ts"], "action": "ft:approve", "value": button["value"]}
    await page.act("click", **here)
    refused = await page.until(lambda picture: [one for one in messages(picture, "runs") if one["only"]])
    assert "ana" in refused[0]["text"] or "ask" in refused[0]["text"]
    await page.act("persona", user="U0BEN")
    await page.act("click", **here)
    await page.until(lambda picture: with_button(picture, "runs", "ft:examples"), 40.0)
    headline = next(
        one for one in messages(page.picture, "runs") if one.get("thread_ts") and "Tuned answers" in one["text"]
    )
    assert "49 % of fields" in headline["text"]
    said = [line["text"] for line in page.picture["story"]["lines"]]
    assert said[0] == "$ ft apply tickets-recording"
    assert "It replays a recording." in said[-1]
    assert page.picture["story"]["recording"].startswith("A recording of 20")


async def test_without_the_model_the_real_run_is_refused_and_the_recording_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTSDK_CACHE", str(tmp_path / "no models"))
    async with playing(tmp_path / "state") as url, opened(url) as page:
        await page.act("apply", spec="tickets")
        lines = await page.until(lambda picture: picture["story"]["lines"][1:])
        assert "brings it" in lines[0]["text"]
        assert "ft apply tickets-recording" in lines[0]["text"]
        assert with_button(page.picture, "runs", "ft:approve") is None


async def test_home_and_direct_messages_and_threads_are_the_persons_own(page: Page) -> None:
    await page.act("home")
    assert await page.until(lambda picture: picture["home"])
    await page.act("says", channel="D0ANA", text="help")
    answered = await page.until(lambda picture: [one for one in messages(picture, "ftbot") if "user" not in one])
    assert answered[0]["thread_ts"] == messages(page.picture, "ftbot")[0]["ts"]
    await page.act("says", channel="C0GENERAL", text="hello, all")
    await page.act("persona", user="U0CLEO")
    assert await page.until(lambda picture: picture["me"] == "U0CLEO")
    assert [one["text"] for one in messages(page.picture, "general")] == ["hello, all"]
    assert messages(page.picture, "ftbot") == []


async def test_what_cannot_be_done_is_a_sentence(page: Page) -> None:
    assert "not there any more" in (await page.act("click", channel="C0GENERAL", ts="1.0", action="ft:x"))["error"]
    assert "not there any more" in (await page.act("submit", answers={}))["error"]
    assert "no spec" in (await page.act("apply", spec="../secret"))["error"]
    assert "not there any more" in (await page.act("dance"))["error"]


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:80"}])
async def test_other_sites_of_the_browser_may_not_use_it(url: str, headers: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("", "live", "static/app.js"):
            async with session.get(f"{url}{path}", headers=headers) as answer:
                assert answer.status == 403


async def test_the_page_fetches_nothing_from_elsewhere(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "//" not in (await answer.text()).replace("<!--", "")


async def test_a_directory_with_another_project_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\n", encoding="utf-8")
    with pytest.raises(ftsdk.errors.UsageError, match="another project"):
        async with playing(tmp_path):
            pytest.fail("it started")
    assert [one.name for one in tmp_path.iterdir()] == ["ftsdk.yaml"]


async def test_the_environment_of_a_real_bot_does_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTBOT_GITHUB_REPOSITORY", "not a repository")
    monkeypatch.setenv("FTBOT_READS_TEXT", "openai:gpt-5")
    async with playing(tmp_path / "state") as url:
        assert url.startswith("http://127.0.0.1:")


def test_the_rows_are_the_first_of_the_committed_case() -> None:
    for name in ("train", "test"):
        ours = (PROJECT / f"specs/tickets/data/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        theirs = (ROOT / f"specs/tickets/data/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert ours == theirs[: len(ours)]


def test_the_recorded_spec_says_what_the_real_one_says() -> None:
    real, recorded = (
        (PROJECT / f"specs/tickets/{name}.yaml").read_text(encoding="utf-8").split("\n", 1)[1]
        for name in ("tickets", "tickets-recording")
    )
    assert recorded.replace("tickets-recording", "tickets").replace("connection: recorded", "connection: local") == real


def test_the_recording_is_a_real_run_of_two_epochs() -> None:
    recording = read_recording()
    assert [step["step"] for step in recording.steps] == list(range(1, recording.steps[-1]["steps"] + 1))
    assert recording.steps[-1]["loss"] < recording.steps[0]["loss"] / 2
    assert len(recording.answers) == 4 * 24


def test_the_bundle_carries_the_licence_of_everything_in_it() -> None:
    licences = (STATIC / "LICENCES.txt").read_text(encoding="utf-8")
    wanted = json.loads((STATIC.parent / "web" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for name, version in wanted.items():
        assert f"{name} {version} (MIT)" in licences
    assert "@yozora, within slack-blocks-to-jsx (MIT)\n\nMIT License\n\nCopyright (c) 2020-2023 guanghechen" in licences
    lock = (STATIC.parent / "web" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
