"""A trainer that keeps the contract in ftsdk.trainers.contract and learns nothing: its weights are a chain of hashes.

Its options make it misbehave at a chosen step, as real trainers do.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path

from ftsdk.trainers.contract import EXIT_LOCKED, EXIT_STOPPED


def replace(path: Path, value: dict) -> None:
    aside = path.with_suffix(".aside")
    aside.write_text(json.dumps(value))
    aside.replace(path)


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--config", type=Path)
    options.add_argument("--steps", type=int, default=12)
    options.add_argument("--pause", type=float, default=0.01)
    options.add_argument("--crash-at", type=int, default=-1, help="end with a traceback at this step, every time")
    options.add_argument("--fail", action="store_true", help="write error.json")
    options.add_argument("--vanish", action="store_true", help="die by SIGKILL before the first step, every time")
    options.add_argument("--deaf", action="store_true", help="pay no attention to SIGTERM")
    wanted = options.parse_args()
    config = json.loads(wanted.config.read_text())
    output = Path(config["output"])
    lock = (output / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return EXIT_LOCKED
    with (output / "trainings").open("a") as book:
        book.write(f"{os.getpid()}\n")
    if wanted.vanish:
        os.kill(os.getpid(), signal.SIGKILL)
    if wanted.fail:
        failure = {"owner": "data", "message": "the rows teach nothing", "help": "write better rows"}
        replace(output / "error.json", failure)
        return 1
    return train(wanted, config, output)


def train(wanted: argparse.Namespace, config: dict, output: Path) -> int:
    stopped = []
    signal.signal(signal.SIGTERM, signal.SIG_IGN if wanted.deaf else lambda *_: stopped.append(True))
    checkpoint, metrics = output / "checkpoint" / "state.json", output / "metrics.jsonl"
    checkpoint.parent.mkdir(exist_ok=True)
    done, state = json.loads(checkpoint.read_text()) if checkpoint.exists() else (0, config["data_sha256"])
    kept = metrics.read_text().splitlines()[:done] if metrics.exists() else []
    metrics.write_text("".join(f"{line}\n" for line in kept))
    for step in range(done + 1, wanted.steps + 1):
        time.sleep(wanted.pause)
        if step == wanted.crash_at:
            raise RuntimeError(f"cannot go past step {step}")
        state = hashlib.sha256(f"{state}:{step}".encode()).hexdigest()
        beat = {"pid": os.getpid(), "at": time.time(), "stage": "training", "step": step, "steps": wanted.steps}
        replace(output / "heartbeat.json", beat)
        with metrics.open("a") as file:
            file.write(json.dumps(metric(step, wanted.steps)) + "\n")
        if step % 3 == 0 or stopped:
            replace(checkpoint, [step, state])
        if stopped:
            return EXIT_STOPPED
    finish(config, output, state, wanted.steps)
    return 0


def metric(step: int, steps: int) -> dict:
    return {
        "step": step, "steps": steps, "epoch": step / steps, "loss": 1 / step, "learning_rate": 0.001,
        "grad_norm": 1.0, "tokens": 100, "trained_tokens": 10, "seconds": 0.01, "at": time.time(),
    }  # fmt: skip


def finish(config: dict, output: Path, state: str, steps: int) -> None:
    (output / "adapter").mkdir(exist_ok=True)
    weights = output / "adapter" / "adapter_model.safetensors"
    weights.write_text(state)
    result = {
        "key": config["key"], "adapter": str(output / "adapter"),
        "adapter_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(), "steps": steps, "tokens": 100 * steps,
        "trained_tokens": 10 * steps, "seconds": 0.1, "final_loss": 1 / steps, "engine": "stand-in",
    }  # fmt: skip
    replace(output / "result.json", result)


if __name__ == "__main__":
    sys.exit(main())
