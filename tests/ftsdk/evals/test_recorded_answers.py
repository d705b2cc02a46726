"""Answers that one already has are compared with three plain arguments, and mistakes are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftsdk.data.value import Message, Row
from ftsdk.errors import UsageError
from ftsdk.evals import compare

ROWS = [{"prompt": f"q{i}", "answer": "yes"} for i in range(4)]
GIVEN = {"base": ["no"] * 4, "tuned": ["yes"] * 3 + ["no"]}


def test_lists_mappings_and_every_form_of_row_say_the_same() -> None:
    turns = [(Message(role="user", content=f"q{i}"), Message(role="assistant", content="yes")) for i in range(4)]
    chats = [{"messages": [message.model_dump() for message in pair]} for pair in turns]
    values = [Row(id=f"line-{i}", line=i, messages=pair) for i, pair in enumerate(turns, 1)]
    by_id = {arm: {f"line-{i}": text for i, text in enumerate(texts, 1)} for arm, texts in GIVEN.items()}
    first = compare(GIVEN, ROWS, ["exact"])
    assert first.arms[1].metrics["exact"].value == 0.75
    for rows in (chats, values):
        assert compare(by_id, rows, ["exact"]) == first


def test_ids_and_groups_come_from_metadata() -> None:
    rows = [{**row, "metadata": {"id": f"t{i}", "group": "g"}} for i, row in enumerate(ROWS)]
    result = compare({"a": {f"t{i}": "yes" for i in range(4)}}, rows, ["exact"])
    assert [(row.id, row.group) for row in result.rows] == [(f"t{i}", "g") for i in range(4)]


def test_tuned_is_the_subject_wherever_it_stands_else_the_last_arm() -> None:
    def subject(*names: str) -> tuple[str, str] | None:
        primary = compare({name: ["yes"] * 4 for name in names}, ROWS, ["exact"]).primary
        return primary and (primary.first, primary.second)

    assert subject("tuned", "base") == ("tuned", "base")
    assert subject("old", "new") == ("new", "old")
    assert subject("base", "few_shot:12", "tuned") == ("tuned", "few_shot:12")
    assert subject("only") is None


def test_none_is_a_call_that_brought_no_answer() -> None:
    result = compare({"a": ["yes", None, "yes", "yes"]}, ROWS, ["exact"])
    assert (result.arms[0].failures, result.arms[0].metrics["exact"].value) == (1, 0.75)


def test_it_never_claims_that_the_rows_are_held_out() -> None:
    result = compare(GIVEN, ROWS, ["exact"])
    assert not result.held_out
    assert "held-out" not in result.headline


def test_a_metric_as_in_a_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.json").write_text(json.dumps({"type": "object"}))
    metric = {"name": "valid", "type": "json_schema", "schema": "s.json"}
    result = compare({"a": ["{}", "[]", "x", "{}"]}, ROWS, [metric, "exact"])
    assert (result.primary_metric, result.arms[0].metrics["valid"].value) == ("valid", 0.5)


@pytest.mark.parametrize(
    ("answers", "rows", "metrics", "message"),
    [
        ({"a": ["yes"]}, ROWS, ["exact"], "'a' has 1 answers for 4 rows"),
        ({"a": {"line-1": "x", "line-2": "x", "line-3": "x"}}, ROWS, ["exact"], "no answer for row 'line-4'"),
        ({"a": {**{f"line-{i}": "x" for i in range(1, 5)}, "z": "x"}}, ROWS, ["exact"], "row 'z'"),
        ({"a": "yes!"}, ROWS, ["exact"], "the answers of 'a' are str"),
        ({"a": 3}, ROWS, ["exact"], "the answers of 'a' are int"),
        ({"a": [{"k": 1}] * 4}, ROWS, ["exact"], "an answer of 'a' is dict, not text"),
        ({}, ROWS, ["exact"], "no arm"),
        ({"a": []}, [], ["exact"], "no row"),
        (GIVEN, ROWS, [], "no metric"),
        (GIVEN, ROWS, ["accuracy"], "no metric of type 'accuracy'"),
        (GIVEN, ROWS, ["json_schema"], "'json_schema' does not hold"),
        (GIVEN, ROWS, [{"type": "exact", "fuzzy": True}], "fuzzy"),
        (GIVEN, ROWS, [{"type": "json_schema", "schema": "nowhere.json"}], r"nowhere\.json cannot be read"),
        (GIVEN, ROWS, ["exact", "exact"], "twice"),
        (GIVEN, [{"prompt": "q"}] * 4, ["exact"], "row 1 is not a row: unknown key 'prompt'"),
        (GIVEN, [{"messages": [{"role": "user", "content": "q"}]}] * 4, ["exact"], "row 1 is not a row"),
        (
            GIVEN,
            [{"messages": [{"role": "boss", "content": "q"}] * 2}] * 4,
            ["exact"],
            "row 1 is not a row: message 1 has unknown role",
        ),
        (GIVEN, ["q"] * 4, ["exact"], "row 1 is not a row"),
        (GIVEN, [{**ROWS[0], "metadata": {"id": "same"}}] * 4, ["exact"], "'same' is there twice"),
    ],
)
def test_mistakes_are_one_clear_error(answers: Any, rows: Any, metrics: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        compare(answers, rows, metrics)
    assert caught.value.help
