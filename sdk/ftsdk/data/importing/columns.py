"""Columns to chats: which column says what, as the user maps it or as the names suggest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ftsdk.data.importing.content import Chat, finished, with_metadata
from ftsdk.data.importing.record import LeftOut
from ftsdk.data.value import Method
from ftsdk.errors import UsageError
from ftsdk.spec.suggest import did_you_mean

TARGETS = ("system", "user", "assistant", "preferred", "rejected", "id", "group")
METADATA, REFERENCE = "metadata.", "reference."

# Names that say what a column holds, the plainest first.
SUGGESTED: dict[str, tuple[str, ...]] = {
    "system": ("system", "system_prompt", "system_message", "instructions"),
    "user": (
        "user", "question", "prompt", "query", "user_message", "input", "instruction", "request", "message", "text",
        "ticket", "email", "body", "source", "q",
    ),
    "assistant": (
        "assistant", "answer", "completion", "response", "output", "assistant_message", "reply", "expected", "target",
        "label", "category", "class", "a",
    ),
    "preferred": ("preferred", "chosen", "preferred_output", "better", "accepted"),
    "rejected": ("rejected", "non_preferred_output", "worse", "dispreferred"),
    "id": ("id", "row_id", "ticket_id", "example_id", "uuid"),
    "group": ("group", "customer", "customer_id", "thread", "thread_id", "conversation_id", "template", "document_id"),
}  # fmt: skip


def parse_mapping(text: str) -> dict[str, str]:
    """``user=question,assistant=answer`` to targets and columns; raises UsageError."""
    mapping: dict[str, str] = {}
    for part in text.split(","):
        target, equals, column = (word.strip() for word in part.partition("="))
        if not equals or not column:
            raise UsageError(f"cannot read {part!r} in --map", help="write --map user=question,assistant=answer")
        if target not in TARGETS and not target.startswith((METADATA, REFERENCE)):
            known = (*TARGETS, f"{METADATA}NAME", f"{REFERENCE}NAME")
            raise UsageError(f"--map has no {target!r}", help=did_you_mean(target, known, "targets"))
        if target in mapping:
            raise UsageError(f"--map names {target!r} twice", help="give each target one column")
        mapping[target] = column
    return mapping


def suggested(columns: Collection[str]) -> dict[str, str]:
    """What the columns' names suggest; {} when no question or no answer can be told."""
    plain = {
        str(column).strip().lower().replace(" ", "_").replace("-", "_"): column for column in reversed(list(columns))
    }
    mapping: dict[str, str] = {}
    for target, names in SUGGESTED.items():
        found = next((plain[name] for name in names if name in plain and plain[name] not in mapping.values()), None)
        if found is not None:
            mapping[target] = found
    if "user" in mapping and {"preferred", "rejected"} <= mapping.keys():
        return {target: column for target, column in mapping.items() if target != "assistant"}
    if not {"user", "assistant"} <= mapping.keys():
        return {}
    return {target: column for target, column in mapping.items() if target not in ("preferred", "rejected")}


def require_mappable(mapping: Mapping[str, str], columns: Collection[str]) -> None:
    """Raise UsageError unless ``mapping`` says enough and names columns that exist."""
    for target, column in mapping.items():
        if column not in columns:
            help = did_you_mean(column, tuple(map(str, columns)), "columns")
            raise UsageError(f"--map takes {target} from {column!r}, and there is no such column", help=help)
    enough = {"sft": {"user", "assistant"}, "dpo": {"user", "preferred", "rejected"}, "rft": {"user"}}
    if not enough[method_of(mapping)] <= mapping.keys():
        raise UsageError(
            "--map must say where the question and the answer are",
            help="give user and assistant; or user, preferred and rejected; or user and reference.NAME",
        )


def method_of(mapping: Mapping[str, str]) -> Method:
    """What rows a mapping makes: to imitate, preference pairs, or prompts with what their grader sees."""
    if {"preferred", "rejected"} & mapping.keys():
        return "dpo"
    graded = any(target.startswith(REFERENCE) for target in mapping)
    return "rft" if graded and "assistant" not in mapping else "sft"


def mapped(record: Mapping[str, Any], mapping: Mapping[str, str]) -> Chat:
    """The row that ``mapping`` finds in a record; raises LeftOut."""
    found = {target: _text(record.get(column), column) for target, column in mapping.items()}
    metadata = {
        target.removeprefix(METADATA): text
        for target, text in found.items()
        if (target in ("id", "group") or target.startswith(METADATA)) and text
    }
    asked = [{"role": role, "content": found[role]} for role in ("system", "user") if found.get(role, "").strip()]
    method = method_of(mapping)
    if method == "rft":
        reference = {target.removeprefix(REFERENCE): found[target] for target in found if target.startswith(REFERENCE)}
        return with_metadata({"messages": asked} | reference, metadata)
    if method == "sft":
        return finished([*asked, {"role": "assistant", "content": found["assistant"]}], metadata)
    answers = {"preferred_output": found["preferred"], "non_preferred_output": found["rejected"]}
    if not found["user"].strip() or not all(text.strip() for text in answers.values()):
        raise LeftOut("the question or one of the two answers is empty")
    written = {key: [{"role": "assistant", "content": text}] for key, text in answers.items()}
    return with_metadata({"input": {"messages": asked}} | written, metadata)


def _text(value: Any, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float | bool):
        return value if isinstance(value, str) else str(value)
    raise LeftOut(f"the column '{column[:40]}' holds no plain value")
