"""The parts of a plan's cost, each against the arithmetic done by hand, to the cent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ftsdk.data import Ledger
from ftsdk.plan.costs import cost_lines
from ftsdk.plan.measuring import Measured
from ftsdk.plan.value import ArmPlan, CostLine
from ftsdk.prices import Interval, prices_at
from ftsdk.spec import FineTune, Project, SpecFile

AZURE = {"type": "azure", "endpoint": "https://a.example", "api_key": {"env": "K"}}
CONNECTIONS = {
    "openai": {"type": "openai", "api_key": {"env": "K"}},
    "together": {"type": "together", "api_key": {"env": "K"}},
    "regional": {**AZURE, "training_type": "Standard"},
    "global": {**AZURE, "training_type": "GlobalStandard"},
    "developer": {**AZURE, "training_type": "developerTier"},
}
EVALUATION = {
    "dataset": "test.jsonl",
    "max_tokens": 40,
    "arms": ["base", "tuned"],
    "metrics": [{"name": "exact", "type": "exact"}],
}
MINI, LLAMA, FULL = "gpt-4.1-mini-2025-04-14", "meta-llama/Llama-3-8B", "gpt-4.1-2025-04-14"
TUNED_O4 = ({"model": "o4-mini*", "tuned_input": 4, "tuned_output": 16},)
SERVERLESS = ({"model": "meta-llama/*", "input": 0.2, "output": 0.2},)


def project(*prices: dict[str, Any]) -> Project:
    spec = {"connections": CONNECTIONS, "prices": prices}
    return Project.model_validate_json(json.dumps({"apiVersion": "ftsdk/v1", "kind": "Project", "spec": spec}))


def lines(
    connection: str,
    model: str,
    *,
    rows: int = 1000,
    tokens: int = 1_000_000,
    validation_tokens: int = 0,
    prompt_tokens: int = 500,
    prices: tuple[dict[str, Any], ...] = (),
    **body: Any,
) -> list[CostLine]:
    """The parts of the cost of so many rows; 100 held-out rows are answered with 20 to 40 tokens, likely with 26."""
    whole = {
        "connection": connection,
        "model": model,
        "dataset": {"train": "t.jsonl"},
        "evaluation": EVALUATION,
        **body,
    }
    document = {"apiVersion": "ftsdk/v1", "kind": "FineTune", "metadata": {"name": "x"}, "spec": whole}
    spec = FineTune.model_validate_json(json.dumps(document))
    counted = {"rows": rows, "input": tokens, "trained": tokens, "longest": 2048}
    measured = Measured.model_construct(
        ledger=Ledger.model_validate({**counted, "masked": 0, "truncated": 0, "dropped": 0, "padding": 0}),
        arms=tuple(ArmPlan(name=name, rows=100, prompt_tokens=prompt_tokens) for name in ("base", "tuned")),
        validation_tokens=validation_tokens,
        answer_tokens=20.0,
        extra_rows=0,
        evaluation_seconds=Interval(low=60, likely=120, high=600, unit="seconds"),
    )
    file = SpecFile(path="s.yaml", root=Path("/"), spec=spec, system_prompt=None, texts={}, sha256="")
    found, unpriced = cost_lines(file, measured, None, lambda *at: prices_at(project(*prices), *at))
    assert unpriced == ()
    return list(found)


def likely(found: list[CostLine], what: str) -> list[float]:
    """US dollars that are likely, to a hundredth of a cent."""
    return [round(line.usd.likely, 4) for line in found if line.what == what]


def test_epochs_that_openai_chooses_are_those_of_its_cookbook_and_an_interval() -> None:
    """cookbook.openai.com/examples/chat_finetuning_data_prep: 5 rows of 4,306 tokens, 20 epochs, 86,120 billed."""
    (training,) = [
        line for line in lines("openai", "gpt-4o-mini-2024-07-18", rows=5, tokens=4306) if line.what == "training"
    ]
    assert round(training.usd.likely, 2) == round(86_120 * 3 / 1e6, 2) == 0.26
    assert "x 1 to 20 epochs" in training.formula
    assert likely(lines("openai", MINI), "training") == [15.00]  # 3 epochs of a million tokens at 5 USD
    assert likely(lines("openai", MINI, rows=20_000), "training") == [5.00]
    assert likely(lines("openai", MINI, method={"epochs": 2}), "training") == [10.00]


def test_together_bills_validation_rows_at_every_look_and_openai_does_not() -> None:
    """docs.together.ai/docs/fine-tuning/pricing: 8192 x 8 x 1000 tokens and 10 looks at a million; 0.48 to 1.35 USD."""
    asked: dict[str, Any] = {
        "tokens": 8192 * 8 * 1000,
        "prices": SERVERLESS,
        "validation_tokens": 1_000_000,
        "method": {"epochs": 1, "evaluations": 10},
    }
    found = lines("together", LLAMA, **asked)
    assert (likely(found, "training"), likely(found, "validation")) == ([59.9654], [9.15])
    assert likely(lines("openai", MINI, **asked), "validation") == []


def test_without_packing_together_bills_whole_sequences() -> None:
    method = {"epochs": 1, "packing": False, "max_sequence_tokens": 4096}
    assert likely(lines("together", LLAMA, method=method, prices=SERVERLESS), "training") == [
        round(1000 * 4096 * 0.915 / 1e6, 4)
    ]


def test_answers_of_a_tuned_model_at_together_are_paid_with_the_minutes_of_its_deployment() -> None:
    """docs.together.ai/docs/fine-tuning/pricing: hosting on a dedicated endpoint, billed by the minute."""
    found = lines("together", LLAMA, prices=SERVERLESS)
    assert likely(found, "evaluation") == [round(100 * (500 + 26) * 0.2 / 1e6, 4)]
    (hosting,) = [line for line in found if line.what == "hosting"]
    assert hosting.usd.low == pytest.approx(3 * 3.99 / 60)  # 180 s are 3 begun minutes


def test_answers_of_a_tuned_model_cost_their_surcharge() -> None:
    """OpenAI's price page: gpt-4.1-mini at 0.40 and 1.60 USD, what is tuned from it at 0.80 and 3.20."""
    base = 100 * (500 * 0.40 + 26 * 1.60) / 1e6
    assert likely(lines("openai", MINI), "evaluation") == [round(base, 4), round(2 * base, 4)]


