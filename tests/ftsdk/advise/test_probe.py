"""Evidence: untrained arms on held-out rows, a simple retrieval arm, and what more data would buy."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ftsdk.advise import Facts, read_facts
from ftsdk.advise.curve import Point, fit_curve
from ftsdk.advise.engine import score
from ftsdk.advise.probe import ProbePlan
from ftsdk.advise.retrieval import Passages
from ftsdk.cli.advise_probe import learning_curve, probed
from ftsdk.data.value import Message
from ftsdk.errors import UsageError
from ftsdk.testing import ScriptedProvider, workspace
from ftsdk.testing.example import right_answers

SIZES = (250, 500, 1000, 2000)


def points(*errors: float) -> list[Point]:
    return [Point(rows=rows, error=error) for rows, error in zip(SIZES, errors, strict=True)]


@pytest.mark.parametrize(
    ("errors", "double", "four", "optimistic"),
    [
        ((0.30, 0.25, 0.21, 0.18), 0.024, 0.043, 0.030),
        ((0.22, 0.205, 0.20, 0.198), 0.001, 0.002, 0.002),
        ((0.30, 0.31, 0.29, 0.30), 0.005, 0.007, -0.010),
    ],
)
def test_the_worked_curves(errors: Sequence[float], double: float, four: float, optimistic: float) -> None:
    """Section 8 of benchmarks/advise_cases: forecasts within a point, noise of 5.5 points at 200 rows."""
    curve = fit_curve(points(*errors), 200)
    assert curve.gain == pytest.approx(double, abs=0.01)
    assert curve.gain_at_four == pytest.approx(four, abs=0.015)
    assert curve.optimistic == pytest.approx(optimistic)
    assert curve.noise == pytest.approx(0.055, abs=0.01)


def test_a_gain_that_so_few_rows_cannot_show_is_not_claimed() -> None:
    learning = (0.30, 0.25, 0.21, 0.18)
    few, many = fit_curve(points(*learning), 200), fit_curve(points(*learning), 50_000)
    assert few.text.startswith("Cannot tell") and "5.3 points" in few.text
    assert many.text.startswith("Still learning")
    assert many.low <= many.gain <= many.high
    assert fit_curve(points(0.2, 0.2, 0.2, 0.2), 50_000).text.startswith("The curve is flat")


def test_passages_with_rare_words_come_first() -> None:
    found = Passages(["Parcels take three days.\n\nInvoices are sent on Monday.", "Returns are free."])
    assert found.best("When are invoices sent?", 1) == ["Invoices are sent on Monday."]
    assert found.best("xyzzy") == []


def only_with_examples(messages: Sequence[Message]) -> str:
    """A base model that is right when it is shown examples, else echoes."""
    question = messages[-1].content or ""
    return right_answers().get(question, question) if len(messages) > 3 else question


def with_passage(messages: Sequence[Message]) -> str:
    """A base model that is right when the passage with the sum is before the question."""
    text = messages[-1].content or ""
    question = text.rsplit("\n", 1)[-1]
    right = right_answers().get(question, "?")
    return right if f"{question} {right}" in text else "I do not know"


def test_a_probe_tells_its_budget_before_it_asks() -> None:
    with workspace() as opened:
        plan = ProbePlan(opened.load("example"), rows=10)
        assert plan.budget.arms == ("base", "prompted", "few_shot:8")
        assert plan.budget.calls == 30 and plan.budget.prompt_tokens > 0 and "30 calls" in plan.budget.text


def test_a_probe_asks_the_test_side_of_a_divided_file() -> None:
    """And shows as examples none of what it asks."""
    with workspace() as opened:
        path = opened.root / "specs/example.yaml"
        divided = path.read_text().replace("{train: train.jsonl}", "{train: train.jsonl, splits: {test: 0.25}}")
        path.write_text(divided.replace("dataset: test.jsonl", "dataset: splits.test"))
        plan = ProbePlan(opened.load("example"), rows=100)
        assert (len(plan.rows), len(plan.examples)) == (16, 48)
        assert not {row.prompt for row in plan.rows} & {row.prompt for row in plan.examples}


def test_measured_failures_come_back_as_facts() -> None:
    with workspace() as opened:
        facts = probed(opened, Facts(), "example", 20, [])
    assert facts.tried.prompting == "insufficient" and facts.tried.few_shot == "insufficient"
    assert facts.base_score == 0 and facts.eval_set == "yes" and facts.n_examples == 64
    assert facts.failure == ("behaviour",)
    assert facts.origins["tried.prompting"].kind == "measured"


def test_where_examples_in_the_prompt_do_it_nothing_speaks_for_training() -> None:
    with workspace(ScriptedProvider(base=only_with_examples)) as opened:
        facts = probed(opened, Facts(), "example", 30, [])
    assert facts.tried.few_shot == "works" and "behaviour" not in facts.failure
    assert score(facts).order[0] not in ("sft", "distil")


def test_a_retrieval_arm_that_helps_tells_that_facts_are_missing() -> None:
    document = "\n\n".join(f"{question} {answer}" for question, answer in right_answers().items())
    with workspace(ScriptedProvider(base=with_passage), {"sums.md": document}) as opened:
        facts = probed(opened, Facts(), "example", 30, [opened.root / "sums.md"])
    assert "knowledge" in facts.failure and facts.tried.rag in ("basic", "works")


def test_answers_that_are_there_are_not_asked_again() -> None:
    asked: list[int] = []

    def counting(messages: Sequence[Message]) -> str:
        asked.append(1)
        return "x"

    with workspace(ScriptedProvider(base=counting)) as opened:
        probed(opened, Facts(), "example", 5, [])
        first = len(asked)
        probed(opened, Facts(), "example", 5, [])
    assert first == len(asked) == 15


def test_a_probe_cannot_tell_from_few_rows() -> None:
    with workspace(ScriptedProvider(base=only_with_examples)) as opened:
        plan = ProbePlan(opened.load("example"), rows=4)
        provider = opened.provider("local")
        found = plan.run(provider, opened.root / "journal.jsonl", read_facts({"goal": "quality"})[0])
    assert found.text.startswith("Cannot tell from 4 rows")


def test_a_curve_trains_on_growing_shares_and_leaves_no_spec_behind() -> None:
    with workspace() as opened:
        curve = learning_curve(opened, "example")
        assert [point.rows for point in curve.points] == [8, 16, 32, 64]
        assert all(point.error == 0 for point in curve.points)
        assert sorted(path.name for path in (opened.root / "specs").glob("*.yaml")) == ["example.yaml"]
        assert len(opened.runs()) == 6  # three seeds at the smallest share


def test_a_spec_with_nothing_to_measure_on_is_refused() -> None:
    spec = "apiVersion: ftsdk/v1\nkind: FineTune\nmetadata: {name: bare}\nspec:\n  model: smollm2-135m-instruct\n"
    with workspace(files={"specs/bare.yaml": spec + "  dataset: {train: train.jsonl}\n"}) as opened:
        with pytest.raises(UsageError, match="no evaluation"):
            ProbePlan(opened.load("bare"))
        with pytest.raises(UsageError, match="evaluation"):
            learning_curve(opened, "bare")
