"""Fields that the language has and nothing acts on yet, each with the issue that brings its reader.

The list only shrinks: whoever makes the code read a field takes its line out. Meanwhile using one gives a warning at
its place, and what would mean something else when it is left out cannot be planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, get_args

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec.document import Document
from ftsdk.spec.fields import SpecValue
from ftsdk.spec.later import Later
from ftsdk.spec.places import Path, dotted, warning

PLAN = "Plan: what would change"
PROVIDERS = "Providers: one protocol"
EVALS = "Evaluation that can be trusted"
BOT = "ftbot: the advisor in Slack"

# A class stands for the whole part; `blocks` marks what a plan may not leave out.
FIELDS: dict[str, tuple[str, ...]] = {
    PLAN: ("Lifecycle.protect", "Lifecycle.on_remove"),
    PROVIDERS: (
        "FineTuneBody.deployment", "DeleteAfter",
        "Adapter.type", "Adapter.dropout", "Adapter.modules", "Method.scheduler",
        "Method.min_lr_ratio", "Method.warmup_ratio", "Method.weight_decay", "Method.max_grad_norm",
        "Method.gradient_accumulation_steps", "Method.max_sequence_tokens", "Method.train_on_inputs",
        "Method.checkpoints", "Method.evaluations",
        "Method.early_stopping", "Method.rpo_alpha", "Method.simpo_gamma", "Method.length_normalized",
        "Method.samples_per_prompt", "Method.max_prompt_tokens", "Method.max_answer_tokens",
        "OpenAIConnection.webhook_secret", "LambdaGrader",
        "BedrockConnection", "TogetherConnection", "RayConnection",
    ),
    EVALS: ("PythonGrader.image_tag",),
    BOT: ("FineTuneBody.notify", "Group.slack_group"),
}  # fmt: skip

# What would mean something else if it were left out.
BLOCKING: dict[str, tuple[str, ...]] = {
    PLAN: ("FineTuneBody.continue_from",),
}  # fmt: skip


class Unread(NamedTuple):
    """One use of something that nothing acts on yet."""

    path: Path
    issue: str
    blocks: bool
    kind: str = ""

    @property
    def message(self) -> str:
        """What is not acted on, with its kind where a path alone does not say it."""
        return f"{dotted(self.path)}{f' ({self.kind})' if self.kind else ''} is not acted on yet"


_ISSUES = {
    name: (issue, table is BLOCKING) for table in (FIELDS, BLOCKING) for issue, names in table.items() for name in names
}


def unread(value: Any, path: Path = ()) -> Iterator[Unread]:
    """Every use below ``value``, a validated part of a document that stands at ``path``."""
    if isinstance(value, SpecValue):
        whole = _ISSUES.get(type(value).__name__)
        if whole is not None:
            yield Unread(path, *whole, kind=_kind(value))
            return
        yield from _unread_fields(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unread(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from unread(item, (*path, index))


def _kind(value: SpecValue) -> str:
    """What tells a part from its siblings: its ``type``, or the key that only it has."""
    required = (name for name, field in type(value).model_fields.items() if field.is_required())
    return str(getattr(value, "type", None) or next(required, ""))


def _unread_fields(value: SpecValue, path: Path) -> Iterator[Unread]:
    table = _table(type(value))
    for name in value.model_fields_set:
        written_as, listed, default, is_leaf = table[name]
        if is_leaf:
            continue
        if listed is None:
            yield from unread(getattr(value, name), (*path, written_as))
        elif getattr(value, name) != default:
            yield Unread((*path, written_as), *listed)


@cache
def _table(model: type[SpecValue]) -> dict[str, tuple[str, tuple[str, bool] | None, Any, bool]]:
    """Of each field: its name in the file, its line in the lists, its default, whether nothing in it can be listed."""
    return {
        name: (
            field.alias or name,
            listed := _listed(model, name),
            field.get_default(call_default_factory=True),
            listed is None and not _holds_parts(field.annotation),
        )
        for name, field in model.model_fields.items()
    }


def _listed(model: type[SpecValue], name: str) -> tuple[str, bool] | None:
    """The line of a field, by the class that declares it."""
    lines = (_ISSUES.get(f"{owner.__name__}.{name}") for owner in model.__mro__)
    return next((line for line in lines if line is not None), None)


def _holds_parts(annotation: Any) -> bool:
    """Whether a value of this type may have a part of a spec in it."""
    if isinstance(annotation, Later) or (isinstance(annotation, type) and issubclass(annotation, SpecValue)):
        return True
    return any(map(_holds_parts, get_args(annotation)))


def warnings(value: SpecValue, document: Document) -> tuple[Diagnostic, ...]:
    """A warning for each use, where it is written."""
    return tuple(
        warning(
            "spec/not-acted-on",
            use.message,
            document.key_place(use.path),
            f"it comes with '{use.issue}'" + ("; until then this cannot be planned" if use.blocks else ""),
        )
        for use in unread(value)
    )
