"""`ft compare FILE FILE --against FILE`: an empty directory, two files of answers, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ftsdk.cli.conftest import RunFt

COLOURS = ("blue", "green", "yellow", "red")


def write(path: Path, answers: list[str | None]) -> Path:
    lines = (json.dumps({"id": f"line-{at}", "answer": said}) for at, said in enumerate(answers, 1) if said is not None)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Forty held-out rows, and an arm that knows every other one."""
    rows = [
        [{"role": "user", "content": f"Which colour has thing {at}?"}, {"role": "assistant", "content": right(at)}]
        for at in range(40)
    ]
    (tmp_path / "test.jsonl").write_text("".join(json.dumps({"messages": row}) + "\n" for row in rows))
    write(tmp_path / "a.jsonl", [right(at) if at % 2 else "black" for at in range(40)])
    return tmp_path


def right(at: int) -> str:
    return COLOURS[at % len(COLOURS)]


def everything() -> list[str | None]:
    return [right(at) for at in range(40)]


def test_two_files_and_the_right_answers_are_all_it_takes(desk: Path, run_ft: RunFt) -> None:
    write(desk / "b.jsonl", everything())
    before = sorted(desk.iterdir())
    said = run_ft(desk, "compare", "a.jsonl", "b.jsonl", "--against", "test.jsonl", "--metric", "exact")
    assert said.code == 0, said.err
    assert "+50 points" in said.out
    assert "on 40 rows" in said.out
    assert "0 ms" not in said.out, "nobody knows what recorded answers took"
    assert sorted(desk.iterdir()) == before, "nothing is left behind"


def test_as_json_it_is_a_comparison(desk: Path, run_ft: RunFt) -> None:
    write(desk / "b.jsonl", everything())
    metric = json.dumps({"type": "exact", "name": "right"})
    said = run_ft(
        desk, "compare", "a.jsonl", "b.jsonl", "--against", "test.jsonl", "--metric", metric, "--format", "json"
    )
    found = json.loads(said.out)
    assert (found["verdict"], found["primary_metric"]) == ("better", "right")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([""] * 40, "B answers 0 % of rows exactly right"),
        ([None] * 39 + [right(39)], "39 of 40 answers of b are missing"),
        ([*everything()[:39], "x" * 10_000_000], "B answers 98 % of rows exactly right"),
        ([right(at) if at % 2 else "black" for at in range(40)], "0 points"),
    ],
    ids=["a model that answers nothing", "one answer of forty", "ten megabytes", "all rows equal"],
)
def test_odd_answers_are_a_row_or_a_sentence(answers: list[str | None], said: str, desk: Path, run_ft: RunFt) -> None:
    write(desk / "b.jsonl", answers)
    found = run_ft(desk, "compare", "a.jsonl", "b.jsonl", "--against", "test.jsonl", "--format", "markdown")
    assert found.code == 0, found.err
    assert said in found.out
    assert len(found.out) < 20_000


def test_one_row_cannot_tell(desk: Path, run_ft: RunFt) -> None:
    (desk / "one.jsonl").write_text((desk / "test.jsonl").read_text().splitlines()[0] + "\n")
    write(desk / "b.jsonl", ["blue"])
    said = run_ft(desk, "compare", "a.jsonl", "b.jsonl", "--against", "one.jsonl")
    assert said.code == 0, said.err
    assert "cannot tell" in said.out


@pytest.mark.parametrize(
    ("words", "said", "next_step"),
    [
        (("a.jsonl", "gone.jsonl", "--against", "test.jsonl"), "gone.jsonl cannot be read", "give JSONL, CSV"),
        (("a.jsonl", "a.jsonl", "--against", "test.jsonl"), "a.jsonl is named twice", "each file of answers once"),
        (("a.jsonl", "test.jsonl"), "need the right ones", "add --against FILE"),
        (("a.jsonl", "--against", "gone.jsonl"), "there is no file gone.jsonl", "chat JSONL"),
        (("a.jsonl", "--against", "test.jsonl", "--metric", "nope"), "no metric of type 'nope'", "use one of: exact"),
        (("a.jsonl", "--against", "test.jsonl", "--metric", "{"), "--metric is not JSON", "for example"),
    ],
)
def test_a_mistake_is_one_sentence_and_the_next_step(
    words: tuple[str, ...], said: str, next_step: str, desk: Path, run_ft: RunFt
) -> None:
    found = run_ft(desk, "compare", *words)
    assert found.code == 64
    assert said in found.err
    assert next_step in found.err
    assert "Traceback" not in found.err
