"""How bills come about, in closed form: tokens, epochs, looks at validation rows, hours and months -> US dollars."""

from __future__ import annotations

from math import ceil

MILLION = 1e6
DAYS_A_MONTH = 30


def billed_tokens(
    train: int, epochs: int, *, validation: int = 0, looks: int = 0, rows: int = 0, sequence: int | None = None
) -> int:
    """Tokens that a training job is billed for: epochs x train + looks x validation.

    With ``sequence`` (packing off, where whole sequences are billed) each of ``rows`` counts as that many tokens.
    Source: docs.together.ai/docs/fine-tuning-pricing; OpenAI and Azure bill the same without the second term.
    """
    once = rows * sequence if sequence is not None else train
    return epochs * once + looks * validation


def per_million(tokens: float, usd: float) -> float:
    """US dollars of ``tokens`` at ``usd`` a million."""
    return tokens * usd / MILLION


def at_least(usd: float, minimum: float) -> float:
    """US dollars of a job where a provider charges no less than ``minimum``."""
    return max(usd, minimum)


def training_hours(seconds: float, usd_an_hour: float) -> float:
    """US dollars of training that is billed by the hour, to two decimals of one (Azure's cost page, OpenAI's rft)."""
    return round(seconds / 3600, 2) * usd_an_hour


def hosting(seconds: float, usd_an_hour: float) -> float:
    """US dollars of a deployment, billed by the begun minute and also when idle (Azure, Together)."""
    return ceil(seconds / 60) * usd_an_hour / 60


def storage(days: float, usd_a_month: float) -> float:
    """US dollars of keeping a tuned model, a month being 30 days."""
    return days / DAYS_A_MONTH * usd_a_month


def calls(
    prompt: float, output: float, *, input_price: float, output_price: float, cached: float = 0,
    cached_price: float | None = None, batched: bool = False, surcharge: float = 1,
) -> float:  # fmt: skip
    """US dollars of calls: prompt tokens, of which ``cached`` at their own price, and output; batches cost half.

    ``surcharge`` is on all of it: 1.1 where data must stay in a region (developers.openai.com and platform.claude.com,
    data residency).
    """
    fresh = prompt - cached
    usd = fresh * input_price + cached * (input_price if cached_price is None else cached_price) + output * output_price
    return usd / MILLION * (0.5 if batched else 1) * surcharge
