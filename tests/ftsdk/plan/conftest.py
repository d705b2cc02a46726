"""A small workspace and everything that planning is handed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ftsdk.catalogue import find_model
from ftsdk.data import Dataset, Message, load
from ftsdk.plan import Plan, Snapshot, build_plan, measure, resolve_hyperparameters
from ftsdk.plan.snapshot import Last, Money, State
from ftsdk.providers.base import Capabilities, FileRef
from ftsdk.spec import load as load_spec
from ftsdk.spec import load_project

DAY = date(2026, 11, 22)
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
    """Plans a spec given as text or as a mapping; ``project`` is what ftsdk.yaml says below spec."""

    def run(
        spec: str | Mapping[str, Any] = SPEC,
        known: Mapping[str, str] | None = None,
        last: Last | None = None,
        state: bool = True,
        day: date = DAY,
        project: Mapping[str, Any] | None = None,
        retires: date | None = None,
        name: str | None = None,
        validation: Dataset | None = None,
        at: datetime | None = None,
        money: Sequence[Money] = (),
        **changes: Any,
    ) -> Plan:
        path = root / "spec.yaml"
        path.write_text(spec if isinstance(spec, str) else json.dumps(spec))
        body_of_project = {
            "kind": "Project",
            "spec": dict(project or {}),
            **({"metadata": {"name": name}} if name else {}),
        }
        (root / "ftsdk.yaml").write_text(json.dumps(body_of_project))
        project_file = load_project(root)
        spec_file = load_spec(path, root=root, project=project_file)
        body = spec_file.spec.spec
        train = load(spec_file.file(body.dataset.train))
        test = load(spec_file.file(body.evaluation.dataset)) if body.evaluation else None
        suites = {s.name: load(spec_file.file(s.dataset)) for s in body.evaluation.suites} if body.evaluation else {}
        measured = measure(spec_file, train, test, suites, count_tokens=words, max_tokens=64, validation=validation)
        seen = State(
            serial=1,
            known={spec_file.spec.metadata.name: dict(known or {})},
            last={last.spec.metadata.name: last} if last else {},
            money=tuple(money),
        )
        given: dict[str, Any] = {
            "capabilities": Capabilities(
                model=body.model, methods=("sft",), context_tokens=64, retires=retires, serves_tuned=True,
                available=True, note="",
            ),
            "hyperparameters": resolve_hyperparameters(body.method, find_model(body.model), place=spec_file.place),
            "seconds_for": lambda tokens, _: (tokens / 1000, tokens / 500, tokens / 100),
            "train_file": FileRef(path="export.jsonl", sha256=measured.training_sha256, rows=measured.train_rows),
            "project_file": project_file,
        }  # fmt: skip
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        snapshot = Snapshot(taken_at=at or noon, state=seen if state else None)
        return build_plan(spec_file, measured, snapshot, **{**given, **changes})

    return run


def last_of(plan: Plan, *, phase: str = "done", trained: bool = True) -> Last:
    """What the store says once ``plan`` was applied."""
    return Last(
        run="r7", phase=phase, digest=plan.digest, fingerprint=plan.fingerprint, spec=plan.spec,
        spec_path=plan.spec_path, inputs=plan.inputs, training_sha256=plan.order.train.sha256,
        system_prompt=plan.order.system_prompt, trained=trained,
    )  # fmt: skip
