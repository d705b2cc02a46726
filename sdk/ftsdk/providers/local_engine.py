"""The engine behind a local provider: which commands train and answer, and in what environment."""

from __future__ import annotations

import os
import sys

from ftsdk.values import Value


class Engine(Value):
    """Commands that keep the contracts of ``ftsdk.trainers.contract`` and `local_inference`.

    ``trainer`` is followed by ``--config PATH``, ``server`` by ``--model PATH [--adapter DIR]``; ``variables`` are set
    for both, unless the user has set them.
    """

    name: str
    trainer: tuple[str, ...]
    server: tuple[str, ...]
    variables: dict[str, str]
    note: str

    def environment(self) -> dict[str, str]:
        """All variables of a child process."""
        return {**self.variables, **os.environ, "PYTHONUNBUFFERED": "1"}


def smol() -> Engine:
    """The embedded engine: NumPy alone, one small model, real training."""
    from ftsdk.trainers.smol.environment import environment

    # -P: a numpy.py that lies in the user's working directory is not ours to run.
    python = (sys.executable, "-P", "-m")
    return Engine(
        name="smol",
        trainer=(*python, "ftsdk.trainers.smol"),
        server=(*python, "ftsdk.trainers.smol.serve"),
        variables=environment(),
        note=(
            "Embedded engine: real LoRA training of one 135M model on this machine's CPU. It is for trying the whole "
            "way, for demonstrations and for CI; it is not for production quality, larger models or GPUs."
        ),
    )
