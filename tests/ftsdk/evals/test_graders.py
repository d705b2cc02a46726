"""Graders score strictly, say what was wrong, and survive whatever a model writes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from pydantic import TypeAdapter

from ftsdk.data.value import Message, Row
from ftsdk.errors import SpecError
from ftsdk.evals import Grader, build_graders, compare
from ftsdk.evals.value import Score
from ftsdk.spec.model import Metric

TICKET = {
    "type": "object",
    "properties": {"priority": {"enum": ["low", "high"]}, "tags": {"type": "array"}},
    "required": ["priority"],
    "additionalProperties": False,
}


def grader(kind: str, schema: object = TICKET) -> Grader:
    written: Mapping[str, str] = {"name": "metric", "type": kind}
    if kind == "json_schema":
        written = {**written, "schema": "ticket.json"}
    text = schema if isinstance(schema, str) else json.dumps(schema)
    (built,) = build_graders([TypeAdapter(Metric).validate_python(written)], {"ticket.json": text}.__getitem__)
    return built


def row(expected: str) -> Row:
    turns = (Message(role="user", content="question"), Message(role="assistant", content=expected))
    return Row(id="line-1", line=1, messages=turns)


def fields(answer: str, expected: str) -> Score:
    return grader("json_fields").grade(answer, row(expected))


def test_exact_ignores_outer_space_and_nothing_else() -> None:
    exact = grader("exact")
    assert exact.grade(" yes\n", row("yes")).value == 1
    wrong = exact.grade("Yes", row("yes"))
    assert (wrong.value, wrong.detail) == (0, "'Yes' instead of 'yes'")


def test_a_field_counts_by_itself() -> None:
    score = fields('{"a": 1, "b": "x", "d": 0, "e": 0}', '{"a": 1, "b": "y", "c": null}')
    assert score.value == pytest.approx(1 / 3)
    assert score.parts == {"a": 1, "b": 0, "c": 0}
    assert score.detail == "b 'x' instead of 'y'; c missing; extra d, e"


@pytest.mark.parametrize(
    ("given", "expected", "right"),
    [
        ("1.0", "1", 1),
        ("true", "1", 0),
        ("0", "false", 0),
        ('"1"', "1", 0),
        ("[1, 2]", "[2, 1]", 0),
        ('{"x": [true]}', '{"x": [1]}', 0),
        ('{"y": 1, "x": [2]}', '{"x": [2.0], "y": 1}', 1),
        ("null", "null", 1),
    ],
)
def test_fields_are_equal_as_json_is(given: str, expected: str, right: float) -> None:
    assert fields(f'{{"k": {given}}}', f'{{"k": {expected}}}').value == right


@pytest.mark.parametrize("answer", ["", "Sure!", "[1]", "3", '{"k": 1', '{"k": 1} and more', '```json\n{"k": 1}\n```'])
def test_an_answer_that_is_no_object_has_every_field_wrong(answer: str) -> None:
    score = fields(answer, '{"k": 1, "l": 2}')
    assert (score.value, score.parts) == (0, {"k": 0, "l": 0})
    assert score.detail


def test_valid_json_satisfies_the_schema_and_is_alone() -> None:
    valid = grader("json_schema")
    assert valid.grade('\n{"priority": "low"} ', row("")).value == 1
    refused = {
        '{"priority": "urgent"}': "priority",
        '{"tags": []}': "priority",
        '{"priority": "low", "x": 1}': "x",
        '{"priority": "low"} Done.': "not JSON",
        '```json\n{"priority": "low"}\n```': "fenced",
        '{"priority": "low", "priority": "high"}': "twice",
        '{"priority": "low", "tags": [NaN]}': "NaN",
        '{"priority": "low", "tags": [-Infinity]}': "Infinity",
        '{"priority": "low", "tags": [1e999]}': "too large",
        "": "empty",
    }
    for answer, reason in refused.items():
        score = valid.grade(answer, row(""))
        assert score.value == 0
        assert reason in score.detail


@pytest.mark.parametrize(
    "schema",
    [
        "no json",
        "[]",
        '{"type": "nonsense"}',
        '{"$ref": "https://example.org/other.json"}',
        '{"$ref": "file:///etc/hostname"}',
    ],
)
def test_a_schema_that_does_not_hold_or_reaches_outside_is_refused(schema: str) -> None:
    with pytest.raises(SpecError, match=r"ticket\.json is not a JSON Schema"):
        grader("json_schema", schema)


DEEP = "[" * 200_000
HOSTILE = {
    "ten megabytes of text": "x" * 10_000_000,
    "ten megabytes of one JSON string": json.dumps({"priority": "x" * 10_000_000}),
    "a million keys": "{" + ",".join(f'"k{i}":1' for i in range(500_000)) + "}",
    "unclosed nesting": DEEP,
    "closed nesting": DEEP + "]" * 200_000,
    "nesting within limits": '{"priority": ' + "[" * 900 + "]" * 900 + "}",
    "nested objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "a number of ten thousand digits": '{"priority": ' + "9" * 10_000 + "}",
    "a lone surrogate": '{"priority": "\\ud800", "\\udfff": 1}',
    "a pattern's worst case": json.dumps({"priority": "a" * 50_000 + "!"}),
    "nul bytes": "\0" * 1000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("metric", ["exact", "json_fields", "json_schema"])
def test_hostile_answers_score_zero_and_end(answer: str, metric: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    schema = {
        "type": "object",
        "properties": {"priority": {"type": "string", "pattern": "^(a+)+$"}},
        "maxProperties": 1,
    }
    (tmp_path / "s.json").write_text(json.dumps(schema))
    asked = {"type": metric, "schema": "s.json"} if metric == "json_schema" else metric
    result = compare({"a": [answer]}, [{"prompt": "q", "answer": '{"priority": "low"}'}], [asked])
    (only,) = result.rows
    (score,) = only.scores["a"].values()
    assert score.value == 0
    assert 0 < len(score.detail) < 500
    assert result.model_dump_json()


def test_a_grader_that_raises_gives_zero_with_the_reason_and_a_note() -> None:
    result = compare(
        {"a": ['{"k": 1}', "x"]}, [{"prompt": "q", "answer": a} for a in ("no json", '{"k": 1}')], ["json_fields"]
    )
    first = result.rows[0].scores["a"]["json_fields"]
    assert first.value == 0
    assert "expected answer of row line-1" in first.detail
    assert "1 of 2 rows could not be graded by json_fields; they score 0" in result.notes
