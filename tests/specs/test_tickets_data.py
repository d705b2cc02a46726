"""The tickets data is what its generator writes, leaks nothing between splits, and follows its own rules."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

TICKETS = Path(__file__).parents[2] / "specs" / "tickets"
DEALT = ("train", "test", "audit", "audit2", "audit3", "audit4", "audit5")
SPLITS = (*DEALT, "hard")
PAIRS = tuple(combinations(SPLITS, 2))


def rows(split: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (TICKETS / "data" / f"{split}.jsonl").read_text("utf-8").splitlines()]


def words(text: str) -> str:
    """The text with case, punctuation and spacing taken away."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def wording(split: str) -> set[str]:
    """Every phrase that the split's table offers, normalised; single words and house names aside."""

    def leaves(node: Any) -> Iterator[str]:
        if isinstance(node, str):
            yield node
        elif isinstance(node, list):
            yield from (leaf for item in node for leaf in leaves(item))
        elif isinstance(node, dict):
            yield from (leaf for item in node.values() for leaf in leaves(item))

    table = tomllib.loads((TICKETS / "wording" / f"{split}.toml").read_text("utf-8"))
    return {words(leaf) for leaf in leaves(table)} - {""}


def test_the_generator_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    run_path(str(TICKETS / "generate.py"))["generate"](tmp_path)
    for split in SPLITS:
        name = f"{split}.jsonl"
        assert (tmp_path / name).read_bytes() == (TICKETS / "data" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("split", "least"),
    [
        ("train", 320),
        ("test", 200),
        ("audit", 200),
        ("audit2", 200),
        ("audit3", 200),
        ("audit4", 200),
        ("audit5", 200),
        ("hard", 20),
    ],
)
def test_every_split_has_enough_rows_and_no_ticket_twice(split: str, least: int) -> None:
    texts = Counter(words(row["messages"][0]["content"]) for row in rows(split))
    assert len(texts) >= least
    assert max(texts.values()) == 1


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("key", ["group", "customer", "id"])
def test_no_template_or_customer_is_in_two_splits(one: str, other: str, key: str) -> None:
    assert {r["metadata"][key] for r in rows(one)}.isdisjoint(r["metadata"][key] for r in rows(other))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_no_ticket_is_in_two_splits(one: str, other: str) -> None:
    texts = {words(r["messages"][0]["content"]) for r in rows(one)}
    assert texts.isdisjoint(words(r["messages"][0]["content"]) for r in rows(other))


@pytest.mark.parametrize(("one", "other"), tuple(combinations(DEALT, 2)))
def test_no_template_sentence_name_or_phrase_is_shared(one: str, other: str) -> None:
    assert wording(one) & wording(other) == set()


@pytest.mark.parametrize("split", SPLITS)
def test_every_answer_is_compact_json_that_satisfies_the_schema(split: str) -> None:
    schema = json.loads((TICKETS / "ticket.schema.json").read_text("utf-8"))
    for row in rows(split):
        text = row["messages"][1]["content"]
        answer = json.loads(text)
        assert list(answer) == schema["required"]
        assert all(value in schema["properties"][key]["enum"] for key, value in answer.items())
        assert text == json.dumps(answer, separators=(",", ":"))


@pytest.mark.parametrize("split", SPLITS)
def test_every_action_follows_from_the_rules_of_the_long_prompt(split: str) -> None:
    for row in rows(split):
        answer = json.loads(row["messages"][1]["content"])
        rules = {
            "page": answer["severity"] == "all",
            "call": answer["plan"] == "contract",
            "guide": answer["severity"] == "none",
            "hold": answer["queue"] == "cash",
            "logs": True,
        }
        assert answer["action"] == next(action for action, holds in rules.items() if holds), row["metadata"]["id"]


def test_the_examples_of_the_long_prompt_are_no_held_out_tickets() -> None:
    prompt = words((TICKETS / "prompts" / "long.md").read_text("utf-8"))
    held_out = [row for split in SPLITS if split != "train" for row in rows(split)]
    assert not [r["metadata"]["id"] for r in held_out if words(r["messages"][0]["content"]) in prompt]
