"""Comparisons: hand-computed numbers, honest verdicts, gates that fail closed, every failure in the denominator."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsdk import stats
from ftsdk.data.value import Message, Row
from ftsdk.errors import UsageError
from ftsdk.evals import build_graders, compare_arms, failed_answer, judge, losses, rows_to_tell, suite_result
from ftsdk.evals.value import Arm, ArmKind, Comparison, Estimate
from ftsdk.providers.inference import Answer, Usage
from ftsdk.spec.model import ExactMetric, Gate, JsonFieldsMetric

KINDS: dict[str, ArmKind] = {"base": "base", "long": "prompted", "few_shot:12": "few_shot", "tuned": "tuned"}
EXACT = ExactMetric(name="right", type="exact")
FIELDS = JsonFieldsMetric(name="fields", type="json_fields")


def arm(name: str) -> Arm:
    return Arm(name=name, kind=KINDS[name], model="m")


def said(text: str | None, finish_reason: str = "stop") -> Answer:
    if text is None:
        return failed_answer("timeout")
    usage = Usage(prompt_tokens=10, completion_tokens=4)
    return Answer(text=text, usage=usage, latency=2.0, finish_reason=finish_reason)  # type: ignore[arg-type]


def row(index: int, expected: str = "yes", group: str | None = None) -> Row:
    turns = (Message(role="user", content=f"q{index}"), Message(role="assistant", content=expected))
    return Row(id=f"r{index}", line=index + 1, messages=turns, group=group)


def compared(
    answers: dict[str, list[str | None]],
    rows: list[Row] | None = None,
    metrics: tuple[Any, ...] = (EXACT,),
    held_out: bool = True,
    **options: Any,
) -> Comparison:
    length = len(next(iter(answers.values())))
    rows = rows or [row(i) for i in range(length)]
    given = {name: {r.id: said(text) for r, text in zip(rows, texts, strict=True)} for name, texts in answers.items()}
    graders = build_graders(metrics, str)
    arms = [arm(name) for name in answers]
    return compare_arms("test", arms, given, rows, graders, sampled_from=99, held_out=held_out, **options)


def marks(right: int, wrong: int) -> list[str | None]:
    return ["yes"] * right + ["no"] * wrong


def test_a_small_comparison_by_hand() -> None:
    """40 rows: tuned 30 right, base 18 right; tuned wins 14 and loses 2."""
    tuned: list[str | None] = ["yes"] * 16 + ["yes"] * 14 + ["no"] * 2 + ["no"] * 8
    base: list[str | None] = ["yes"] * 16 + ["no"] * 14 + ["yes"] * 2 + ["no"] * 8
    result = compared({"base": base, "tuned": tuned})
    primary = result.primary
    assert primary is not None
    assert (primary.first, primary.second, primary.metric) == ("tuned", "base", "right")
    assert (primary.wins, primary.losses, primary.ties) == (14, 2, 24)
    assert primary.difference.value == pytest.approx(12 / 40)
    assert (primary.difference.low, primary.difference.high) == pytest.approx(stats.tango(14, 2, 40))
    assert primary.p_value == pytest.approx((2 * (1 + 16 + 120) - 120) / 2**16)
    assert (primary.difference.method, primary.test) == ("Tango", "McNemar mid-p")
    assert result.verdict == "better"
    assert result.headline == (
        "Tuned answers 75 % of rows exactly right, the base model 45 %: +30 points (12 to 47) on 40 held-out rows."
    )
    summary = result.arms[1]
    assert summary.metrics["right"].value == 0.75
    assert (summary.metrics["right"].low, summary.metrics["right"].high) == pytest.approx(stats.wilson(30, 40))
    assert (summary.prompt_tokens, summary.completion_tokens, summary.latency) == (10, 4, 2)
    assert [lost.id for lost in losses(result)] == ["r30", "r31"]
    assert result.smallest_visible == pytest.approx(100 * (stats.smallest_rates(40, 2 / 40) or 0))
    assert Comparison.model_validate_json(result.model_dump_json()) == result


def test_scores_by_hand_with_parts() -> None:
    """Two fields; differences 0.5, 0.5, 0, 1: mean 0.5, sd 0.408, t(3) = 3.182."""
    rows = [row(i, '{"a": 1, "b": 2}') for i in range(4)]
    tuned: list[str | None] = ['{"a": 1, "b": 2}', '{"a": 1, "b": 2}', '{"a": 1}', '{"a": 1, "b": 2}']
    base: list[str | None] = ['{"a": 1}', '{"b": 2}', '{"b": 2}', "no"]
    result = compared({"base": base, "tuned": tuned}, rows, (FIELDS,))
    primary = result.primary
    assert primary is not None
    assert primary.difference.value == 0.5
    reach = 3.182446305 * (1 / 6) ** 0.5 / 2
    assert (primary.difference.low, primary.difference.high) == pytest.approx((0.5 - reach, min(1, 0.5 + reach)))
    assert primary.p_value == pytest.approx(2 / 8)
    assert (primary.difference.method, primary.test) == ("t", "sign-flip")
    assert result.arms[0].parts == {"fields": {"a": 0.25, "b": 0.5}}
    assert result.arms[1].parts == {"fields": {"a": 1.0, "b": 0.75}}


def test_the_primary_contrast_is_with_the_best_prompt_and_all_others_are_there() -> None:
    result = compared(
        {"base": marks(9, 31), "long": marks(10, 30), "few_shot:12": marks(20, 20), "tuned": marks(38, 2)},
        metrics=(EXACT, ExactMetric(name="again", type="exact")),
    )
    assert result.primary is not None
    assert (result.primary.second, result.primary.primary) == ("few_shot:12", True)
    assert "the best prompt (few_shot:12) 50 %" in result.headline
    assert {(c.metric, c.second) for c in result.contrasts} == {
        (metric, other) for metric in ("right", "again") for other in ("base", "long", "few_shot:12")
    }
    assert [c.primary for c in result.contrasts] == [True] + [False] * 5


def test_holm_takes_back_what_five_questions_would_find_by_chance() -> None:
    tuned, worse = marks(40, 0), marks(34, 6)  # 6 to 0: mid-p 0.0156, times five is no longer small
    result = compared(
        {"long": worse, "base": worse, "tuned": tuned},
        metrics=tuple(ExactMetric(name=f"m{i}", type="exact") for i in range(3)),
    )
    assert [c.verdict for c in result.contrasts] == ["better"] + ["not worse"] * 5
    assert result.contrasts[1].p_value == pytest.approx(5 * 2 / 2**7)
    assert result.contrasts[1].test.endswith("Holm")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.2, "better"),
        (0.0, 0.2, "not worse"),
        (-0.029, 0.2, "not worse"),
        (-0.02, -0.01, "not worse"),
        (-0.03, 0.2, "cannot tell"),
        (-0.2, 0.0, "cannot tell"),
        (-0.2, -0.001, "worse"),
        (-0.2, -0.1, "worse"),
    ],
)
def test_the_verdict_is_read_from_the_interval(low: float, high: float, verdict: str) -> None:
    estimate = Estimate(value=(low + high) / 2, low=low, high=high, confidence=0.95, method="t")
    assert judge(estimate, 0.03) == verdict


def test_rows_to_tell_are_those_of_the_power_formula() -> None:
    assert rows_to_tell(0.0, 0.1**0.5, 40, margin=0.05) == 314
    assert rows_to_tell(0.0, 0.05**0.5, 40, margin=0.03) == 437
    assert rows_to_tell(0.0, 1.0, 40, margin=0.0) is None
    assert rows_to_tell(0.5, 0.1, 40) == 41


def test_too_few_rows_cannot_tell_and_say_how_many_would() -> None:
    result = compared({"base": marks(20, 20), "tuned": marks(21, 19)})
    assert result.verdict == "cannot tell"
    assert result.primary is not None
    assert result.primary.rows_needed is not None
    more = result.primary.rows_needed - 40
    assert result.headline.endswith(f"on 40 held-out rows; cannot tell: about {more} more rows needed.")


def test_a_small_loss_that_is_certain_is_called_lower() -> None:
    base = marks(5000, 0)
    tuned = marks(4950, 50)
    assert compared({"base": base, "tuned": tuned}).headline.endswith("; lower, but by less than 3 points.")
    assert compared({"base": marks(30, 10), "tuned": marks(10, 30)}).headline.endswith("; worse.")


@pytest.mark.parametrize("metric", [EXACT, FIELDS])
def test_all_equal_is_no_proof_of_equality_on_few_rows(metric: Any) -> None:
    def verdict(count: int) -> str:
        rows = [row(i, '{"a": 1}') for i in range(count)]
        answers: dict[str, list[str | None]] = {"base": ['{"a": 1}'] * count, "tuned": ['{"a": 1}'] * count}
        return compared(answers, rows, (metric,)).verdict

    assert verdict(30) == "cannot tell"
    assert verdict(500) == "not worse"


def test_one_row_compares_and_cannot_tell() -> None:
    for metric in (EXACT, FIELDS):
        result = compared({"base": ["no"], "tuned": ['{"a": 1}']}, [row(0, '{"a": 1}')], (metric,))
        assert result.verdict == "cannot tell"
        assert result.headline.count("1 held-out row") == 1
        assert result.smallest_visible == 100


def test_without_a_tuned_arm_there_is_no_verdict_but_a_sentence() -> None:
    result = compared({"base": marks(3, 1)}, gates=[Gate(metric="right", min=0.1)])
    assert (result.primary, result.contrasts, result.verdict) == (None, (), "cannot tell")
    assert result.headline == "The base model answers 75 % of rows exactly right on 4 held-out rows."
    assert result.gates[0].outcome == "cannot tell"
    assert losses(result) == ()


def test_every_failure_stays_in_the_denominator() -> None:
    rows = [row(i, '{"a": 1}') for i in range(4)]
    answers: dict[str, list[str | None]] = {"base": ['{"a": 1}'] * 4, "tuned": ['{"a": 1}', None, None, '{"a": 1}']}
    result = compared(answers, rows, (FIELDS, EXACT))
    tuned = result.arms[1]
    assert (tuned.rows, tuned.failures) == (4, 2)
    assert tuned.metrics["fields"].value == tuned.metrics["right"].value == 0.5
    assert tuned.parts["fields"] == {"a": 0.5}
    assert tuned.prompt_tokens == 10
    assert result.rows[1].scores["tuned"]["fields"].detail == "no answer: timeout"
    assert result.infrastructure_failures == 0.25


def test_a_failed_call_scores_zero_even_where_nothing_was_the_right_answer() -> None:
    result = compared({"tuned": [None]}, [row(0, "")])
    assert result.arms[0].metrics["right"].value == 0


def test_a_missing_answer_is_a_failure_not_a_smaller_table() -> None:
    rows = [row(0), row(1)]
    given = {"tuned": {"r0": said("yes")}}
    result = compare_arms("t", [arm("tuned")], given, rows, build_graders([EXACT], str), sampled_from=2, held_out=True)
    assert result.arms[0].failures == 1
    assert result.arms[0].metrics["right"].value == 0.5


def test_more_than_two_failures_in_a_hundred_withhold_the_verdict_and_the_gates() -> None:
    gates = [Gate(metric="right", min=0.5), Gate(metric="right", versus="base", margin=0.0)]
    few = compared({"base": marks(0, 100), "tuned": [*marks(98, 0), None, None]}, gates=gates)
    many = compared({"base": marks(0, 100), "tuned": [*marks(97, 0), None, None, None]}, gates=gates)
    assert (few.verdict, many.verdict) == ("better", "cannot tell")
    assert [gate.outcome for gate in few.gates] == ["passed", "passed"]
    assert [gate.outcome for gate in many.gates] == ["cannot tell", "cannot tell"]
    assert few.notes == ("2 of 100 calls of tuned failed; they score 0",)
    assert many.notes[0].startswith("3 of 100 calls of tuned failed (3 %): no verdict")
    assert many.primary is not None
    assert many.primary.rows_needed is None
    assert "no verdict, because too many calls failed" in many.headline


def test_truncated_answers_are_counted_and_graded() -> None:
    given = {"tuned": {"r0": said("yes", "length"), "r1": said("no", "refused")}}
    result = compare_arms(
        "t", [arm("tuned")], given, [row(0), row(1)], build_graders([EXACT], str), sampled_from=2, held_out=True
    )
    assert (result.arms[0].truncated, result.arms[0].failures) == (1, 0)
    assert result.arms[0].metrics["right"].value == 0.5


@pytest.mark.parametrize(
    ("gate", "outcome", "detail"),
    [
        (Gate(metric="right", min=0.75), "passed", "tuned 75 % (60 % to 86 %)"),
        (Gate(metric="right", min=0.76), "failed", "tuned 75 % (60 % to 86 %)"),
        (Gate(metric="right", min_delta=0.3), "passed", "+30 points (12 to 47) against base"),
        (Gate(metric="right", min_delta=0.31), "failed", "+30 points (12 to 47) against base"),
        (Gate(metric="right", versus="base", margin=0.0), "passed", "+30 points (12 to 47) against base"),
        (Gate(metric="right", versus="best_prompted", margin=0.0), "cannot tell", "+5 points (-12 to 22) against long"),
        (Gate(metric="right", versus="best_prompted", margin=0.13), "passed", "+5 points (-12 to 22) against long"),
        (Gate(metric="right", versus="best_prompted"), "cannot tell", "+5 points (-12 to 22) against long"),
        (Gate(metric="other", min=0.0), "cannot tell", "no metric 'other' was computed"),
    ],
)
def test_gates(gate: Gate, outcome: str, detail: str) -> None:
    tuned = marks(30, 10)
    base: list[str | None] = ["yes"] * 16 + ["no"] * 14 + ["yes"] * 2 + ["no"] * 8
    long: list[str | None] = ["yes"] * 24 + ["no"] * 6 + ["yes"] * 4 + ["no"] * 6
    (result,) = compared({"base": base, "long": long, "tuned": tuned}, gates=[gate]).gates
    assert (result.outcome, result.detail) == (outcome, detail)


def test_a_gate_that_the_interval_contradicts_has_failed() -> None:
    gate = Gate(metric="right", versus="base", margin=0.05)
    (result,) = compared({"base": marks(39, 1), "tuned": marks(5, 35)}, gates=[gate]).gates
    assert result.outcome == "failed"
    assert result.text == "right at most 5 points below base, with 95 % confidence"


def test_a_gate_without_its_arm_or_on_rows_that_may_have_leaked_fails_closed() -> None:
    answers = {"tuned": marks(40, 0), "base": marks(0, 40)}
    gates = [Gate(metric="right", versus="best_prompted", margin=0.0), Gate(metric="right", min=0.5)]
    assert [gate.outcome for gate in compared(answers, gates=gates).gates] == ["cannot tell", "passed"]
    leaked = compared(answers, gates=gates, held_out=False)
    assert [gate.outcome for gate in leaked.gates] == ["cannot tell"] * 2
    assert "on 40 rows" in leaked.headline
    assert any("held-out" in note for note in leaked.notes)


def test_the_gates_margin_is_the_verdicts_margin() -> None:
    base, tuned = [*marks(38, 0), "yes", "no"], [*marks(38, 0), "no", "yes"]
    assert compared({"base": base, "tuned": tuned}).verdict == "cannot tell"
    gates = [Gate(metric="right", versus="base", margin=0.2)]
    result = compared({"base": base, "tuned": tuned}, gates=gates)
    assert result.verdict == "not worse"
    assert result.headline.endswith("not worse by more than 20 points.")


@pytest.mark.parametrize("metric", [EXACT, FIELDS])
def test_rows_that_repeat_a_template_do_not_make_it_surer(metric: Any) -> None:
    """Ten templates asked six times each say as much as ten rows."""
    expected = '{"a": 1}'
    once: dict[str, list[str | None]] = {"base": ["no"] * 5 + [expected] * 5, "tuned": [expected] * 8 + ["no"] * 2}
    ten = compared(once, [row(i, expected) for i in range(10)], (metric,))
    rows = [row(i, expected, group=f"g{i // 6}") for i in range(60)]
    sixty = compared({name: [t for t in texts for _ in range(6)] for name, texts in once.items()}, rows, (metric,))
    alone = compared(
        {name: [t for t in texts for _ in range(6)] for name, texts in once.items()},
        [row(i, expected) for i in range(60)],
        (metric,),
    )
    widths = [c.primary.difference.high - c.primary.difference.low for c in (ten, sixty, alone) if c.primary]
    assert widths[1] >= widths[0] * 0.99
    assert widths[2] < 0.6 * widths[1]
    assert sixty.primary is not None
    assert sixty.primary.difference.method.endswith("clustered by group")
    assert sixty.primary.test == "sign-flip by group"


def test_rows_of_one_group_are_noted() -> None:
    result = compared({"tuned": marks(2, 2)}, [row(i, group="g") for i in range(4)])
    assert any("one group" in note for note in result.notes)


def test_a_suite_has_summaries_and_decides_nothing() -> None:
    rows = [row(0), row(1)]
    given = {"tuned": {"r0": said("yes"), "r1": said("no")}}
    suite = suite_result("french", [arm("tuned")], given, rows, build_graders([EXACT], str))
    assert (suite.name, suite.rows, suite.arms[0].metrics["right"].value) == ("french", 2, 0.5)
    answers = {"base": marks(0, 40), "tuned": marks(40, 0)}
    assert compared(answers, suites=[suite]).verdict == compared(answers).verdict
    assert compared(answers, suites=[suite]).suites == (suite,)


def test_what_cannot_be_compared_is_refused_with_a_reason() -> None:
    graders = build_graders([EXACT], str)
    given = {"base": {"r0": said("yes")}}

    def call(arms: list[Arm], answers: Any, rows: list[Row], using: Any = graders) -> Comparison:
        return compare_arms("t", arms, answers, rows, using, sampled_from=1, held_out=True)

    for match, arguments in {
        "no row": ([arm("base")], {"base": {}}, []),
        "no arm": ([], {}, [row(0)]),
        "no metric": ([arm("base")], given, [row(0)], ()),
        "row 'r0' is there twice": ([arm("base")], given, [row(0), row(0)]),
        "arm 'base' is there twice": ([arm("base"), arm("base")], given, [row(0)]),
        "no answers of the arm 'tuned'": ([arm("base"), arm("tuned")], given, [row(0)]),
        "row 'r0'": ([arm("base")], given, [row(7)]),
        "'stranger'": ([arm("base")], {**given, "stranger": {}}, [row(0)]),
    }.items():
        with pytest.raises(UsageError, match=match):
            call(*arguments)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from("abc")), min_size=1, max_size=40), st.booleans()
)
def test_comparing_is_fair(table: list[tuple[bool, bool, str]], fields: bool) -> None:
    """Intervals hold their estimates, counts add up, and swapping the answers mirrors the difference."""
    rows = [row(i, json.dumps({"a": 1}), group) for i, (_, _, group) in enumerate(table)]
    first: list[str | None] = ['{"a": 1}' if one else "no" for one, _, _ in table]
    second: list[str | None] = ['{"a": 1}' if two else "no" for _, two, _ in table]
    metrics = (FIELDS if fields else EXACT,)
    ours = compared({"base": second, "tuned": first}, rows, metrics).primary
    mirrored = compared({"base": first, "tuned": second}, rows, metrics).primary
    assert ours is not None
    assert mirrored is not None
    assert -1 <= ours.difference.low <= ours.difference.value <= ours.difference.high <= 1
    assert ours.wins + ours.losses + ours.ties == len(rows)
    assert (mirrored.wins, mirrored.losses) == (ours.losses, ours.wins)
    assert (mirrored.difference.low, mirrored.difference.high) == pytest.approx(
        (-ours.difference.high, -ours.difference.low), abs=1e-9
    )
    assert mirrored.p_value == pytest.approx(ours.p_value)
