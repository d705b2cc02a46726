"""A small project for tests: sums in words, whose tuned model is right and whose base model echoes."""

from __future__ import annotations

import json

PROJECT = "apiVersion: ftsdk/v1\nkind: Project\n"

SPEC = """\
apiVersion: ftsdk/v1
kind: FineTune
metadata: {name: example}
spec:
  model: smollm2-135m-instruct
  system_prompt: Answer with the number alone.
  dataset: {train: train.jsonl}
  evaluation:
    dataset: test.jsonl
    arms: [base, {prompted: prompt.md}, {few_shot: 2}, tuned]
    metrics: [{name: right, type: exact}]
  gates: [{metric: right, versus: best_prompted, margin: 0.0}]
  promote: {alias: production}
"""

TRAIN_SUMS = [(first, second) for first in range(8) for second in range(8)]
TEST_SUMS = [(first, second) for first in range(10, 15) for second in range(10, 16)]


def question(first: int, second: int) -> str:
    """What a row asks."""
    return f"What is {first} plus {second}?"


def right_answers() -> dict[str, str]:
    """The answer to every question of both files."""
    return {question(*numbers): str(sum(numbers)) for numbers in TRAIN_SUMS + TEST_SUMS}


def example_files() -> dict[str, str]:
    """Path -> text of the whole project."""
    return {
        "ftsdk.yaml": PROJECT,
        "specs/example.yaml": SPEC,
        "specs/prompt.md": "Add the two numbers. Answer with the sum alone, in digits.\n",
        "specs/train.jsonl": _rows(TRAIN_SUMS),
        "specs/test.jsonl": _rows(TEST_SUMS),
    }


def _rows(sums: list[tuple[int, int]]) -> str:
    chats = ([("user", question(*numbers)), ("assistant", str(sum(numbers)))] for numbers in sums)
    return "".join(
        json.dumps({"messages": [{"role": role, "content": content} for role, content in chat]}) + "\n"
        for chat in chats
    )
