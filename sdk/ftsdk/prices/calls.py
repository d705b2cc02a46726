"""What one call costs: tokens, cache, batch, surcharge and errors -> US dollars."""

from __future__ import annotations

from ftsdk.values import Value

MILLION = 1e6


class CallShape(Value):
    """Tokens of one call: ``static`` is the repeated part of the prompt, ``dynamic`` the rest of it."""

    static: float = 0
    dynamic: float = 0
    output: float = 0


class Terms(Value):
    """What a call is paid at: USD per million tokens and how they are modified.

    ``cache_hits`` is the share of calls that find the static part cached, ``cache_read`` and ``cache_write`` multiply
    its price; ``batched`` is the share of calls sent in batches at half price; ``surcharge`` multiplies everything
    (models tuned on somebody's platform).
    """

    input: float
    output: float
    cache_hits: float = 0
    cache_read: float = 1
    cache_write: float = 1
    batched: float = 0
    surcharge: float = 1


def cost_per_call(shape: CallShape, terms: Terms) -> float:
    """US dollars of one call: s [(S (h r + (1 - h) w) + D) p_in + O p_out] (1 - b/2)."""
    cached = terms.cache_hits * terms.cache_read
    written = (1 - terms.cache_hits) * (terms.cache_write if terms.cache_hits else 1)
    prompt = shape.static * (cached + written) + shape.dynamic
    plain = (prompt * terms.input + shape.output * terms.output) / MILLION
    return terms.surcharge * plain * (1 - terms.batched / 2)


def cost_with_errors(cost: float, *, retry_rate: float = 0, error_rate: float = 0, cost_of_error: float = 0) -> float:
    """US dollars of one usable answer: calls that are repeated, and what wrong answers cost elsewhere."""
    return cost / (1 - retry_rate) + error_rate * cost_of_error


def static_tokens_that_pay(surcharge: float, cache_read: float, dynamic: float, output: float, ratio: float) -> float:
    """How long a prompt must be for a same-base tuned model that drops it to be cheaper.

    (s - 1) / r (D + ratio O), where ``ratio`` is the output price over the input price.
    """
    return (surcharge - 1) / cache_read * (dynamic + ratio * output)


def calls_that_pay_hosting(hosting_per_month: float, saving_per_call: float) -> float | None:
    """Calls a month whose saving just covers hosting; None when there is no saving."""
    return hosting_per_month / saving_per_call if saving_per_call > 0 else None


def training_run_cost(examples: float, tokens: float, epochs: float, usd_per_million: float) -> float:
    """US dollars of one training run."""
    return examples * tokens * epochs * usd_per_million / MILLION
