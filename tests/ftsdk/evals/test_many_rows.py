"""Evaluations of many rows keep texts on disk and say exactly what they say of the same rows in memory."""

from __future__ import annotations

import asyncio
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ftsdk.data.value import Message, Row
from ftsdk.evals import build_graders, compare_arms, shelf
from ftsdk.evals.again import compare_subjects
from ftsdk.evals.compare import Beside
from ftsdk.evals.conduct import Case, Outside, conduct
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.places import Places
from ftsdk.evals.shelf import Shelf
from ftsdk.evals.value import Arm, Comparison
from ftsdk.providers.inference import Answer, Usage
from ftsdk.spec.evaluation import Evaluation
from ftsdk.testing import ScriptedInference

ARMS = [Arm(name="base", kind="base", model="m"), Arm(name="tuned", kind="tuned", model="t")]
METRICS = [{"name": name, "type": name} for name in ("exact", "length", "cost", "choice")]
EVALUATION: dict[str, Any] = {"dataset": "d", "arms": ["base", "tuned"], "metrics": METRICS, "segments": ["length"]}


def rows(count: int) -> list[Row]:
    return [
        Row(
            id=f"r{place}",
            line=place + 1,
            messages=(
                Message(role="user", content=f"question {place} " * (1 + place % 3)),
                Message(role="assistant", content="yes" if place % 3 else "no"),
            ),
            group=f"g{place % 20}" if place % 2 else None,
        )
        for place in range(count)
    ]


def answers(of: list[Row], right: float) -> list[Answer]:
    chance, usage = Random(right), Usage(prompt_tokens=10, completion_tokens=5)
    return [
        failed_answer("lost")
        if place == 7
        else Answer(
            text=row.answer if chance.random() < right else "maybe", usage=usage, latency=0.1, finish_reason="stop"
        )
        for place, row in enumerate(of)
    ]


def compared(of: list[Row], *, on_disk: bool) -> Comparison:
    first, second = answers(of, 0.5), answers(of, 0.8)
    given = {
        arm.name: Shelf(Answer, found) if on_disk else {row.id: one for row, one in zip(of, found, strict=True)}
        for arm, found in zip(ARMS, (first, second), strict=True)
    }
    evaluation = Evaluation.model_validate(EVALUATION, strict=False)
    costs = dict.fromkeys(("base", "tuned"), lambda usage: usage.completion_tokens / 1000)
    return compare_arms(
        "many", ARMS, given, Shelf(Row, of) if on_disk else of, build_graders(evaluation.metrics, str),
        sampled_from=len(of), held_out=True,
        beside=Beside(further=[given], costs=costs, segments=evaluation.segments),
    )  # fmt: skip


def test_on_disk_and_in_memory_the_comparison_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    of = rows(60)
    whole = compared(of, on_disk=False)
    monkeypatch.setattr(shelf, "MOST_IN_MEMORY", 10)
    assert compared(of, on_disk=True) == whole


def test_a_comparison_of_many_rows_carries_some_and_its_figures_are_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    of = rows(60)
    whole = compared(of, on_disk=False)
    monkeypatch.setattr(import_module("ftsdk.evals.compare"), "MOST_ROWS", 20)
    part = compared(of, on_disk=False)
    assert (len(part.rows), part.row_count, part.compared) == (20, 60, 60)
    assert "figures are of all 60 rows; 20 of them, drawn by lot, are here to read" in part.notes
    assert (part.arms, part.contrasts, part.segments) == (whole.arms, whole.contrasts, whole.segments)
    assert {row.id for row in compared(of[::-1], on_disk=False).rows} == {row.id for row in part.rows}
    again = compare_subjects("one", part, "other", part)
    assert again.compared == 20
    assert "one and other carry 20 of 60 rows, drawn by lot: these are compared here" in again.notes


def test_an_evaluation_asks_every_suite_in_one_go_and_puts_each_answer_where_its_row_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_IN_MEMORY", 10)
    told: list[tuple[str, int, int]] = []
    evaluation = Evaluation.model_validate({**EVALUATION, "metrics": METRICS[:1], "repeats": 2}, strict=False)
    of = rows(30)
    case = Case(
        name="many", evaluation=evaluation, arms=ARMS, rows=of, graders=build_graders(evaluation.metrics, str),
        sampled_from=30, held_out=True, suites={"few": of[:4], "many": of[:12]},
    )  # fmt: skip
    outside = Outside(
        client_of=lambda _connection, model: ScriptedInference(model, lambda chat: f"{model}: {chat[-1].content}"),
        journal_of=lambda arm: tmp_path / arm.model,
        judge_journal=tmp_path / "judges",
        cost_of=lambda _connection, _model: None,
        read_text=str,
        tell=lambda *far: told.append(far),
    )
    found = asyncio.run(conduct(case, outside))
    assert [row.answers["tuned"].text for row in found.rows] == [f"t: {row.prompt[0].content}" for row in of]
    assert [(suite.name, suite.rows) for suite in found.suites] == [("few", 4), ("many", 12)]
    assert told[45] == ("base", 46, 46, 0.0)


def test_a_shelf_gives_back_what_was_last_put_in_a_place() -> None:
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    kept = Shelf(Usage)
    kept[3] = usage
    assert (len(kept), kept[3]) == (4, usage)
    with pytest.raises(KeyError):
        kept[0]
    for place in (0, 1, 2, 3):
        kept[place] = usage.model_copy(update={"prompt_tokens": place})
    kept.append(usage)
    assert [one.prompt_tokens for one in kept] == [0, 1, 2, 3, 1]
    assert kept[-1] == usage
    assert kept[1:3] == list(kept)[1:3]


def test_places_are_found_however_many_there_are() -> None:
    places = Places()
    for number in range(5000):
        places.add(f"name {number}", number)
    places.add("name 7", 9000)
    assert sorted(places.of("name 7")) == [7, 9000]
    assert all(number in places.of(f"name {number}") for number in range(5000))
    assert list(places.of("another")) == []
