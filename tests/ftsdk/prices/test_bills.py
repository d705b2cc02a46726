"""Bills in closed form, to the cent, against examples that providers print on their own pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ftsdk.catalogue import billing, is_pinned
from ftsdk.plan import holds
from ftsdk.prices import bill, model_prices
from ftsdk.spec import load_project


def test_together_bills_validation_at_every_look() -> None:
    """docs.together.ai/docs/fine-tuning-pricing: 8192 x 8 x 1000 tokens, and 1M validation tokens at 10 looks."""
    tokens = bill.billed_tokens(8192 * 8 * 1000, 1, validation=1_000_000, looks=10)
    assert tokens == 75_536_000
    price = model_prices("t", "together", "meta-llama/Llama-3-8B").training
    assert price is not None
    assert round(bill.per_million(tokens, price.low), 2) == 36.26
    assert billing("together").validation and not billing("openai").validation


def test_openai_bills_the_files_tokens_times_epochs() -> None:
    """platform.openai.com/docs/guides/fine-tuning, "Estimate costs" (2024 and 2025): 100,000 tokens over 3 epochs.

    About 0.90 USD with gpt-4o-mini-2024-07-18, and 2.40 with gpt-3.5-turbo-0125, which cost 8 USD a million.
    """
    assert round(bill.per_million(bill.billed_tokens(100_000, 3), 8.0), 2) == 2.40
    price = model_prices("o", "openai", "gpt-4o-mini-2024-07-18").training
    assert price is not None
    assert round(bill.per_million(bill.billed_tokens(100_000, 3), price.low), 2) == 0.90


def test_without_packing_whole_sequences_are_billed() -> None:
    """docs.together.ai: with packing off, the tokens are dataset_length x max_seq_length."""
    assert bill.billed_tokens(1, 3, rows=500, sequence=2048) == 3 * 500 * 2048


def test_hosting_is_by_the_begun_minute_and_a_month_of_azure_is_as_printed() -> None:
    """Microsoft's cost page: 1.70 USD an hour; 730 hours make 1,241 USD."""
    assert round(bill.hosting(730 * 3600, 1.70), 2) == 1241.00
    assert bill.hosting(61, 6.0) == pytest.approx(0.20)
    assert bill.hosting(0, 6.0) == 0


def test_cached_tokens_have_their_own_price_and_batches_cost_half() -> None:
    """Tuned gpt-4.1 at 3.00, 0.75 and 12.00 USD per million tokens (OpenAI's price page)."""
    full = bill.calls(1e6, 1e6, input_price=3.0, output_price=12.0)
    cached = bill.calls(1e6, 0, input_price=3.0, output_price=12.0, cached=1e6, cached_price=0.75)
    assert (full, cached) == (15.0, 0.75)
    assert bill.calls(1e6, 1e6, input_price=3.0, output_price=12.0, batched=True) == 7.5


def test_where_data_stays_in_a_region_all_of_a_call_costs_a_tenth_more() -> None:
    """developers.openai.com and platform.claude.com, data residency: x 1.1; claude-haiku-4.5 at 1 and 5 USD."""
    assert bill.calls(1e6, 1e6, input_price=1.0, output_price=5.0, surcharge=1.1) == pytest.approx(6.60)


def test_a_minimum_holds_for_small_jobs_and_only_where_there_is_one() -> None:
    """Mistral's page of fine-tuning (until 2026): 4 USD a job at least. docs.together.ai: there is no minimum price."""
    assert [bill.at_least(usd, 4.0) for usd in (0.02, 4.0, 9.5)] == [4.0, 4.0, 9.5]
    assert billing("together").minimum_usd == 0


def test_validation_that_is_billed_once_is_one_look() -> None:
    """docs.ori.co/fine-tuning/billing: 5M tokens, 3 epochs, 1M validation tokens, 0.46 USD a million: 7.36 USD."""
    assert round(bill.per_million(bill.billed_tokens(5_000_000, 3, validation=1_000_000, looks=1), 0.46), 2) == 7.36


