"""One call of a promoted model, under the prompt and parameters it was proved with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ftsdk.data.value import Message
from ftsdk.errors import UsageError
from ftsdk.providers.base import Provider
from ftsdk.providers.inference import Answer
from ftsdk.registry import Resolved

MessagesLike = str | Sequence[Message | Mapping[str, str]]


async def call(provider: Provider, resolved: Resolved, model: str, messages: MessagesLike) -> Answer:
    """What ``model`` (the alias's own, or its base) answers."""
    chat = _chat(resolved.system_prompt, messages)
    async with provider.inference(model) as client:
        return await client.complete(model, chat, resolved.params)


def _chat(system_prompt: str | None, messages: MessagesLike) -> tuple[Message, ...]:
    if isinstance(messages, str):
        messages = [Message(role="user", content=messages)]
    chat = tuple(message if isinstance(message, Message) else Message.model_validate(message) for message in messages)
    if not chat:
        raise UsageError("there is no message to answer", help="give a text, or messages with role and content")
    if system_prompt is None or chat[0].role == "system":
        return chat
    return (Message(role="system", content=system_prompt), *chat)
