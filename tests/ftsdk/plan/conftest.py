"""A small workspace and everything that planning is handed."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ftsdk.catalogue import find_model
from ftsdk.data import Message, load, training_file
from ftsdk.plan import Plan, build_plan, resolve_hyperparameters, training_rows
from ftsdk.providers.base import Capabilities, FileRef
from ftsdk.spec import load as load_spec
from ftsdk.spec.policy import Policy

SPEC: dict[str, Any] = {
    "apiVersion": "ftsdk/v1",
    "kind": "FineTune",
    "metadata": {"name": "tickets"},
    "spec": {
        "model": "smollm2-135m-instruct",
        "system_prompt": {"file": "short.md"},
        "method": {"epochs": 2},
        "dataset": {"train": "train.jsonl"},
        "evaluation": {
            "dataset": "test.jsonl",
            "arms": ["base", {"prompted": "long.md"}, {"few_shot": 3}, "tuned"],
            "metrics": [{"name": "exact", "type": "exact"}],
            "suites": [{"name": "hard", "dataset": "hard.jsonl"}],
        },
        "gates": [{"metric": "exact", "versus": "best_prompted", "margin": 0.0}],
        "promote": {"alias": "production"},
    },
}


def chats(prefix: str, count: int, group: str) -> str:
    """Chat JSONL of ``count`` rows."""
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"{prefix} question {number}"},
                {"role": "assistant", "content": f"answer {number}"},
            ],
            "metadata": {"group": group},
        }
        for number in range(count)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def spec() -> dict[str, Any]:
    """The spec, to be changed by the test."""
    return copy.deepcopy(SPEC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files that the spec names."""
    (tmp_path / "train.jsonl").write_text(chats("train", 80, "a"))
    (tmp_path / "test.jsonl").write_text(chats("test", 40, "b"))
    (tmp_path / "hard.jsonl").write_text(chats("hard", 10, "c"))
    (tmp_path / "short.md").write_text("Be short.")
    (tmp_path / "long.md").write_text("Be short and answer in exactly two words please.")
    return tmp_path


def words(messages: Sequence[Message]) -> int:
    """A token counter with a frame of three tokens a message."""
    return sum(len(message.content.split()) + 3 for message in messages)


@pytest.fixture
def plan_of(root: Path) -> Callable[..., Plan]:
    """Plans a spec given as text or as a mapping."""

    def run(spec: str | Mapping[str, Any] = SPEC, known: Mapping[str, str] | None = None, **changes: Any) -> Plan:
        path = root / "spec.yaml"
        path.write_text(spec if isinstance(spec, str) else json.dumps(spec))
        spec_file = load_spec(path, root=root)
        body = spec_file.spec.spec
        train = load(spec_file.file(body.dataset.train))
        test = load(spec_file.file(body.evaluation.dataset)) if body.evaluation else None
        suites = {s.name: load(spec_file.file(s.dataset)) for s in body.evaluation.suites} if body.evaluation else {}
        rows = training_rows(spec_file.spec, train)
        file = hashlib.sha256(training_file(rows, spec_file.system_prompt)).hexdigest()
        given: dict[str, Any] = {
            "capabilities": Capabilities(
                model=body.model, methods=("sft",), context_tokens=64, retires=None, serves_tuned=True, available=True,
                note="",
            ),
            "hyperparameters": resolve_hyperparameters(body.method, find_model(body.model), place=spec_file.place),
            "count_tokens": words,
            "seconds_for": lambda tokens, _: (tokens / 1000, tokens / 500, tokens / 100),
            "known": known or {},
            "train_file": FileRef(path="export.jsonl", sha256=file, rows=len(rows)),
            "policy": Policy(),
        }  # fmt: skip
        return build_plan(spec_file, train, test, suites, **{**given, **changes})

    return run
