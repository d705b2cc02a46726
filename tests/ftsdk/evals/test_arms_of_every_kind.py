"""Arms by likeness, by retrieval, by recorded answers; formats, repeats, budgets, segments and near-duplicate rows."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ftsdk.data.value import Message, Row
from ftsdk.errors import BudgetStop, UsageError
from ftsdk.evals import Journal, answer_rows, build_graders, compare, compare_arms
from ftsdk.evals.again import compare_subjects
from ftsdk.evals.compare import Beside
from ftsdk.evals.graded import failed_answer
from ftsdk.evals.near_rows import near_clusters
from ftsdk.evals.nearest import NearestRows
from ftsdk.evals.recorded import read_labels, read_recorded
from ftsdk.evals.runner import Asking, Budget
from ftsdk.evals.serving import prove
from ftsdk.evals.value import Arm, Retrieval
from ftsdk.providers.inference import Answer, AnswerFormat, Params, Usage
from ftsdk.spec.model import ExactMetric
from ftsdk.testing import ScriptedInference

EXACT = ExactMetric(name="exact", type="exact")


def row(index: int, question: str, right: str = "x", group: str | None = None, **metadata: str) -> Row:
    turns = (Message(role="user", content=question), Message(role="assistant", content=right))
    return Row(id=f"r{index}", line=index + 1, messages=turns, group=group, metadata=metadata)


def answer(text: str) -> Answer:
    return Answer(text=text, usage=Usage(prompt_tokens=10, completion_tokens=5), latency=0.1, finish_reason="stop")


class Heard(ScriptedInference):
    """Echoes, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__("m", {})
        self.heard: list[tuple[tuple[Message, ...], Params]] = []

    async def complete(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
        self.heard.append((tuple(messages), params))
        await asyncio.sleep(0.001)  # others are asked meanwhile
        return await super().complete(model, messages, params)


def ask(arm: Arm, rows: list[Row], asking: Asking, path: Path, client: Heard | None = None) -> Heard:
    heard = client or Heard()

    async def run() -> None:
        with Journal(path) as journal:
            await answer_rows(arm, rows, heard, asking, journal, cost=lambda _usage: 0.25)

    asyncio.run(run())
    return heard


def test_similar_examples_come_from_the_training_rows_nearest_last(tmp_path: Path) -> None:
    train = [row(0, "refund for my invoice"), row(1, "cannot log in"), row(2, "log in fails with code 7"), row(3, "hi")]
    assert [one.id for one in NearestRows(train).best(row(9, "log in code").prompt, 2)] == ["r1", "r2"]
    arm = Arm(name="f", kind="few_shot", model="m", nearest=2, system_prompt="s")
    heard = ask(arm, [row(9, "log in code")], Asking(Params(), train), tmp_path / "j")
    asked = [message.content for message in heard.heard[0][0]]
    assert asked == ["s", "cannot log in", "x", "log in fails with code 7", "x", "log in code"]


def test_documents_are_looked_up_once_and_put_before_the_question(tmp_path: Path) -> None:
    script = tmp_path / "find.py"
    script.write_text(
        f"import sys; open({str(tmp_path / 'log')!r}, 'a').write('x');"
        "print('{\"documents\": [\"about ' + sys.stdin.read() + '\"]}')"
    )
    source = Retrieval(command=(sys.executable, str(script)))
    arm = Arm(name="r", kind="retrieval", model="m", retrieval=source)
    for _ in range(2):
        heard = ask(arm, [row(0, "rain?")], Asking(Params()), tmp_path / "j")
    assert (tmp_path / "log").read_text() == "x"
    first = ask(arm, [row(0, "rain?")], Asking(Params()), tmp_path / "j", Heard())
    assert (heard.heard, first.heard) == ([], [])


def test_a_retrieval_that_fails_is_a_failed_call_with_its_last_words(tmp_path: Path) -> None:
    source = Retrieval(command=(sys.executable, "-c", "import sys; sys.exit('index is gone')"))
    arm = Arm(name="r", kind="retrieval", model="m", retrieval=source)

    async def run() -> dict[str, Answer]:
        with Journal(tmp_path / "j") as journal:
            return await answer_rows(arm, [row(0, "rain?")], Heard(), Params(), journal)

    found = asyncio.run(run())["r0"]
    assert found.finish_reason == "error"
    assert "index is gone" in (found.error or "")


def test_an_arm_is_asked_with_its_own_format_and_limit(tmp_path: Path) -> None:
    held = AnswerFormat(type="json")
    arm = Arm(name="p", kind="prompted", model="m", response_format=held, max_tokens=9)
    heard = ask(arm, [row(0, "q")], Asking(Params(seed=4), repeat=2), tmp_path / "j")
    assert heard.heard[0][1] == Params(max_tokens=9, response_format=held, seed=6)


@pytest.mark.parametrize("at_once", [1, 3, 32])
def test_the_ceiling_is_reached_and_not_passed_and_what_was_paid_is_kept(at_once: int, tmp_path: Path) -> None:
    """Eight answers at a quarter of a dollar, however many are asked at a time; none is under way when it stops."""
    arm, rows, budget = Arm(name="a", kind="base", model="m"), [row(i, f"q{i}") for i in range(50)], Budget(2.0)
    client = Heard()
    client.concurrency = at_once  # type: ignore[misc]
    with pytest.raises(BudgetStop, match="every answer that came is kept"):
        ask(arm, rows, Asking(Params(), budget=budget), tmp_path / "j", client)
    assert (budget.spent, len(client.heard), budget.under_way) == (2.0, 8, 0)
    again = ask(arm, rows, Asking(Params()), tmp_path / "j")
    assert len(again.heard) + len(client.heard) == 50


def test_repeats_are_averaged_before_anything_is_compared() -> None:
    rows = [row(i, f"a question that is number {i}") for i in range(10)]
    arms = [Arm(name="base", kind="base", model="m"), Arm(name="tuned", kind="tuned", model="t")]
    right, wrong = ({f"r{i}": answer(text) for i in range(10)} for text in ("x", "y"))
    found = compare_arms(
        "t", arms, {"base": wrong, "tuned": right}, rows, build_graders([EXACT], str), sampled_from=10, held_out=True,
        beside=Beside(further=[{"base": wrong, "tuned": wrong}]),
    )  # fmt: skip
    assert (found.repeats, found.rows[0].scores["tuned"]["exact"].value) == (2, 0.5)
    assert found.primary is not None
    assert "McNemar" not in found.primary.test


def test_a_win_that_hides_a_loss_is_seen_worst_first() -> None:
    rows = [row(i, f"question {i}", kind="rare" if i < 12 else "usual") for i in range(60)]
    arms = [Arm(name="base", kind="base", model="m"), Arm(name="tuned", kind="tuned", model="t")]
    base = {f"r{i}": answer("x" if i < 12 else "y") for i in range(60)}
    tuned = {f"r{i}": answer("y" if i < 12 else "x") for i in range(60)}
    found = compare_arms(
        "t", arms, {"base": base, "tuned": tuned}, rows, build_graders([EXACT], str), sampled_from=60, held_out=True,
        beside=Beside(segments=("kind", "length")),
    )  # fmt: skip
    assert found.verdict == "better"
    assert (found.segments[0].value, found.segments[0].verdict) == ("rare", "worse")
    assert not found.segments[0].exploratory


def test_rows_that_nearly_repeat_each_other_are_one_cluster() -> None:
    long = "please tell me how I can change the address on the invoice that I was sent last month by mail for my shop"
    rows = [row(0, long), row(1, long + " today"), row(2, "something else altogether, with other words in every place")]
    assert near_clusters(rows) == {"r0": "near r0", "r1": "near r0"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"id": "r0", "answer": "a"}\n{"id": "r1", "output": null}\n', "a.jsonl"),
        ("id,answer\nr0,a\n", "a.csv"),
        ('{"answer": "a"}\n{"answer": null}\n', "a.jsonl"),
        (
            json.dumps(
                {"results": {"results": [{"testIdx": 0, "provider": {"id": "p"}, "response": {"output": "a"}}]}}
            ),
            "promptfoo.json",
        ),
    ],
)
def test_recorded_answers_are_read_in_every_usual_form(text: str, name: str) -> None:
    rows = [row(0, "q0"), row(1, "q1")]
    found = read_recorded(text, name, rows)
    assert found["r0"].text == "a"
    assert "r1" not in found or found["r1"].finish_reason == "error"


