"""A merged GGUF is a model to llama.cpp, and says there what it says here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import _llama_cpp
from ftsdk.trainers.smol.export import merge_adapter, write_merged_gguf
from ftsdk.trainers.smol.tokenizer import Tokenizer
from ftsdk.trainers.smol.weights import load_llama
from tests.rivals.conftest import TICKETS, conversation

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not _llama_cpp.available(), reason="node-llama-cpp is not installed (needs npm)")
def test_llama_cpp_answers_in_json_from_the_merged_gguf(model_path: Path, trained: Path, tmp_path: Path) -> None:
    """Four prompts that the adapter was not trained on letter for letter."""
    model = load_llama(model_path)
    tokenizer = Tokenizer(model.file.values)
    write_merged_gguf(tmp_path / "merged.gguf", model, merge_adapter(model, trained))
    questions = [f"{question} (again)" for question, _answer in TICKETS]
    prompts = [tokenizer.encode_prompt(conversation(question, "")[:2]) for question in questions]
    said = _llama_cpp.greedy_answers(tmp_path / "merged.gguf", prompts, 40)
    assert all(isinstance(json.loads(text), dict) for text in said["answers"]), said["answers"]
