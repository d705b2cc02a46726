"""Bills in closed form, to the cent, against examples that providers print on their own pages."""

from __future__ import annotations

import pytest

from ftsdk.catalogue import billing, is_pinned
from ftsdk.prices import bill, model_prices


def test_together_bills_validation_at_every_look() -> None:
    """docs.together.ai/docs/fine-tuning-pricing: 8192 x 8 x 1000 tokens, and 1M validation tokens at 10 looks."""
    tokens = bill.billed_tokens(8192 * 8 * 1000, 1, validation=1_000_000, looks=10)
    assert tokens == 75_536_000
    price = model_prices("t", "together", "meta-llama/Llama-3-8B").training
    assert price is not None
    assert round(bill.per_million(tokens, price.low), 2) == 36.26
    assert billing("together").validation and not billing("openai").validation


def test_openai_bills_the_files_tokens_times_epochs() -> None:
    """OpenAI's guide of 2024 to 2026: a file of 100,000 tokens over 3 epochs of gpt-4o-mini costs about 0.90 USD."""
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


def test_storage_is_by_the_month_and_brackets_are_kept() -> None:
    assert bill.storage(30, 1.95) == 1.95
    price = model_prices("t", "together", "Qwen/Qwen2.5-72B-Instruct").training
    assert price is not None and (price.low, price.high) == (2.90, 8.00)
    assert model_prices("o", "openai", "gpt-99").training is None


def test_a_dated_name_is_pinned_and_a_floating_one_is_not() -> None:
    assert is_pinned("gpt-4.1-mini-2025-04-14") and is_pinned("amazon.nova-micro-v1:0:128k")
    assert not is_pinned("gpt-4.1-mini")
