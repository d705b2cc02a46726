"""The style data is what its generator writes and shares no template, scope, helper or text between splits."""

from __future__ import annotations

import json
from pathlib import Path
from runpy import run_path
from typing import Any

STYLE = Path(__file__).parents[2] / "specs" / "style"


def rows(split: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (STYLE / "data" / f"{split}.jsonl").read_text("utf-8").splitlines()]


def test_the_generator_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    run_path(str(STYLE / "generate.py"))["generate"](tmp_path)
    for name in ("train.jsonl", "test.jsonl"):
        assert (tmp_path / name).read_bytes() == (STYLE / "data" / name).read_bytes(), name


def test_there_are_enough_rows_and_none_is_shared() -> None:
    train, test = rows("train"), rows("test")
    assert len(train) >= 120
    assert len(test) >= 60
    texts = {row["messages"][0]["content"].casefold() for row in train + test}
    assert len(texts) == len(train) + len(test)


def test_held_out_templates_scopes_helpers_and_objects_are_unseen_in_training() -> None:
    generator = run_path(str(STYLE / "generate.py"))
    for table in ("TEMPLATES", "SCOPES", "HELPERS", "OBJECTS"):
        assert set(generator[table]["train"]).isdisjoint(generator[table]["test"]), table
