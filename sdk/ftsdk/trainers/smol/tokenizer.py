"""SmolLM2's tokenizer, built from the model file's own vocabulary: byte-level BPE and ChatML, no download.

Byte-level BPE: GPT-2 (Radford et al. 2019). ``tiktoken`` merges by the rank of the result, which is the order of the
ids here, so the vocabulary alone is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tiktoken

from ftsdk.errors import FtsdkError, ModelMissing

CONTROL = 3  # tokenizer.ggml.token_type of tokens that text may never spell

# GPT-2's pattern after a split at every digit (the pre-tokenizer named "smollm"): spaces before a digit stay together.
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+"

# The model's chat template puts this where a conversation brings no system message of its own.
DEFAULT_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


@dataclass(frozen=True)
class Encoded:
    """Token ids of a conversation; ``labelled[i]`` says whether token i is one to learn."""

    tokens: list[int]
    labelled: list[bool]


class Tokenizer:
    """Text to ids and back; ordinary text never becomes a control token, whatever it spells."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raise ModelMissing when the GGUF header ``values`` hold no byte-level BPE vocabulary with ChatML tokens."""
        tokens, kinds = values.get("tokenizer.ggml.tokens"), values.get("tokenizer.ggml.token_type")
        if not tokens or not kinds or values.get("tokenizer.ggml.model") != "gpt2":
            raise ModelMissing(
                "the model file brings no byte-level BPE vocabulary", help="use the file that `ft models pull` fetches"
            )
        self.size = len(tokens)
        self._unknown = int(values.get("tokenizer.ggml.unknown_token_id", 0))
        self._control = {text: index for index, text in enumerate(tokens) if kinds[index] == CONTROL}
        self._encoding = _byte_level_encoding(tokens, kinds)
        self.start, self.end = self._control["<|im_start|>"], self._control["<|im_end|>"]
        self._newline = self.encode("\n")

    def encode(self, text: str) -> list[int]:
        """Ids of ordinary text; bytes that the vocabulary lacks become the unknown token."""
        return [index if index < self.size else self._unknown for index in self._encoding.encode_ordinary(text)]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of ids, control tokens left out; incomplete characters become U+FFFD."""
        control = set(self._control.values())
        return self._encoding.decode([token for token in tokens if token not in control], errors="replace")

    def encode_prompt(self, messages: Sequence[Mapping[str, Any]]) -> list[int]:
        """Ids of a conversation that ends where the assistant is to answer."""
        return [*self.encode_chat(messages).tokens, self.start, *self.encode("assistant\n")]

    def encode_chat(self, messages: Sequence[Mapping[str, Any]]) -> Encoded:
        """Ids in ChatML; labelled are the assistant's words and the token that ends them (unless its weight is 0)."""
        if not messages or messages[0].get("role") != "system":
            messages = [{"role": "system", "content": DEFAULT_SYSTEM}, *messages]
        tokens: list[int] = []
        labelled: list[bool] = []
        for message in messages:
            role, content = _role_and_content(message)
            head = [self.start, *self.encode(f"{role}\n")]
            body = [*self.encode(content), self.end]
            learn = role == "assistant" and message.get("weight", 1) != 0
            tokens += [*head, *body, *self._newline]
            labelled += [False] * len(head) + [learn] * len(body) + [False] * len(self._newline)
        return Encoded(tokens, labelled)


def _role_and_content(message: Mapping[str, Any]) -> tuple[str, str]:
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str) or not isinstance(content, str):
        raise FtsdkError(
            f"a message is not a role and a text: {str(dict(message))[:80]}",
            help='write {"role": "user", "content": "..."}; the embedded engine takes no tool calls and no images',
            owner="data",
        )
    return role, content


def _byte_level_encoding(tokens: Sequence[str], kinds: Sequence[int]) -> tiktoken.Encoding:
    alphabet = {letter: byte for byte, letter in byte_letters().items()}
    ranks = {
        bytes(alphabet[letter] for letter in text): index
        for index, text in enumerate(tokens)
        if kinds[index] != CONTROL
    }
    # tiktoken needs every single byte; those the vocabulary lacks get ids past its end and are mapped back.
    absent = [bytes([byte]) for byte in range(256) if bytes([byte]) not in ranks]
    ranks |= {byte: len(tokens) + position for position, byte in enumerate(absent)}
    return tiktoken.Encoding("smollm2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


def byte_letters() -> dict[int, str]:
    """GPT-2's printable letter for each byte (``bytes_to_unicode``)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}
