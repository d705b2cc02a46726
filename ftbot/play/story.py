"""The terminal beside Slack: `ft apply` by whoever sits there, and a worker that drives what was started."""

from __future__ import annotations

import asyncio
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import structlog

import ftsdk
from ftbot.play.recording import REPLAY_SECONDS, RecordedProvider, Recording, read_recording
from ftbot.standin.state import TEAM

LOG = structlog.get_logger("ftbot.play")
MODEL = "smollm2-135m-instruct"
REAL, RECORDED = "tickets", "tickets-recording"
LOOK_SECONDS = 0.5

NO_EXTRA = "The embedded engine is not installed, so nothing can be trained here: pip install 'ftbot[local]' brings it."
NO_MODEL = (
    f"The model is not on this machine, so nothing can be trained here: ft models pull {MODEL} brings it (93 MB)."
)


class Story:
    """Starts runs of the two specs of the project; ``version`` changes with what `told` tells."""

    def __init__(self, root: Path, replay_seconds: float = REPLAY_SECONDS) -> None:
        self.recording: Recording = read_recording()
        replays = RecordedProvider("recorded", self.recording, replay_seconds)
        self._workspace = ftsdk.Workspace(root, providers={"recorded": replays}, poll_seconds=0.5)
        self._stop = threading.Event()
        self._worker = threading.Thread(target=self._work, name="ftbot-play-worker", daemon=True)
        self._waiting: dict[str, str] = {}  # spec -> who asked for it, until somebody agrees
        self._lines: list[dict[str, str]] = []
        self._following: asyncio.Task[None] | None = None
        self.missing = missing(self._workspace)

    @property
    def version(self) -> int:
        """How much the terminal has said."""
        return len(self._lines)

    def told(self) -> dict[str, Any]:
        """What the terminal shows, and what can be started."""
        label = (
            f"A recording of {self.recording.recorded} on {self.recording.on}: nothing is trained, no model is asked."
        )
        return {"lines": self._lines, "missing": self.missing, "specs": [REAL, RECORDED], "recording": label}

    async def __aenter__(self) -> Story:
        self._worker.start()
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_given: object) -> None:
        self._stop.set()
        if self._following is not None:
            self._following.cancel()
        await asyncio.to_thread(self._worker.join)
        self._workspace.close()

    # -- starting ---------------------------------------------------------------------------------------------------

    async def apply(self, spec: str, person: str) -> dict[str, Any]:
        """`ft apply SPEC` as ``person``; what comes of it is a line of the terminal."""
        if spec not in (REAL, RECORDED):
            return {"error": f"There is no spec called {spec[:40]!r}."}
        self._say(f"$ ft apply {spec}", person)
        if spec == REAL and self.missing:
            self._say(f"{self.missing} The recorded run shows the same: ft apply {RECORDED}.", person)
            return {}
        await self._start(spec, person)
        return {}

    async def _start(self, spec: str, person: str) -> None:
        try:
            run = await asyncio.to_thread(self._workspace.apply, spec, actor=f"slack:{TEAM}/{person}")
        except ftsdk.errors.ApprovalNeeded as needed:
            self._waiting[spec] = person
            self._say(f"{needed}\nSlack has asked them; when one agrees it is applied again.", person)
        except ftsdk.FtsdkError as error:
            self._waiting.pop(spec, None)
            self._say(str(error), person)
        else:
            self._waiting.pop(spec, None)
            label = " It replays a recording." if spec == RECORDED else ""
            self._say(f"Run {run.id} of {spec} is on its way; its card is in #runs.{label}", person)

    async def _follow(self) -> None:
        """Apply again what people have agreed to, as whoever asked would."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for spec, person in list(self._waiting.items()):
                state = await asyncio.to_thread(self._state_of, spec)
                if state == "approved":
                    self._say(f"$ ft apply {spec}", person)
                    await self._start(spec, person)
                elif state != "open":
                    del self._waiting[spec]
                    self._say(f"{spec} was {state}; nothing was started.", person)

    def _state_of(self, spec: str) -> str:
        return next(one.state for one in self._workspace.approvals.list(open_only=False) if one.name == spec)

    def _say(self, text: str, person: str) -> None:
        self._lines.append({"text": text, "person": person})

    def _work(self) -> None:
        worker = self._workspace.worker(kind="play", threads=2, say=lambda text: LOG.warning("worker", said=text))
        worker.run(self._stop)


def missing(workspace: ftsdk.Workspace) -> str:
    """What the embedded engine lacks here, as a sentence; nothing when it can train."""
    if find_spec("gguf") is None:
        return NO_EXTRA
    return "" if workspace.provider("local").capabilities(MODEL).available else NO_MODEL
