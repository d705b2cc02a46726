"""The tiny model, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ftsdk.trainers.tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a llama GGUF with random weights."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf")
