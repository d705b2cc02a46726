"""Facts measured in the files that `ft advise` is given."""

from __future__ import annotations

from pathlib import Path

from ftsdk.advise import Facts
from ftsdk.advise.measure import from_examples, from_log, from_prompt, from_spec
from ftsdk.data import load


def measured(facts: Facts, *, data: Path | None, prompt: Path | None, log: Path | None, spec: str | None) -> Facts:
    """``facts`` with what the named files tell; raises SpecError when a dataset does not hold."""
    if spec:
        import ftsdk

        spec_file = ftsdk.open().load(spec)
        facts = from_spec(facts, spec_file, _rows(spec_file.file(spec_file.spec.spec.dataset.train)))
    if data:
        facts = from_examples(facts, _rows(data), str(data))
    if prompt:
        facts = from_prompt(facts, prompt.read_text("utf-8"), str(prompt))
    if log:
        with log.open(encoding="utf-8", errors="replace") as lines:
            facts = from_log(facts, lines, str(log))
    return facts


def _rows(path: Path) -> int:
    return len(load(path, name=str(path)).rows)
