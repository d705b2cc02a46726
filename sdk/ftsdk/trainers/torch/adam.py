"""One optimiser step on adapters, the same on every process: gradients added up, clipped, Adam, and its checkpoint."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ftsdk.trainers.contract import Hyperparameters
from ftsdk.trainers.smol.checkpoint import Progress
from ftsdk.trainers.smol.optimiser import EPSILON
from ftsdk.trainers.smol.output import replace_file

STATE = "state.pt"


class AdapterAdam:
    """Adam on what a model has that is trainable; ``accelerator`` knows the other processes."""

    def __init__(self, model: Any, numbers: Hyperparameters, accelerator: Any) -> None:
        import torch

        self.parameters = [value for value in model.parameters() if value.requires_grad]
        self._accelerator, self._max_norm = accelerator, numbers.max_grad_norm
        betas = (numbers.adam_beta1, numbers.adam_beta2)
        self._adam = torch.optim.Adam(self.parameters, lr=0.0, betas=betas, eps=EPSILON)

    def step(self, rate: float, told: list[float]) -> tuple[float, list[float]]:
        """Move the adapters; the gradient's norm before clipping, and ``told`` added up over all processes."""
        import torch

        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.parameters]
        flat = torch.cat([*(part.reshape(-1) for part in parts), torch.tensor(told, device=parts[0].device)])
        flat = self._accelerator.reduce(flat, reduction="sum")
        told = flat[-len(told) :].double().tolist()
        gradient = flat[: -len(told)]
        norm = float(gradient.norm())
        if norm > self._max_norm:
            gradient *= self._max_norm / norm
        at = 0
        for parameter in self.parameters:
            parameter.grad = gradient[at : at + parameter.numel()].view_as(parameter)
            at += parameter.numel()
        self._adam.param_groups[0]["lr"] = rate
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)
        return norm, told

    def save(self, directory: Path, progress: Progress) -> None:
        """Replace the checkpoint; raises OSError when the disk does not take it (the old one then stays)."""
        import torch

        content = io.BytesIO()
        values = [parameter.detach() for parameter in self.parameters]
        torch.save({"progress": asdict(progress), "values": values, "adam": self._adam.state_dict()}, content)
        (directory / "checkpoint").mkdir(exist_ok=True)
        replace_file(directory / "checkpoint" / STATE, content.getvalue())

    def restore(self, directory: Path, key: str) -> Progress | None:
        """Go back to the checkpoint of this job; None when there is none yet or it belongs to another ``key``."""
        import torch

        path = directory / "checkpoint" / STATE
        if not path.exists():
            return None
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["progress"]["key"] != key:
            return None
        with torch.no_grad():
            for parameter, value in zip(self.parameters, state["values"], strict=True):
                parameter.copy_(value)
        self._adam.load_state_dict(state["adam"])
        return Progress(**state["progress"])
