"""Everything a trainer needs to go on with identical results, in one file that is replaced atomically."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.output import replace_file


@dataclass
class Progress:
    """How far training is; ``seconds`` counts the time that led here, over all attempts."""

    key: str
    step: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    seconds: float = 0.0

    def after(self, step: int, tokens: int, trained_tokens: int, seconds: float) -> Progress:
        """With so many tokens and seconds more, ``step`` steps done."""
        return replace(
            self,
            step=step,
            tokens=self.tokens + tokens,
            trained_tokens=self.trained_tokens + trained_tokens,
            seconds=self.seconds + seconds,
        )


@dataclass(frozen=True)
class Checkpoint:
    """Adapter numbers, Adam's moments, the tokens that were ever likely, and the progress they belong to."""

    progress: Progress
    theta: Floats
    first: Floats
    second: Floats
    seen: NDArray[np.bool_]


def write_checkpoint(directory: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint; raises OSError when the disk does not take it (the old one then stays)."""
    (directory / "checkpoint").mkdir(exist_ok=True)
    content = io.BytesIO()
    np.savez(
        content,
        progress=np.frombuffer(json.dumps(asdict(checkpoint.progress)).encode(), np.uint8),
        theta=checkpoint.theta,
        first=checkpoint.first,
        second=checkpoint.second,
        seen=checkpoint.seen,
    )
    replace_file(directory / "checkpoint" / "state.npz", content.getvalue())


def read_checkpoint(directory: Path, key: str) -> Checkpoint | None:
    """The checkpoint of this job, or None when there is none yet or it belongs to another ``key``."""
    path = directory / "checkpoint" / "state.npz"
    if not path.exists():
        return None
    with np.load(path) as state:
        progress = Progress(**json.loads(state["progress"].tobytes()))
        if progress.key != key:
            return None
        return Checkpoint(progress, state["theta"], state["first"], state["second"], state["seen"])
