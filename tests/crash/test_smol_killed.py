"""A trainer that is killed or stopped at any moment ends, once started again, with an undisturbed one's weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ftsdk.trainers.contract import EXIT_STOPPED, TrainerConfig, TrainerResult
from ftsdk.trainers.smol.environment import environment
from tests.ftsdk.trainers.tiny_model import write_job, write_tiny_model

pytestmark = pytest.mark.crash

EPOCHS = 200  # about three seconds of training


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf")


def start(config: TrainerConfig) -> subprocess.Popen[bytes]:
    path = Path(config.output).parent / "config.json"
    command = [sys.executable, "-m", "ftsdk.trainers.smol", "--config", str(path)]
    return subprocess.Popen(command, env=os.environ | environment())


def adapter_hash(config: TrainerConfig) -> str:
    return TrainerResult.model_validate_json((Path(config.output) / "result.json").read_text()).adapter_sha256


@pytest.fixture(scope="module")
def undisturbed(model: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    config = write_job(tmp_path_factory.mktemp("calm"), model, epochs=EPOCHS)
    assert start(config).wait(120) == 0
    return adapter_hash(config)


@pytest.mark.parametrize("signal_sent", [signal.SIGKILL, signal.SIGTERM])
def test_stopped_again_and_again_it_ends_with_the_same_weights(
    model: Path, undisturbed: str, tmp_path: Path, signal_sent: signal.Signals
) -> None:
    config = write_job(tmp_path, model, epochs=EPOCHS, checkpoint_seconds=0.05)
    codes = []
    for moment in range(40):
        process = start(config)
        try:
            codes.append(process.wait(0.35 + 0.13 * moment))
        except subprocess.TimeoutExpired:
            process.send_signal(signal_sent)
            codes.append(process.wait(60))
        if codes[-1] == 0:
            break
    assert codes[-1] == 0
    assert len(codes) > 3, "it was disturbed"
    assert set(codes[:-1]) <= {-signal.SIGKILL, -signal.SIGTERM, EXIT_STOPPED}
    assert adapter_hash(config) == undisturbed


def test_a_stopped_trainer_says_so_and_keeps_its_steps(model: Path, tmp_path: Path) -> None:
    config = write_job(tmp_path, model, epochs=20_000, checkpoint_seconds=1000.0)
    process = start(config)
    metrics, deadline = Path(config.output) / "metrics.jsonl", time.monotonic() + 60
    while not (metrics.exists() and metrics.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.terminate()
    assert process.wait(60) == EXIT_STOPPED
    assert (Path(config.output) / "checkpoint" / "state.npz").exists()
    assert not (Path(config.output) / "error.json").exists()
