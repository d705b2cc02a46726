"""The engine behind a local provider: which commands train and answer, and in what environment."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

from ftsdk.errors import ExtraMissing
from ftsdk.values import Value


class Engine(Value):
    """Commands that keep the contracts of ``ftsdk.trainers.contract`` and `local_inference`.

    ``trainer`` is followed by ``--config PATH``, ``server`` by ``--model PATH [--adapter DIR]``; ``variables`` are set
    for both, unless the user has set them. ``needs`` are packages that the extra of the engine's name brings;
    ``directories`` says that it also takes a model directory, and ``precisions`` what it can compute in.
    """

    name: str
    trainer: tuple[str, ...]
    server: tuple[str, ...]
    variables: dict[str, str]
    note: str
    needs: tuple[str, ...] = ()
    directories: bool = False
    precisions: tuple[str, ...] = ("auto", "fp32")

    def check_extra(self) -> None:
        """Raise ExtraMissing, which says which pip install mends it, unless all that it imports is installed."""
        for package in self.needs:
            if find_spec(package) is None:
                raise ExtraMissing(package, self.name)

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


def torch(processes: int = 1) -> Engine:
    """The torch trainer, with several ``processes`` under torchrun: one for each device of this machine."""
    python = (sys.executable, "-P", "-m")
    several = ("torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m")
    return Engine(
        name="torch",
        trainer=(*python, *(several if processes > 1 else ()), "ftsdk.trainers.torch"),
        server=(*python, "ftsdk.trainers.torch.serve"),
        # What torchrun starts must not import from the working directory either.
        variables={"PYTHONSAFEPATH": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_TELEMETRY": "1"},
        note=(
            "Torch trainer: transformers and PEFT on this machine's devices. Tested on the CPU; CUDA and bf16 there "
            "were not tested."
        ),
        needs=("torch", "transformers", "peft", "accelerate"),
        directories=True,
        precisions=("auto", "bf16", "fp32"),
    )
