"""Answers that one already has, compared: no workspace, no model, no calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ftsdk.data.value import Message, Row
from ftsdk.errors import UsageError
from ftsdk.evals.compare import compare_arms
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.graders import GRADERS, build_graders
from ftsdk.evals.text import carriable, short
from ftsdk.evals.value import Arm, ArmKind, Comparison
from ftsdk.providers.inference import Answer, Usage
from ftsdk.spec.model import Metric

Recorded = Sequence[str | None] | Mapping[str, str | None]
"""One arm's answers: a list in the rows' order, or texts by row id; None where a call brought no answer."""

_METRIC: TypeAdapter[Metric] = TypeAdapter(Metric)


def compare(
    answers: Mapping[str, Recorded],
    rows: Sequence[Row | Mapping[str, Any]],
    metrics: Sequence[str | Mapping[str, Any]],
    *,
    name: str = "comparison",
) -> Comparison:
    """Compares recorded answers, by arm, on the same rows.

    ``rows``: Rows, ``{"messages": [...]}`` as in chat JSONL, or ``{"prompt": ..., "answer": ...}``. ``metrics``:
    ``"exact"``, ``"json_fields"``, or mappings as in a spec (a schema's path starts at the working directory). The
    arm called "tuned", else the last, is measured against the others. Raises UsageError for answers that do not fit
    the rows, unknown metrics, and when there is nothing to compare.
    """
    kept = tuple(_row(row, index) for index, row in enumerate(rows, 1))
    arms = tuple(Arm(name=arm, kind=_kind(arm), model="recorded") for arm in answers)
    return compare_arms(
        name,
        arms,
        {arm: _by_row(arm, given, kept) for arm, given in answers.items()},
        kept,
        build_graders([_metric(metric) for metric in metrics], _read_text),
        sampled_from=len(kept),
        held_out=False,
        subject="tuned" if "tuned" in answers else next(reversed(list(answers)), None),
    )


def _kind(arm: str) -> ArmKind:
    family = arm.partition(":")[0]
    kinds: dict[str, ArmKind] = {"base": "base", "prompted": "prompted", "few_shot": "few_shot", "tuned": "tuned"}
    return kinds.get(family, "recorded")


def _by_row(arm: str, given: Recorded, rows: Sequence[Row]) -> dict[str, Answer]:
    if isinstance(given, str) or not isinstance(given, Mapping | Sequence):
        raise UsageError(f"the answers of {arm!r} are {type(given).__name__}", help="give a list, or texts by row id")
    if not isinstance(given, Mapping):
        if len(given) != len(rows):
            raise UsageError(
                f"{arm!r} has {len(given)} answers for {len(rows)} rows",
                help="give one for each row, in the rows' order; None where a call brought no answer",
            )
        given = {row.id: text for row, text in zip(rows, given, strict=True)}
    missing = [row.id for row in rows if row.id not in given]
    if missing:
        raise UsageError(
            f"{arm!r} has no answer for row {missing[0]!r}" + (f" and {len(missing) - 1} more" if missing[1:] else ""),
            help="give None where a call brought no answer, so that it counts as one",
        )
    return {row_id: _answer(arm, text) for row_id, text in given.items()}


def _answer(arm: str, text: object) -> Answer:
    if text is None:
        return failed_answer("no answer was recorded for this row")
    if not isinstance(text, str):
        raise UsageError(
            f"an answer of {arm!r} is {type(text).__name__}, not text", help="give what the model said, as text"
        )
    usage = Usage(prompt_tokens=0, completion_tokens=0)
    return Answer(text=carriable(text), usage=usage, latency=0.0, finish_reason="stop")


def _row(row: Row | Mapping[str, Any], index: int) -> Row:
    if isinstance(row, Row):
        return row
    try:
        metadata = {str(key): str(value) for key, value in dict(row.get("metadata") or {}).items()}
        messages = tuple(Message.model_validate(message) for message in row.get("messages") or _turns(row))
        if len(messages) < 2:
            raise ValueError("a row has a prompt and an answer")
        row_id, group = metadata.get("id", f"line-{index}"), metadata.get("group")
        return Row(id=row_id, line=index, messages=messages, group=group, metadata=metadata)
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # a ValidationError is a ValueError
        raise UsageError(
            f"row {index} is not a row: {_reason(error)}",
            help='give a Row, {"messages": [...]} or {"prompt": ..., "answer": ...}',
        ) from error


def _turns(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["answer"]}]


def _metric(wanted: str | Mapping[str, Any]) -> Metric:
    asked = {"type": wanted} if isinstance(wanted, str) else dict(wanted)
    kind = asked.get("type")
    if kind not in GRADERS:
        raise UsageError(f"there is no metric of type {kind!r}", help=f"use one of: {', '.join(GRADERS)}")
    title = asked.pop("name", kind)
    try:
        # a name here need not be fit for a spec: "json_fields" is what a notebook calls it
        return _METRIC.validate_python({**asked, "name": "metric"}).model_copy(update={"name": str(title)})
    except ValidationError as error:
        raise UsageError(
            f"the metric {title!r} does not hold: {_reason(error)}",
            help='write it as in a spec, for example {"name": "valid", "type": "json_schema", "schema": "a.json"}',
        ) from error


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", help="give a path from the working directory") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc']) or 'it'}: {first['msg']}"
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return short(str(error))
