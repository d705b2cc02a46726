"""Chats as token ids by a model directory's own tokenizer and template, in the form the embedded engine's rows have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ftsdk.errors import FtsdkError
from ftsdk.trainers.smol.tokenizer import Encoded


class TemplateTokens:
    """A Hugging Face tokenizer with a chat template.

    Every turn is encoded by itself: what training shows before an answer is, token by token, what a question shows.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Raise FtsdkError when the tokenizer has no chat template."""
        if not getattr(tokenizer, "chat_template", None):
            raise FtsdkError(
                "the model's tokenizer has no chat template, so a conversation cannot be shown to it",
                help="use the instruct variant of the model, or add chat_template to its tokenizer_config.json",
                owner="configuration",
            )
        self._tokenizer = tokenizer
        self._control = [token for token in tokenizer.all_special_tokens if token]
        self.end: int = tokenizer.eos_token_id

    def encode(self, text: str) -> list[int]:
        """Ids of a piece of a rendered conversation."""
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of ids, control tokens left out."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def encode_prompt(self, messages: Sequence[Mapping[str, Any]]) -> list[int]:
        """Ids of a conversation that ends where the assistant is to answer."""
        self._refuse_control(messages)
        tokens: list[int] = []
        for piece, _learn in self._pieces(messages, ask=True):
            tokens += self.encode(piece)
        return tokens

    def encode_chat(self, messages: Sequence[Mapping[str, Any]]) -> Encoded:
        """Ids of a whole conversation; labelled are the assistant's words and the token that ends them."""
        self._refuse_control(messages)
        tokens: list[int] = []
        labelled: list[bool] = []
        for piece, learn in self._pieces(messages, ask=False):
            ids = self.encode(piece)
            tokens += ids
            labelled += [learn] * len(ids)
        return Encoded(tokens, labelled)

    def _pieces(self, messages: Sequence[Mapping[str, Any]], *, ask: bool) -> list[tuple[str, bool]]:
        """The rendered text in order, cut before and after each answer; the flag says that a piece is to be learnt."""
        pieces: list[tuple[str, bool]] = []
        done = ""
        for number, message in enumerate(messages):
            if message["role"] != "assistant":
                continue
            head = self._rendered(messages[:number], ask=True)
            whole = self._rendered(messages[: number + 1], ask=False)
            if not whole.startswith(head) or not head.startswith(done):
                raise _rewrites(number)
            answer = whole[len(head) :]
            told = answer.rstrip()
            pieces += [(head[len(done) :], False), (told, message.get("weight", 1) != 0), (answer[len(told) :], False)]
            done = whole
        last = self._rendered(messages, ask=ask)
        if not last.startswith(done):
            raise _rewrites(len(messages) - 1)
        return [piece for piece in (*pieces, (last[len(done) :], False)) if piece[0]]

    def _rendered(self, messages: Sequence[Mapping[str, Any]], *, ask: bool) -> str:
        turns = [{"role": message["role"], "content": message["content"]} for message in messages]
        return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=ask))

    def _refuse_control(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            content = message.get("content")
            if not isinstance(message.get("role"), str) or not isinstance(content, str):
                raise FtsdkError(
                    f"a message is not a role and a text: {str(dict(message))[:80]}",
                    help='write {"role": "user", "content": "..."}; the torch trainer takes no tools, no images',
                    owner="data",
                )
            if spelled := next((token for token in self._control if token in content), None):
                raise FtsdkError(
                    f"a message spells {spelled!r}, which is a control token of the model",
                    help="remove it from the text: the model would read it as the end of a turn",
                    owner="data",
                )


def _rewrites(number: int) -> FtsdkError:
    return FtsdkError(
        f"the model's chat template shows message {number + 1} differently once another follows it",
        help="train on conversations with one answer each",
        owner="data",
    )