def test_storage_is_by_the_month_and_brackets_are_kept() -> None:
    assert bill.storage(30, 1.95) == 1.95
    price = model_prices("t", "together", "Qwen/Qwen2.5-72B-Instruct").training
    assert price is not None and (price.low, price.high) == (2.90, 8.00)
    assert model_prices("o", "openai", "gpt-99").training is None


def test_a_dated_name_is_pinned_and_a_floating_one_is_not() -> None:
    assert is_pinned("gpt-4.1-mini-2025-04-14") and is_pinned("amazon.nova-micro-v1:0:128k")
    assert not is_pinned("gpt-4.1-mini")


def test_a_job_by_the_hour_is_billed_to_a_hundredth_of_it_and_its_grader_by_tokens() -> None:
    """Microsoft's cost page (learn.microsoft.com, fine-tuning-cost-management): o4-mini, 4 hours, o3-mini as grader.

    400 USD of training; 5M tokens read and 4.9M written at 1.10 and 4.40 USD make 27.06: 427.06 USD. The page's first
    formula says 200 in passing and 400 in its result; 400 is what it adds up to.
    """
    hour = model_prices("a", "azure", "o4-mini").training_hour
    assert hour is not None
    training = bill.training_hours(4 * 3600, hour.low)
    grading = bill.calls(5e6, 4.9e6, input_price=1.10, output_price=4.40)
    assert (round(training, 2), round(grading, 2), round(training + grading, 2)) == (400.00, 27.06, 427.06)
    assert bill.training_hours(4500, 100) == 125.0
    assert bill.training_hours(3661, 100) == 102.0


def test_azure_bills_tokens_times_epochs_and_no_validation() -> None:
    """The same page: 1M training tokens, a validation file of 40K, 2 epochs of GPT-4.1 at 2 USD (global): 4 USD."""
    price = model_prices("a", "azure", "gpt-4.1-2025-04-14").training
    assert price is not None and not billing("azure").validation
    assert round(bill.per_million(bill.billed_tokens(1_000_000, 2), price.low), 2) == 4.00


def test_a_month_of_a_hosted_chatbot_is_as_printed() -> None:
    """The same page: 30 days of hosting at 1.70 USD an hour, 20M tokens in and 40M out of o4-mini: 1,422 USD."""
    tokens = bill.calls(20e6, 40e6, input_price=1.10, output_price=4.40)
    assert (round(tokens, 2), round(bill.hosting(30 * 24 * 3600, 1.70) + tokens, 2)) == (198.00, 1422.00)


def test_a_run_in_the_last_hour_of_a_month_is_of_the_month_of_its_team(tmp_path: Path) -> None:
    """At 23:30 UTC on the last of November it is December in Berlin and still November in Lisbon."""
    teams = {
        "berlin": {"paths": ["none/*"], "time_zone": "Europe/Berlin"},
        "lisbon": {"paths": ["none/*"], "time_zone": "Europe/Lisbon"},
    }
    (tmp_path / "ftsdk.yaml").write_text(json.dumps({"kind": "Project", "spec": {"teams": teams}}))
    project, now = load_project(tmp_path).project, datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    found = {team: holds(team, Decimal(5), project, now)[0].month for team in teams}
    assert found == {"berlin": "2026-12", "lisbon": "2026-11"}


def test_a_run_is_of_one_month_in_the_ledger_of_its_team_and_in_that_of_all_teams(tmp_path: Path) -> None:
    spec = {"teams": {"berlin": {"paths": ["x/*"], "time_zone": "Europe/Berlin"}}, "budget": {"usd_per_month": 100}}
    (tmp_path / "ftsdk.yaml").write_text(json.dumps({"kind": "Project", "spec": spec}))
    project, now = load_project(tmp_path).project, datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    ours = [(hold.team, hold.month) for hold in holds("berlin", Decimal(5), project, now)]
    assert ours == [("berlin", "2026-12"), ("*", "2026-12")]
    assert [(hold.team, hold.month) for hold in holds(None, Decimal(5), project, now)] == [("*", "2026-11")]
