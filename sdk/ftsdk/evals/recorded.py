"""Answers that one already has, compared: no workspace, no model, no calls."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ftsdk.data.rows import parse_row
from ftsdk.data.value import Row
from ftsdk.errors import UsageError
from ftsdk.evals.compare import compare_arms
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.graders import GRADERS, build_graders
from ftsdk.evals.text import carriable
from ftsdk.evals.value import RECORDED, Arm, ArmKind, Comparison
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
    arms = tuple(Arm(name=arm, kind=_kind(arm), model=RECORDED) for arm in answers)
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


def read_recorded(text: str, name: str, rows: Sequence[Row]) -> dict[str, Answer]:
    """Answers by row id from a file's text: JSONL or CSV with ids, promptfoo's JSON output, or a line for each row.

    Rows that the file does not answer count as failed calls. Raises UsageError when nothing in it fits a row.
    """
    whole = _whole(text)
    found = _table(text, name) if whole is None else _promptfoo(whole, rows)
    ids = {row.id for row in rows}
    if found and not any(row_id in ids for row_id, _ in found) and len(found) == len(rows):
        found = [(row.id, answer) for row, (_, answer) in zip(rows, found, strict=True)]
    answers = {row_id: _answer(name, answer) for row_id, answer in found if row_id in ids}
    if not answers:
        raise UsageError(
            f"no answer in {name} belongs to a row",
            help='give JSONL lines such as {"id": "line-1", "answer": ...}, or one line for each row, in order',
        )
    return answers


def read_labels(text: str, name: str) -> dict[tuple[str, str], float]:
    """What people think, from JSONL: ``{"id": row, "arm": arm, "score": 0 to 1}``; keyed by (row id, arm).

    Raises UsageError for a line that is something else.
    """
    labels: dict[tuple[str, str], float] = {}
    for number, line in enumerate(text.splitlines(), 1):
        record = _record(line, number, name) if line.strip() else None
        if record is None:
            continue
        score = record.get("score") if isinstance(record, dict) else None
        if not isinstance(score, (bool, int, float)) or not 0 <= score <= 1 or not {"id", "arm"} <= set(record):
            raise UsageError(
                f"line {number} of {name} is no label", help='write {"id": "line-1", "arm": "tuned", "score": 1}'
            )
        labels[str(record["id"]), str(record["arm"])] = float(score)
    return labels


_ANSWER_KEYS = ("answer", "output", "text", "response", "completion", "content")
_ID_KEYS = ("id", "row", "row_id", "custom_id")


def _table(text: str, name: str) -> list[tuple[str, str | None]]:
    if name.lower().endswith(".csv"):
        records: list[Any] = list(csv.DictReader(io.StringIO(text)))
    else:
        records = [_record(line, number, name) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return [_pair(record, number, name) for number, record in enumerate(records, 1)]


def _record(line: str, number: int, name: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(
            f"line {number} of {name} is not JSON: {error}", help="correct it; nothing was compared"
        ) from error


def _pair(record: Any, number: int, name: str) -> tuple[str, str | None]:
    if isinstance(record, str):
        return f"line-{number}", record
    if isinstance(record, dict):
        row_id = next((str(record[key]) for key in _ID_KEYS if record.get(key) is not None), f"line-{number}")
        if isinstance(record.get("messages"), list) and record["messages"]:
            return row_id, _text(record["messages"][-1].get("content"))
        for key in _ANSWER_KEYS:
            if key in record:
                return row_id, _text(record[key])
    raise UsageError(
        f"line {number} of {name} has no answer",
        help=f"name it one of: {', '.join(_ANSWER_KEYS)}; null where none came",
    )


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(text: str) -> dict[str, Any] | None:
    """The file as one JSON object with results, as promptfoo writes it; None for lines of JSON."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "results" in found else None


def _promptfoo(whole: Mapping[str, Any], rows: Sequence[Row]) -> list[tuple[str, str | None]]:
    """promptfoo's `-o out.json`: results.results[] with response.output, vars, testIdx; of the first provider."""
    try:
        results = whole["results"]
        found = results["results"] if isinstance(results, dict) else results
        first = found[0].get("provider") if found else None
        mine = [one for one in found if one.get("provider") == first]
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(
            "this is not promptfoo's JSON output", help="write it with `promptfoo eval -o out.json`"
        ) from error
    return [_promptfoo_pair(one, number, rows) for number, one in enumerate(mine)]


def _promptfoo_pair(one: Mapping[str, Any], number: int, rows: Sequence[Row]) -> tuple[str, str | None]:
    response = one.get("response") or {}
    index = one.get("testIdx", number)
    named = (one.get("vars") or {}).get("id")
    fallback = rows[index].id if isinstance(index, int) and 0 <= index < len(rows) else f"line-{number + 1}"
    return str(named) if named is not None else fallback, _text(response.get("output"))


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


def _row(row: Row | Mapping[str, Any], line: int) -> Row:
    if isinstance(row, Row):
        return row
    chat: Any = row
    if isinstance(row, Mapping) and "prompt" in row and "answer" in row:
        turns = [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["answer"]}]
        chat = {"messages": turns, **{key: value for key, value in row.items() if key not in ("prompt", "answer")}}
    parsed, faults = parse_row(chat, line)
    if parsed is None:
        raise UsageError(
            f"row {line} is not a row: {faults[0].message}",
            help=f'{faults[0].help}; a row is a Row, {{"messages": [...]}} or {{"prompt": ..., "answer": ...}}',
        )
    return parsed


def _metric(wanted: str | Mapping[str, Any]) -> Metric:
    asked = {"type": wanted} if isinstance(wanted, str) else dict(wanted)
    kind = asked.get("type")
    if kind not in GRADERS:
        raise UsageError(f"there is no metric of type {kind!r}", help=f"use one of: {', '.join(GRADERS)}")
    title = asked.pop("name", kind)
    try:
        # a name here need not be fit for a spec: "json_fields" is what a notebook calls it
        return _METRIC.validate_json(json.dumps({**asked, "name": "metric"})).model_copy(update={"name": str(title)})
    except (ValidationError, TypeError) as error:
        raise UsageError(
            f"the metric {title!r} does not hold: {_reason(error)}",
            help='write it as in a spec, for example {"name": "valid", "type": "json_schema", "schema": "a.json"}',
        ) from error


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", help="give a path from the working directory") from error


def _reason(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'it'}: {first['msg']}"
