"""A small workspace with one spec that holds, to be spoilt by each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import SpecFile, check, load_project

Checked = tuple[SpecFile | None, tuple[Diagnostic, ...]]

GOOD = """\
# A comment.
apiVersion: ftsdk/v1
kind: FineTune
metadata: {name: tickets}
spec:
  model: smollm2-135m-instruct
  system_prompt: {file: prompts/short.md}
  method:
    epochs: 2
    learning_rate: 1e-3
  dataset: {train: data/train.jsonl}
  evaluation:
    dataset: data/test.jsonl
    arms: [base, {prompted: prompts/long.md}, {few_shot: 2}, tuned]
    metrics:
      - {name: fields, type: json_fields}
      - {name: valid, type: json_schema, schema: ticket.schema.json}
  gates:
    - {metric: fields, versus: best_prompted, margin: 0.0}
    - {metric: valid, min: 0.95}
  promote: {alias: production}
"""


@pytest.fixture
def good() -> str:
    """The text of a spec that holds."""
    return GOOD


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose spec holds."""
    home = tmp_path / "work"
    for name, text in {
        "ftsdk.yaml": "apiVersion: ftsdk/v1\nkind: Project\n",
        "specs/tickets.yaml": GOOD,
        "specs/prompts/short.md": "Answer in JSON.\n",
        "specs/prompts/long.md": "Answer in JSON, and nothing else.\n",
        "specs/data/train.jsonl": "{}\n",
        "specs/data/test.jsonl": "{}\n",
        "specs/ticket.schema.json": "{}\n",
    }.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return home


@pytest.fixture
def checked(root: Path) -> Callable[[str | bytes], Checked]:
    """Checks a text in place of the good spec."""

    path, project = root / "specs" / "tickets.yaml", load_project(root)

    def run(text: str | bytes) -> Checked:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return check(path, root=root, project=project)

    return run
