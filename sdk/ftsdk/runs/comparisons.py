"""Comparisons as artefacts of runs."""

from __future__ import annotations

from ftsdk.errors import FtsdkError
from ftsdk.evals.value import Comparison
from ftsdk.runs.artefacts import Artefacts


def keep_comparison(artefacts: Artefacts, run: str, comparison: Comparison) -> str:
    """Store a run's comparison; returns its key."""
    key = f"runs/{run}/comparison.json"
    artefacts.put(key, comparison.model_dump_json().encode())
    return key


def read_comparison(artefacts: Artefacts, key: str) -> Comparison:
    """A stored comparison; raises FtsdkError when it is gone."""
    content = artefacts.get(key)
    if content is None:
        raise FtsdkError(
            f"the comparison {key} is gone from the artefacts", help="apply the spec again: its answers are kept"
        )
    return Comparison.model_validate_json(content)
