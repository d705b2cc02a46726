"""Which documented format a row is in, told by its keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from ftsdk.data.value import Method

Form = Method | Literal["prompt_completion", "sharegpt", "alpaca", "text", "request", "trl_preference", "converse"]

# Keys that tell a format, the most telling first; `messages` alone is told apart by its last role elsewhere.
TELLING: tuple[tuple[Form, frozenset[str]], ...] = (
    ("dpo", frozenset({"input", "preferred_output"})),
    ("dpo", frozenset({"input", "non_preferred_output"})),
    ("trl_preference", frozenset({"chosen", "rejected"})),
    ("sharegpt", frozenset({"conversations"})),
    ("alpaca", frozenset({"instruction", "output"})),
    ("prompt_completion", frozenset({"prompt", "completion"})),
    ("converse", frozenset({"schemaVersion", "messages"})),
    ("request", frozenset({"model", "messages"})),
    ("request", frozenset({"custom_id", "body"})),
    ("request", frozenset({"request", "response"})),
    ("request", frozenset({"request_body"})),
    ("request", frozenset({"model", "input"})),
    ("sft", frozenset({"messages"})),
    ("text", frozenset({"text"})),
)

NAMES: dict[Form, str] = {
    "sft": "a chat to imitate",
    "dpo": "a preference pair",
    "rft": "a graded prompt",
    "prompt_completion": "a prompt with its completion",
    "sharegpt": "a ShareGPT conversation",
    "alpaca": "an Alpaca instruction",
    "text": "plain text",
    "request": "a logged request",
    "trl_preference": "a TRL preference pair",
    "converse": "a Bedrock conversation",
}


def form_of(keys: Collection[str]) -> Form | None:
    """The format that has these keys at its top level; None when no documented one does."""
    present = frozenset(key for key in keys if isinstance(key, str))
    return next((form for form, telling in TELLING if telling <= present), None)


def method_of_row(value: Any) -> Method | None:
    """The method whose rows look like this decoded one; None when it is in no documented format."""
    form = form_of(value.keys()) if isinstance(value, Mapping) else None
    if form is None or form == "dpo":
        return form
    return "rft" if form == "sft" and _asks(value) else "sft"


def _asks(value: Mapping[str, Any]) -> bool:
    """Whether a chat ends with the question and brings what a grader needs, as graded prompts do."""
    messages = value.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    brings = set(value) - {"messages", "tools", "metadata", "parallel_tool_calls"}
    return isinstance(last, Mapping) and last.get("role") in ("user", "tool") and bool(brings)
