"""Comparisons as artefacts of runs."""

from __future__ import annotations

from ftsdk.errors import FtsdkError
from ftsdk.evals.value import Arm, Comparison
from ftsdk.registry import Resolved
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


def look(artefacts: Artefacts, test_sha256: str, occasion: str, most: int | None) -> int | None:
    """Count one look at a test file, whatever spec it is for; the same occasion is counted once.

    Returns which look it is, or None, with nothing counted, when ``most`` were taken before.
    """
    folder = f"looks/{test_sha256}"
    mine = f"{folder}/{occasion}.json"
    seen = artefacts.keys(folder)
    if mine not in seen:
        if most is not None and len(seen) >= most:
            return None
        artefacts.put(mine, b"{}")
    return len(artefacts.keys(folder))


def alias_arm(resolved: Resolved) -> Arm:
    """The arm that an alias stands for: its model under the prompt it was proved with."""
    return Arm(
        name=resolved.alias,
        kind="alias",
        model=resolved.model,
        system_prompt=resolved.system_prompt,
        connection=resolved.connection,
        max_tokens=resolved.params.max_tokens,
    )
