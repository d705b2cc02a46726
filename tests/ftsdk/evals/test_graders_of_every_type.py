"""Every metric of the language grades: what is right, what is wrong and why, and what it cannot grade."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from ftsdk.data.value import Message, Row, ToolCall
from ftsdk.errors import PolicyDenied, SpecError
from ftsdk.evals import Grader, build_graders, compare
from ftsdk.evals.confusion import macro_f1
from ftsdk.evals.expected import check_expected
from ftsdk.evals.graded import score_answer
from ftsdk.providers.inference import Answer, Usage
from ftsdk.spec.model import Metric


def grader(written: dict[str, Any], *, python: bool = False) -> Grader:
    metric: Metric = TypeAdapter(Metric).validate_json(json.dumps({"name": "metric", **written}))
    return build_graders([metric], str, python=python)[0]


def row(expected: str, *calls: ToolCall, **metadata: str) -> Row:
    turns = (
        Message(role="user", content="question"),
        Message(role="assistant", content=expected, tool_calls=calls),
    )
    return Row(id="line-1", line=1, messages=turns, metadata=metadata)


def answer(text: str, *, seconds: float = 1.5, calls: tuple[dict[str, object], ...] = ()) -> Answer:
    usage = Usage(prompt_tokens=100, completion_tokens=7)
    return Answer(text=text, usage=usage, latency=seconds, finish_reason="stop", tool_calls=calls)


def graded(written: dict[str, Any], text: str, expected: str) -> float:
    return score_answer(grader(written), answer(text), row(expected)).value


@pytest.mark.parametrize(
    ("written", "text", "expected", "value"),
    [
        ({"type": "text"}, " YES\n please", "yes please", 1),
        ({"type": "text"}, "yes, please", "yes please", 0),
        ({"type": "text", "ignore": ["punctuation", "space"]}, "yes, please", "yes please", 1),
        ({"type": "text", "ignore": ["accents"]}, "café", "cafe", 1),
        ({"type": "text", "ignore": ["case"]}, "STRASSE", "straße", 1),
        ({"type": "contains"}, "it is Paris, surely", "Paris", 1),
        ({"type": "contains", "texts": ["a1", "b2"]}, "only a1", "", 0),
        ({"type": "contains", "texts": ["a1", "b2"], "all": False}, "only a1", "", 1),
        ({"type": "regex", "pattern": r"^\d{3}-\d+$"}, "123-9", "", 1),
        ({"type": "regex", "pattern": r"(a+)+$"}, "a" * 50_000 + "b", "", 0),
        ({"type": "number"}, "so it is 1,250.50 in all", "1250.5", 1),
        ({"type": "number", "tolerance": 0.1}, "about 10.05", "10", 1),
        ({"type": "number", "tolerance": 0.01, "relative": True}, "101", "100", 1),
        ({"type": "number", "tolerance": 0.01, "relative": True}, "102", "100", 0),
        ({"type": "number"}, "none", "3", 0),
        ({"type": "json_valid"}, '{"a": 1}', "", 1),
        ({"type": "json_valid"}, '```json\n{"a": 1}\n```', "", 0),
        ({"type": "choice"}, '"Billing."', "billing", 1),
        ({"type": "choice", "labels": ["billing", "login"]}, "refund", "login", 0),
        ({"type": "chrf"}, "the same text", "the same text", 1),
        ({"type": "rouge"}, "cats ran home", "the cat runs home", pytest.approx(0.571, abs=0.01)),
    ],
)
def test_a_text_is_scored_by_what_the_metric_asks(
    written: dict[str, Any], text: str, expected: str, value: float
) -> None:
    assert graded(written, text, expected) == value


def test_a_label_that_nobody_declared_is_a_fault_of_the_row_not_of_the_answer() -> None:
    score = score_answer(grader({"type": "choice", "labels": ["a", "b"]}), answer("a"), row("c"))
    assert (score.value, "none of the labels" in score.detail) == (0, True)


def test_tool_calls_are_compared_as_json_in_any_order_and_shape() -> None:
    wanted = ToolCall(id="1", name="find", arguments='{"city": "Oslo", "days": 3}')
    other = ToolCall(id="2", name="stop", arguments="{}")
    given = (
        {"name": "stop", "arguments": {}},
        {"type": "function", "function": {"name": "find", "arguments": '{"days": 3.0, "city": "Oslo"}'}},
    )
    strict, loose = grader({"type": "tool_call"}), grader({"type": "tool_call", "arguments": False})
    assert score_answer(strict, answer("", calls=given), row("", wanted, other)).value == 1
    wrong = ({"name": "find", "arguments": '{"city": "Rome"}'},)
    assert score_answer(strict, answer("", calls=wrong), row("", wanted)).value == 0
    assert score_answer(loose, answer("", calls=wrong), row("", wanted)).value == 1
    assert "does not call find" in score_answer(strict, answer("find it"), row("", wanted)).detail
    assert score_answer(strict, answer("no tool needed"), row("no tool needed")).value == 1
    assert check_expected([row("", wanted)], [strict], "test.jsonl") == ()


def test_quantities_are_in_their_own_unit_and_less_is_better() -> None:
    rows = [{"prompt": f"q{i}", "answer": "x"} for i in range(12)]
    found = compare({"base": ["a long answer"] * 12, "tuned": ["short"] * 12}, rows, ["exact", "length"])
    length = next(item for item in found.contrasts if item.metric == "length")
    assert length.difference.unit == "tokens"
    assert (length.verdict, length.wins, length.losses) == ("better", 12, 0)
    assert found.arms[1].metrics["length"].value == pytest.approx(5 / 4)
    assert score_answer(grader({"type": "latency"}), answer("x"), row("x")).value == 1.5
    assert score_answer(grader({"type": "length"}), answer("x"), row("x")).value == 7


def test_a_failed_call_is_never_the_quickest() -> None:
    rows = [{"prompt": f"q{i}", "answer": "x"} for i in range(8)]
    answers = {"base": ["one two"] * 8, "tuned": [None] + ["one"] * 7}
    found = compare(answers, rows, [{"type": "length", "unit": "words"}])
    assert found.rows[0].scores["tuned"]["length"].value == 2


OPENAI: list[tuple[dict[str, Any], str, str, float]] = [
    ({"type": "string_check", "operation": "eq"}, "x", "x", 1),
    ({"type": "string_check", "operation": "ne"}, "x", "x", 0),
    ({"type": "string_check", "operation": "like"}, "a needle here", "needle", 1),
    ({"type": "string_check", "operation": "ilike"}, "a NEEDLE here", "needle", 1),
    ({"type": "text_similarity", "evaluation_metric": "fuzzy_match"}, "same", "same", 1),
    ({"type": "text_similarity", "evaluation_metric": "bleu"}, "a b c d e", "a b c d e", pytest.approx(1)),
    ({"type": "text_similarity", "evaluation_metric": "gleu"}, "a b c", "a b c", 1),
    ({"type": "text_similarity", "evaluation_metric": "rouge_2"}, "a b c", "a b d", pytest.approx(0.5)),
]


@pytest.mark.parametrize(("definition", "text", "expected", "value"), OPENAI)
def test_openai_definitions_are_taken_as_they_are(
    definition: dict[str, Any], text: str, expected: str, value: float
) -> None:
    whole = {"name": "g", "input": "{{ sample.output_text }}", "reference": "{{item.reference}}", **definition}
    assert graded({"type": "openai_grader", "grader": whole}, text, expected) == value


def test_openai_formulas_are_arithmetic_and_nothing_else() -> None:
    check = {"type": "string_check", "name": "c", "input": "{{ sample.output_json.a }}", "reference": "{{ item.want }}"}
    multi = {"type": "multi", "name": "m", "graders": {"c": {**check, "operation": "eq"}}}
    metric = {"type": "openai_grader", "grader": {**multi, "calculate_output": "0.25 + 0.5 * max(c, 0)"}}
    assert score_answer(grader(metric), answer('{"a": "x"}'), row("", want="x")).value == 0.75
    unknown = score_answer(grader(metric), answer("no json"), row("", want="x"))
    assert "this row has no sample.output_json.a" in unknown.detail
    for formula in ("__import__('os')", "c ** 99", "c.real", "lambda: c"):
        with pytest.raises(SpecError, match=r"not arithmetic|does not hold"):
            grader({"type": "openai_grader", "grader": {**multi, "calculate_output": formula}})


def test_code_from_a_spec_runs_only_where_the_project_allows_it() -> None:
    source = "def grade(sample, item):\n    return float(sample['output_text'] == item['reference'])"
    code = {"type": "openai_grader", "grader": {"type": "python", "name": "p", "source": source}}
    named = {"type": "python", "function": "json:loads"}
    for written in (code, named):
        with pytest.raises(PolicyDenied, match="runs none from a spec"):
            grader(written)
    assert score_answer(grader(code, python=True), answer("x"), row("x")).value == 1
    broken = score_answer(grader(named, python=True), answer("x"), row("x"))
    assert broken.detail.startswith("could not be graded: ")


def test_embeddings_and_look_around_are_refused_with_what_to_do_instead() -> None:
    cosine = {"type": "text_similarity", "name": "g", "input": "a", "reference": "b", "evaluation_metric": "cosine"}
    with pytest.raises(SpecError, match="needs embeddings"):
        grader({"type": "openai_grader", "grader": cosine})
    with pytest.raises(SpecError, match="none that RE2 takes"):
        grader({"type": "regex", "pattern": "(?=a)b"})


def test_macro_f1_is_that_of_the_textbook() -> None:
    assert macro_f1([[2, 1, 0], [1, 1, 0]]) == pytest.approx((2 * 2 / 6 + 2 * 1 / 4) / 2)
    rows = [{"prompt": f"q{i}", "answer": "ab"[i % 2]} for i in range(8)]
    found = compare({"x": ["a"] * 8}, rows, ["choice"])
    (matrix,) = found.confusions
    assert (matrix.labels, matrix.counts) == (("a", "b"), ((4, 0, 0), (4, 0, 0)))
