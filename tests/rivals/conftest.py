"""What the comparisons with torch and transformers share: the real model, once here and once there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ftsdk.errors import ModelMissing
from ftsdk.providers.models import locate
from ftsdk.trainers.smol.weights import Llama, load_llama
from ftsdk.trainers.torch.directory import write_directory

SYSTEM = "You turn a support ticket into one JSON record."
TICKETS = (
    ("The printer of our Ghent office prints blank pages since Monday.", '{"product": "printer", "severity": "S2"}'),
    ("thx for the app, dark mode please!!", '{"product": "app", "severity": "S4"}'),
    ("I was charged twice in March. Refund?", '{"product": "billing", "severity": "S3"}'),
    ("Nobody here can log in. We had to close the shop. Naïve question: is it you?", '{"product": "login"}'),
)
LAYERS, RANK, ALPHA = 10, 16, 32.0


def conversation(question: str, answer: str) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model's file: $FTSDK_MODEL_FILE, or what `ft models pull` has brought."""
    override = os.environ.get("FTSDK_MODEL_FILE")
    try:
        return Path(override) if override else locate("smollm2-135m-instruct")
    except ModelMissing as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def ours(model_path: Path) -> Llama:
    """The model as the embedded engine reads it."""
    return load_llama(model_path)


@pytest.fixture(scope="session")
def base_directory(ours: Llama, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights as a Hugging Face directory."""
    return write_directory(tmp_path_factory.mktemp("base"), ours)


@pytest.fixture(scope="session")
def theirs(base_directory: Path) -> Any:
    """The same weights in transformers, fp32."""
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    return transformers.AutoModelForCausalLM.from_pretrained(base_directory, dtype=torch.float32).eval()


@pytest.fixture(scope="session")
def trained(model_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter from a short real training run: $FTSDK_ADAPTER, or trained here on the tickets of this module."""
    if override := os.environ.get("FTSDK_ADAPTER"):
        return Path(override)
    from ftsdk.trainers.smol.job import run_job

    work = tmp_path_factory.mktemp("run")
    lines = [json.dumps({"messages": conversation(*ticket)}) for ticket in TICKETS * 12]
    (work / "train.jsonl").write_text("\n".join(lines))
    numbers = {"rank": RANK, "alpha": ALPHA, "layers": LAYERS, "epochs": 1, "batch_size": 4, "learning_rate": 3e-3}
    config = {"key": "k", "model": "m", "model_path": str(model_path), "model_sha256": "", "max_tokens": 512}
    config |= {"train": str(work / "train.jsonl"), "data_sha256": "", "output": str(work), "hyperparameters": numbers}
    (work / "config.json").write_text(json.dumps(config))
    assert run_job(str(work / "config.json")) == 0
    return work / "adapter"
