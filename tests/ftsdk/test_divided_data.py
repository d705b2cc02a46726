"""A spec that divides its file, or names validation rows: what is planned is what is trained, scored and evaluated."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ftsdk.data import PreferenceRow, load, training_file
from ftsdk.data.parts import Read, asked_rows, learnt_rows, sides_of
from ftsdk.errors import UsageError
from ftsdk.rows import rows_without_prompt
from ftsdk.spec import FineTune
from ftsdk.spec.training_data import TEST_SPLIT, Splits
from ftsdk.testing import workspace
from ftsdk.testing.example import SPEC

EXAMPLE = "specs/example.yaml"
DIVIDED = SPEC.replace("{train: train.jsonl}", "{train: train.jsonl, splits: {validation: 0.1, test: 0.25}}").replace(
    "dataset: test.jsonl", "dataset: splits.test"
)


def prompts(path: Path) -> set[str]:
    return {json.loads(line)["messages"][-2]["content"] for line in path.read_text().splitlines()}


def test_the_sides_of_one_file_are_trained_scored_and_evaluated() -> None:
    with workspace() as ws:
        (ws.root / EXAMPLE).write_text(DIVIDED)
        plan = ws.plan(EXAMPLE)
        assert plan.order.validation is not None
        assert plan.leak is not None
        assert plan.leak.held_out
        assert (plan.train_rows, plan.order.validation.rows, plan.leak.test_rows) == (42, 6, 16)
        run = ws.apply(plan).wait()
        assert run.error is None
        comparison = run.comparison
        assert comparison is not None
        trained, scored = prompts(Path(plan.order.train.path)), prompts(Path(plan.order.validation.path))
        asked_by_id = {row.id: row.messages[-2].content for row in load(ws.root / "specs/train.jsonl").rows}
        asked = {asked_by_id[row.id] for row in comparison.rows}
        assert (len(trained), len(scored), len(asked)) == (42, 6, 16)
        assert not trained & scored
        assert not asked & (trained | scored)
        assert comparison.held_out


def test_the_division_is_by_the_methods_seed_alone() -> None:
    with workspace() as ws:
        whole = load(ws.root / "specs/train.jsonl")
        splits = Splits(test=0.25)
        first, again, other = (sides_of(whole, splits, seed) for seed in (1, 1, 2))
        assert first == again
        assert first["test"].rows != other["test"].rows
        assert not first["validation"].rows
        assert len({side.sha256 for side in first.values()}) == 3


def test_rows_cannot_be_divided_by_what_no_row_has() -> None:
    with workspace() as ws:
        text = DIVIDED.replace("test: 0.25", "test: 0.25, group_by: [customer]")
        (ws.root / EXAMPLE).write_text(text)
        with pytest.raises(UsageError, match=r"no row has metadata\.customer"):
            ws.plan(EXAMPLE)


def test_a_validation_file_goes_with_the_order_and_moves_the_digest() -> None:
    with workspace() as ws:
        held_out = ws.root / "specs/validation.jsonl"
        held_out.write_text(row("What is 70 plus 1?", "71"))
        (ws.root / EXAMPLE).write_text(SPEC.replace("train.jsonl}", "train.jsonl, validation: validation.jsonl}"))
        plan = ws.plan(EXAMPLE)
        assert plan.order.validation is not None
        assert plan.order.validation.rows == 1
        held_out.write_text(row("What is 70 plus 2?", "72"))
        other = ws.plan(EXAMPLE)
        assert other.digest != plan.digest
        assert other.fingerprint == plan.fingerprint, "nothing of it is learnt"
        run = ws.apply(other).wait()
        assert run.error is None
        assert other.order.validation is not None
        assert prompts(Path(other.order.validation.path)) == {"What is 70 plus 2?"}


def test_a_validation_row_that_no_trainer_takes_is_told_while_planning() -> None:
    with workspace() as ws:
        (ws.root / "specs/validation.jsonl").write_text(row("What is 70 plus 1?", "long " * 3000))
        (ws.root / EXAMPLE).write_text(SPEC.replace("train.jsonl}", "train.jsonl, validation: validation.jsonl}"))
        found = [(item.code, str(item.place)) for item in ws.plan(EXAMPLE).findings]
        assert ("data/too-long", "specs/validation.jsonl:1") in found


def row(question: str, answer: str) -> str:
    said = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": said}) + "\n"


def pair(number: int) -> dict[str, object]:
    question = " ".join(hashlib.sha256(f"{number} {word}".encode()).hexdigest()[:6] for word in range(8))
    say = [{"role": "assistant", "content": text} for text in ("red", "It is red.")]
    chat = {"messages": [{"role": "user", "content": question}]}
    return {"input": chat, "preferred_output": say[:1], "non_preferred_output": say[1:]}


def divided(tmp_path: Path, method: str, rows: list[dict[str, object]]) -> tuple[FineTune, Read]:
    """A spec of another connection's method, and what reads its file."""
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = {"train": "rows.jsonl", "splits": {"test": 0.25}}
    body = {"connection": "hosted", "model": "m", "dataset": data, "method": {"type": method}}
    whole = {"apiVersion": "ftsdk/v1", "kind": "FineTune", "metadata": {"name": "pairs"}, "spec": body}
    return FineTune.model_validate(whole), lambda name, method: load(tmp_path / name, method=method)


def test_the_preferred_answers_of_held_out_pairs_are_the_right_ones(tmp_path: Path) -> None:
    spec, read = divided(tmp_path, "dpo", [pair(number) for number in range(40)])
    train, test = learnt_rows(spec, "rows.jsonl", read), asked_rows(spec, TEST_SPLIT, read)
    assert (len(train.rows), len(test.rows)) == (30, 10)
    assert {type(row) for row in train.rows} == {PreferenceRow}
    assert {row.answer for row in test.rows} == {"red"}
    told, plain = training_file(train.rows, "Answer briefly."), training_file(train.rows, None)
    assert told != plain
    assert rows_without_prompt(told, "Answer briefly.") == rows_without_prompt(plain, None)


def test_graded_prompts_cannot_be_compared_on(tmp_path: Path) -> None:
    rows = [{**pair(number)["input"], "colour": "red"} for number in range(40)]  # type: ignore[dict-item]
    spec, read = divided(tmp_path, "rft", rows)
    assert len(learnt_rows(spec, "rows.jsonl", read).rows) == 30
    with pytest.raises(UsageError, match=r"graded prompts have no right answers") as refused:
        asked_rows(spec, TEST_SPLIT, read)
    assert "evaluation.dataset" in str(refused.value.help)
