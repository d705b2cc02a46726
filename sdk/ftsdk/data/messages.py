"""The rules of one message and of their order, whatever the method."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, get_args

from ftsdk.data.value import Message, Role, ToolCall
from ftsdk.spec.suggest import did_you_mean, nearest

ROLES: tuple[str, ...] = get_args(Role)
MESSAGE_KEYS = ("role", "content", "name", "tool_calls", "tool_call_id", "weight")
RENAMED = {"developer": "system", "human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}

# What chat templates use as structure (ChatML, Llama 3, Llama 2, Gemma): inside content it would forge a turn.
CONTROL_TOKEN = re.compile(r"<\|[a-zA-Z0-9_]{2,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>")
HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class Fault(NamedTuple):
    """One rule that a row breaks."""

    code: str
    message: str
    help: str


def message_of(value: Mapping[str, Any]) -> Message:
    """The message in a mapping that has no fault."""
    calls = [ToolCall(id=call["id"], **call["function"]) for call in value.get("tool_calls") or ()]
    return Message(
        role=value["role"],
        content=value.get("content") or "",
        tool_calls=tuple(calls),
        tool_call_id=value.get("tool_call_id"),
        name=value.get("name"),
        weight=value.get("weight"),
    )


def weighted(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The turns with weight 0 on every earlier turn of the assistant that says nothing of its own weight.

    What is learnt is the answer; a row that wants more writes ``"weight": 1`` on the turns it means.
    """
    earlier = (
        turn.model_copy(update={"weight": 0}) if turn.role == "assistant" and turn.weight is None else turn
        for turn in messages[:-1]
    )
    return (*earlier, *messages[-1:])


def unknown_keys(value: Mapping[str, Any], known: tuple[str, ...], otherwise: str) -> Iterator[Fault]:
    """Keys that are not ``known``, each with the one that was probably meant."""
    for key in value:
        if key not in known:
            near = nearest(str(key), known) if isinstance(key, str) else None
            help = f"did you mean '{near}'?" if near else otherwise
            yield Fault("data/unknown-key", f"unknown key '{str(key)[:40]}'", help)


def message_faults(message: Any, number: int, *, is_answer: bool, within: str = "") -> Iterator[Fault]:
    """What is wrong with message ``number`` (from 1) ``within`` a part of the row."""
    shown = f"message {number}{within}"
    if not isinstance(message, Mapping):
        yield Fault("data/message", f"{shown} is not an object", "write {role, content}")
        return
    yield from unknown_keys(message, MESSAGE_KEYS, "put what is only carried along below the row's 'metadata'")
    yield from _role_faults(message.get("role"), shown)
    yield from _content_faults(message, shown, "the answer" if is_answer else shown)
    yield from _weight_faults(message, shown)
    name = message.get("name")
    if name is not None and (not isinstance(name, str) or not name or HALF_CHARACTER.search(name)):
        yield Fault("data/name", f"{shown} has a name that is no text", "write a short text, or leave it out")


def order_faults(messages: Sequence[Any], *, answered: bool) -> Iterator[Fault]:
    """What is wrong with the order of messages; ``answered`` when the last must be the assistant's."""
    roles = [message.get("role") if isinstance(message, Mapping) else None for message in messages]
    if "system" in roles[1:]:
        yield Fault("data/order", "a system message stands after another message", "put it first, once")
    if answered and roles[-1] != "assistant":
        help = "end each row with the answer"
        yield Fault("data/last-not-assistant", "the last message is not the assistant's", help)
    if not answered and roles[-1] not in ("user", "tool"):
        help = "end the prompt with what is asked; the answers stand elsewhere or are the model's own"
        yield Fault("data/last-not-user", "the prompt's last message is not the user's", help)
    if "user" not in roles:
        yield Fault("data/order", "no user message", "write what the answer answers")
    for number, (first, second) in enumerate(pairwise(roles), 1):
        if first == second and first in ("user", "assistant"):
            message = f"messages {number} and {number + 1} are both the {first}'s"
            yield Fault("data/alternation", message, "join them: some providers refuse such rows")
            break
    if answered:
        yield from _nothing_trained(messages)


def _role_faults(role: Any, shown: str) -> Iterator[Fault]:
    if isinstance(role, str) and role in ROLES:
        return
    if not isinstance(role, str):
        yield Fault("data/role", f"{shown} has no role", f"roles: {', '.join(ROLES)}")
        return
    known = RENAMED.get(role.lower())
    help = f"write '{known}'" if known else did_you_mean(role, ROLES, "roles")
    yield Fault("data/role", f"{shown} has unknown role '{role[:40]}'", help)


def _content_faults(message: Mapping[str, Any], shown: str, name: str) -> Iterator[Fault]:
    content = message.get("content")
    if message.get("tool_calls") and content in (None, ""):
        return
    if not isinstance(content, str):
        help = "content is one text; join the parts" if isinstance(content, list) else "write a text"
        yield Fault("data/content", f"{shown} has no text as content", help)
        return
    if not content.strip():
        code = "data/empty-answer" if name == "the answer" else "data/empty-content"
        what = "only whitespace" if content else "empty"
        yield Fault(code, f"{name} is {what}", "write it, or remove the row")
    token = CONTROL_TOKEN.search(content)
    if token:
        help = "remove it: the chat template adds its own"
        yield Fault("data/control-token", f"{shown} contains the control token {token.group()}", help)
    if not content.isascii() and HALF_CHARACTER.search(content):
        yield Fault("data/surrogate", f"{shown} contains half a character", "repair the \\ud... escape")
    if "\0" in content:
        yield Fault("data/nul", f"{shown} contains a NUL character", "remove the \\u0000 escape")


def _weight_faults(message: Mapping[str, Any], shown: str) -> Iterator[Fault]:
    weight = message.get("weight")
    if weight is None:
        return
    if isinstance(weight, bool) or weight not in (0, 1):
        yield Fault("data/weight", f"{shown} has weight {str(weight)[:20]}", "write 0 (not learnt) or 1 (learnt)")
    elif message.get("role") != "assistant":
        yield Fault(
            "data/weight", f"{shown} has a weight but is not the assistant's", "leave it out: it is never learnt"
        )


def _nothing_trained(messages: Sequence[Any]) -> Iterator[Fault]:
    turns = [turn for turn in messages if isinstance(turn, Mapping) and turn.get("role") == "assistant"]
    if turns and all(turn.get("weight") == 0 for turn in turns):
        help = "give the answer weight 1, or remove the row"
        yield Fault("data/nothing-trained", "every answer has weight 0: nothing would be learnt", help)
