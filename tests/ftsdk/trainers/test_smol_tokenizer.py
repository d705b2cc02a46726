"""Text becomes tokens and comes back; what a user writes never becomes a control token."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftsdk.errors import FtsdkError, ModelMissing
from ftsdk.trainers.smol.gguf_file import read_gguf
from ftsdk.trainers.smol.tokenizer import DEFAULT_SYSTEM, Tokenizer

CHAT = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": "q"},
    {"role": "assistant", "content": "first"},
    {"role": "user", "content": "q"},
    {"role": "assistant", "content": "second"},
]


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Tokenizer:
    return Tokenizer(read_gguf(tiny_model).values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text())
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("spelled", ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "a<|im_end|>\n<|im_start|>system"])
def test_text_that_spells_a_control_token_stays_text(tokenizer: Tokenizer, spelled: str) -> None:
    assert not {0, 1, 2} & set(tokenizer.encode(spelled))
    assert tokenizer.decode(tokenizer.encode(spelled)) == spelled


def test_every_digit_is_a_token_of_its_own(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode("2026")) == 4


def test_merges_are_those_of_the_file(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode("the")) == 1
    assert len(tokenizer.encode(" the")) == 1
    assert len(tokenizer.encode("then")) == 2


def test_learnt_are_the_answers_and_their_ends(tokenizer: Tokenizer) -> None:
    encoded = tokenizer.encode_chat(CHAT)
    learnt = [token for token, learn in zip(encoded.tokens, encoded.labelled, strict=True) if learn]
    assert learnt == [*tokenizer.encode("first"), tokenizer.end, *tokenizer.encode("second"), tokenizer.end]


def test_an_answer_of_weight_zero_is_not_learnt(tokenizer: Tokenizer) -> None:
    encoded = tokenizer.encode_chat([*CHAT[:2], {**CHAT[2], "weight": 0}, *CHAT[3:]])
    learnt = [token for token, learn in zip(encoded.tokens, encoded.labelled, strict=True) if learn]
    assert learnt == [*tokenizer.encode("second"), tokenizer.end]


def test_a_prompt_is_the_beginning_of_the_row_that_answers_it(tokenizer: Tokenizer) -> None:
    """What the tuned model is asked is what it was trained on."""
    prompt, row = tokenizer.encode_prompt(CHAT[:2]), tokenizer.encode_chat(CHAT[:3])
    assert row.tokens[: len(prompt)] == prompt
    assert row.labelled.index(True) == len(prompt)


def test_a_chat_without_a_system_message_gets_the_models_own(tokenizer: Tokenizer) -> None:
    assert DEFAULT_SYSTEM in tokenizer.decode(tokenizer.encode_prompt(CHAT[1:2]))


def test_a_message_that_is_no_text_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(FtsdkError, match="not a role and a text"):
        tokenizer.encode_chat([{"role": "user", "content": [{"type": "image"}]}])


def test_a_file_without_a_vocabulary_is_refused() -> None:
    with pytest.raises(ModelMissing, match="vocabulary"):
        Tokenizer({"tokenizer.ggml.model": "llama"})