def test_a_file_that_answers_no_row_and_a_label_that_is_none_are_told() -> None:
    with pytest.raises(UsageError, match=r"no answer in x\.jsonl belongs to a row"):
        read_recorded('{"id": "zzz", "answer": "a"}', "x.jsonl", [row(0, "q"), row(1, "q")])
    with pytest.raises(UsageError, match=r"line 2 of l\.jsonl is no label"):
        read_labels('{"id": "r0", "arm": "tuned", "score": 1}\n{"id": "r0"}', "l.jsonl")


def test_two_comparisons_are_set_against_each_other_on_what_they_share() -> None:
    rows = [{"prompt": f"q{i}", "answer": "x"} for i in range(30)]
    one = compare({"base": ["y"] * 30, "tuned": ["x"] * 10 + ["y"] * 20}, rows, ["exact"])
    two = compare({"base": ["y"] * 30, "tuned": ["x"] * 25 + ["y"] * 5}, rows, ["exact"])
    found = compare_subjects("r1", one, "r2", two)
    assert found.primary is not None
    assert (found.primary.first, found.primary.wins, found.verdict) == ("r2", 15, "better")
    with pytest.raises(UsageError, match="share no metric"):
        compare_subjects("r1", one, "r2", compare({"tuned": ["x"] * 30}, rows, ["json_valid"]))


def test_what_is_served_must_answer_as_what_was_evaluated() -> None:
    rows = [row(i, f"q{i}") for i in range(30)]
    arm = Arm(name="tuned", kind="tuned", model="t", system_prompt="s")
    evaluated = {f"r{i}": answer(f"tuned says {i}") for i in range(30)}
    right = ScriptedInference("t", lambda messages: f"tuned says {messages[-1].content[1:]}")
    other = ScriptedInference("t", {})
    assert asyncio.run(prove(arm, rows, evaluated, right, "t", Params())).held
    proof = asyncio.run(prove(arm, rows, evaluated, other, "t", Params()))
    assert (proof.held, proof.alike, proof.asked) == (False, 0, 12)
    assert "0 of 12 answers are as they were at the evaluation (r" in proof.sentence


def test_what_was_never_answered_proves_nothing() -> None:
    """0 of 0 is no proof: neither of no rows, nor of rows that all failed at the evaluation."""
    arm = Arm(name="tuned", kind="tuned", model="t", system_prompt="s")
    rows = [row(i, f"q{i}") for i in range(3)]
    for evaluated in ({}, {f"r{i}": failed_answer("the service was away") for i in range(3)}):
        proof = asyncio.run(prove(arm, rows, evaluated, ScriptedInference("t", {}), "t", Params()))
        assert (proof.held, proof.asked) == (False, 0)
        assert "no evaluated answer" in proof.sentence
