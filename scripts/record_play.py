"""Records the run that `ftbot play` replays where the embedded engine is not installed; takes a few minutes.

.venv/bin/python scripts/record_play.py
"""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ftsdk
from ftbot.play.recording import RECORDED, question

PROJECT = RECORDED.with_name("project")


class Listening:
    """The embedded provider; every answer that it gives is kept in ``heard``."""

    def __init__(self, inner: Any, heard: dict[str, Any]) -> None:
        self._inner = inner
        self._heard = heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def inference(self, model: str) -> Any:
        """A client whose answers are kept."""
        return ListeningClient(self._inner.inference(model), model, self._heard)


class ListeningClient:
    """A client of the embedded provider; tuned models are those that its jobs made."""

    def __init__(self, inner: Any, model: str, heard: dict[str, Any]) -> None:
        self._inner = inner
        self._tuned = ":" in model
        self._heard = heard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def complete(self, model: str, messages: Sequence[Any], params: Any) -> Any:
        """The model's own answer."""
        answer = await self._inner.complete(model, messages, params)
        self._heard[question(self._tuned, messages)] = answer.model_dump(mode="json", exclude_defaults=True)
        return answer

    async def __aenter__(self) -> ListeningClient:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *given: Any) -> None:
        await self._inner.__aexit__(*given)


def main() -> None:
    """Run the project of `ftbot play` once and write down what it said."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        shutil.copytree(PROJECT, root, dirs_exist_ok=True)
        heard: dict[str, Any] = {}
        with_engine = ftsdk.open(root)
        ws = ftsdk.Workspace(root, providers={"local": Listening(with_engine.provider("local"), heard)})
        try:
            run = ws.apply("tickets", actor="slack:T0STANDIN/U0ANA")
        except ftsdk.errors.ApprovalNeeded:
            asked = ws.approvals.list()[0]
            ws.approvals.decide(asked.digest, "slack:T0STANDIN/U0BEN", "approve")
            run = ws.apply("tickets", actor="slack:T0STANDIN/U0ANA")
        try:
            run.wait()
        except ftsdk.FtsdkError as ended:
            print(f"it ended: {ended}")
        steps = [step.model_dump(mode="json", exclude_none=True) for step in run.metrics]
        comparison = run.comparison
        ws.close()
    print(comparison.headline if comparison else "no comparison")
    said = {
        "recorded": datetime.now(UTC).date().isoformat(),
        "on": f"{platform.system()} {platform.machine()}",
        "seconds": round(sum(step.get("seconds", 0.0) for step in steps), 1),
        "steps": steps,
        "answers": dict(sorted(heard.items())),
    }
    RECORDED.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