def test_long_prompts_may_be_read_from_the_cache_and_short_ones_may_not() -> None:
    """developers.openai.com/api/docs/guides/prompt-caching: from 1,024 tokens; gpt-4.1-mini at 0.10 instead of 0.40."""
    long = next(line for line in lines("openai", MINI, prompt_tokens=2000) if line.what == "evaluation")
    assert long.usd.low == pytest.approx((2000 * 0.40 + 99 * 2000 * 0.10 + 100 * 20 * 1.60) / 1e6)
    assert long.usd.high == pytest.approx((100 * 2000 * 0.40 + 100 * 40 * 1.60) / 1e6)
    assert "at $0.1 (cached) to $0.4" in long.formula
    short = next(line for line in lines("openai", MINI, prompt_tokens=1000) if line.what == "evaluation")
    assert short.usd.low == pytest.approx((100 * 1000 * 0.40 + 100 * 20 * 1.60) / 1e6)


def test_where_azure_trains_makes_the_price_and_a_developers_deployment_is_free() -> None:
    """Microsoft's cost page: global is 10 to 30 % below regional, developer half of that and hosted for nothing."""
    training = {name: prices_at(project(), name, FULL).training for name in ("regional", "global", "developer")}
    low = {name: price.low for name, price in training.items() if price is not None}
    assert low == {"regional": pytest.approx(2.22), "global": 2.0, "developer": 1.0}
    assert training["developer"] is not None and training["developer"].source.endswith("x 0.5 for developerTier")
    assert prices_at(project(), "developer", FULL).hosting is None
    assert [line.what for line in lines("global", FULL) if line.what == "hosting"] == ["hosting"]
    assert [line.what for line in lines("developer", FULL) if line.what == "hosting"] == []


def test_a_factor_of_the_project_is_on_what_the_table_says_and_not_on_its_own_prices() -> None:
    """developers.openai.com/api/docs/guides/data-residency: 10 % more where data stays in a region."""
    rule = {"model": "gpt-4.1-mini", "factor": 1.1, "training": 4, "source": "data residency"}
    found = prices_at(project(rule), "openai", MINI)
    assert found.calls is not None and found.tuned_calls is not None and found.training is not None
    assert (found.calls.input, found.tuned_calls.output) == (pytest.approx(0.44), pytest.approx(3.52))
    assert found.calls.source.endswith("x 1.1 by data residency")
    assert found.training.low == 4
    assert likely(lines("openai", MINI, prices=({"model": "gpt-4.1-mini", "factor": 1.1},)), "training") == [16.50]


def test_a_model_that_grades_while_training_is_an_interval_of_its_own_and_needs_a_price() -> None:
    """Microsoft's cost page bills a grader's tokens apart from the hours; how many they are nobody knows before."""
    grader = {"type": "score_model", "name": "g", "model": "gpt-4.1-mini", "input": [{"role": "user", "content": "x"}]}
    asked = {"type": "rft", "grader": grader, "epochs": 2, "samples_per_prompt": 4, "max_answer_tokens": 1000}
    found = lines("openai", "o4-mini-2025-04-16", rows=100, tokens=50_000, method=asked, prices=TUNED_O4)
    (graded,) = [line for line in found if line.what == "grader"]
    calls = 100 * 2 * 4
    assert graded.usd.likely == pytest.approx(calls * ((500 + 400 + 200) * 0.40 + 150 * 1.60) / 1e6)
    assert graded.usd.high == pytest.approx(calls * ((500 + 1200 + 1000) * 0.40 + 500 * 1.60) / 1e6)
    (training,) = [line for line in found if line.what == "training"]
    assert (training.usd.likely, training.quantity, training.unit) == (400, 4 * 3600, "seconds")
