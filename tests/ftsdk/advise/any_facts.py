"""Facts of every kind, for properties that must hold whatever a team answers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ftsdk.advise import Facts
from ftsdk.advise.domain import CHOICES, FAILURES

NUMBERS = {
    "n_examples": st.integers(0, 200_000),
    "calls_per_month": st.floats(0, 1e9),
    "prompt_tokens": st.integers(0, 200_000),
    "static_tokens": st.integers(0, 100_000),
    "output_tokens": st.integers(0, 20_000),
    "corpus_tokens": st.floats(0, 1e12),
    "base_score": st.floats(0, 1),
}


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Any legal case; about a third of the facts are unknown."""
    values: dict[str, Any] = {name: draw(st.sampled_from(("unknown", *of))) for name, of in CHOICES.items()}
    values |= {name: draw(st.none() | numbers) for name, numbers in NUMBERS.items()}
    failures = draw(st.sets(st.sampled_from(FAILURES), max_size=4))
    return Facts().changed(values | {"failure": tuple(item for item in FAILURES if item in failures)})
