"""Batched decoding gives each prompt the answer it would get alone, and the server speaks its protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftsdk.trainers.smol import decode
from ftsdk.trainers.smol.block import frozen_forward, rms_norm
from ftsdk.trainers.smol.decode import Decoder, Generated, Prompt
from ftsdk.trainers.smol.layout import make_layout
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.weights import Llama, load_llama

END = 2


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Llama:
    return load_llama(tiny_model)


def prompts(count: int, shared: int, *, limit: int = 6, seed: int = 1) -> list[Prompt]:
    random = np.random.Generator(np.random.PCG64(seed))
    beginning = random.integers(3, 250, shared).tolist()
    return [
        Prompt([*beginning, *random.integers(3, 250, random.integers(1, 20)).tolist()], int(random.integers(1, limit)))
        for _ in range(count)
    ]


def answer_alone(model: Llama, prompt: Prompt) -> list[int]:
    """The textbook way: read everything again for every token."""
    tokens = list(prompt.tokens)
    for _ in range(prompt.max_tokens):
        layout = make_layout(0, [len(tokens)])
        rotation, x = Rotation(model.config, layout.positions), model.embedding[tokens]
        for layer in model.layers:
            x = frozen_forward(x, layer, model.config, rotation, layout.segments)
        tokens.append(int((rms_norm(x[-1:], model.output_norm, model.config.epsilon) @ model.embedding.T).argmax()))
        if tokens[-1] == END:
            return tokens[len(prompt.tokens) : -1]
    return tokens[len(prompt.tokens) :]


def answers(decoder: Decoder, batch: list[Prompt]) -> list[Generated]:
    found: dict[int, Generated] = {}
    decoder.generate(batch, found.__setitem__)
    return [found[i] for i in range(len(batch))]


@pytest.mark.parametrize("shared", [0, 1, 40])
def test_answers_are_those_of_the_textbook(model: Llama, shared: int) -> None:
    batch = prompts(9, shared)
    assert [a.tokens for a in answers(Decoder(model, END), batch)] == [answer_alone(model, p) for p in batch]


def test_more_prompts_than_places_are_all_answered(model: Llama, monkeypatch: pytest.MonkeyPatch) -> None:
    """With memory for a few at a time the others wait and move up, and answers stay the same."""
    batch = prompts(17, 10)
    expected = [a.tokens for a in answers(Decoder(model, END), batch)]
    monkeypatch.setattr(decode, "TOKENS_KEPT", 120)
    monkeypatch.setattr(decode, "ROWS_AT_ONCE", 8)
    assert [a.tokens for a in answers(Decoder(model, END), batch)] == expected


def test_a_remembered_prefix_answers_like_a_fresh_one(model: Llama) -> None:
    decoder = Decoder(model, END)
    answers(decoder, prompts(4, 40, seed=1))
    longer, other = prompts(4, 40, seed=1)[:1], prompts(5, 60, seed=2)
    for batch in (longer, other, prompts(3, 40, seed=1)):
        assert [a.tokens for a in answers(decoder, batch)] == [a.tokens for a in answers(Decoder(model, END), batch)]


def test_an_answer_ends_at_its_limit_or_at_the_context(model: Llama) -> None:
    at_limit, at_context = answers(Decoder(model, END), [Prompt([5, 6, 7], 3), Prompt([9] * 250, 99)])
    for answer, most in ((at_limit, 3), (at_context, 6)):
        assert len(answer.tokens) == most if answer.finish_reason == "length" else len(answer.tokens) < most


def serve(model_path: Path, requests: list[Any], *options: str) -> tuple[list[dict[str, Any]], int]:
    command = [sys.executable, "-m", "ftsdk.trainers.smol.serve", "--model", str(model_path), *options]
    lines = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in requests)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def test_the_server_answers_every_line_and_refuses_by_line(tiny_model: Path) -> None:
    """Bad requests get their error, the others their answers, and the end of the input ends the server."""
    chat = [{"role": "user", "content": "Hello"}]
    requests = [
        {"id": "a", "messages": chat, "max_tokens": 5},
        {"id": "b", "messages": [{"role": "user", "content": "x" * 500}], "max_tokens": 5},
        "this is no JSON",
        {"id": "c", "messages": [{"role": "user"}], "max_tokens": 5},
        {"id": "d", "messages": chat, "max_tokens": 5},
    ]
    said, code = serve(tiny_model, requests)
    assert code == 0
    assert said[0]["ready"] is True
    by_id = {answer["id"]: answer for answer in said[1:]}
    assert by_id["a"]["text"] == by_id["d"]["text"]
    assert by_id["a"]["finish_reason"] in ("stop", "length")
    assert by_id["a"]["completion_tokens"] <= 5
    assert "context" in by_id["b"]["error"]["message"]
    assert by_id["c"]["error"]["owner"] == "data"
    assert "not a request" in by_id[None]["error"]["message"]


def test_a_server_without_a_model_says_so_first(tmp_path: Path) -> None:
    said, code = serve(tmp_path / "none.gguf", [])
    assert code == 1
    assert "cannot be read" in said[0]["error"]["message"]


def test_a_server_with_a_broken_adapter_says_so_first(tiny_model: Path, tmp_path: Path) -> None:
    said, code = serve(tiny_model, [], "--adapter", str(tmp_path))
    assert code == 1
    assert "not a whole PEFT adapter" in said[0]["error"]["message"]
