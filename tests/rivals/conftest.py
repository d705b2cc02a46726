"""What the comparisons with torch and transformers share: the real model, once here and once there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ftsdk.errors import ModelMissing
from ftsdk.providers.models import locate
from ftsdk.trainers.smol.weights import Llama, load_llama
from tests.rivals.hugging_face import write_directory


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model's file: $FTSDK_MODEL_FILE, or what `ft models pull` has brought."""
    override = os.environ.get("FTSDK_MODEL_FILE")
    try:
        return Path(override) if override else locate("smollm2-135m-instruct")
    except ModelMissing as error:
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
