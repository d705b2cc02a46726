"""Facts measured in files: a dataset of examples, a prompt, a log of requests."""

from __future__ import annotations

from pathlib import Path

from ftsdk.advise.facts import Facts
from ftsdk.advise.measure import from_examples, from_log, from_prompt
from ftsdk.data import load


def measured(
    facts: Facts, *, data: Path | None = None, prompt: Path | None = None, log: Path | None = None, name: str = ""
) -> Facts:
    """``facts`` with what the files tell; ``name`` is what a file is called, its path when empty.

    Raises SpecError when a dataset does not hold.
    """
    if data:
        facts = from_examples(facts, len(load(data, name=name or str(data)).rows), name or str(data))
    if prompt:
        facts = from_prompt(facts, prompt.read_text("utf-8", errors="replace"), name or str(prompt))
    if log:
        with log.open(encoding="utf-8", errors="replace") as lines:
            facts = from_log(facts, lines, name or str(log))
    return facts
