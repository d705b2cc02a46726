"""Answers are asked for once, survive a kill at any byte, and failures are counted and asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from ftsdk.data.value import Message, Row
from ftsdk.errors import BudgetStop, FtsdkError, ModelMissing, ProviderError
from ftsdk.evals import Journal, answer_key, answer_rows
from ftsdk.evals.value import Arm
from ftsdk.providers.inference import Answer, Params, Usage

ARM = Arm(name="base", kind="base", model="model")
PARAMS = Params()


class Scripted:
    """A client that answers by rule and remembers what it was asked."""

    model = "model"

    def __init__(self, concurrency: int = 4, errors: dict[str, Exception] | None = None, hang_after: int | None = None):
        self.concurrency = concurrency
        self.errors = errors or {}
        self.hang_after = hang_after
        self.asked: list[str] = []
        self.flying = self.most_flying = 0

    async def complete(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
        question = messages[-1].content
        self.asked.append(question)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        if self.hang_after is not None and len(self.asked) > self.hang_after:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        self.flying -= 1
        if question in self.errors:
            raise self.errors[question]
        return answer(f"to {question}")

    async def aclose(self) -> None:
        return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def answer(text: str) -> Answer:
    return Answer(text=text, usage=Usage(prompt_tokens=3, completion_tokens=2), latency=0.5, finish_reason="stop")


def rows(count: int) -> list[Row]:
    return [
        Row(
            id=f"r{i}",
            line=i + 1,
            messages=(Message(role="user", content=f"q{i}"), Message(role="assistant", content="a")),
        )
        for i in range(count)
    ]


def ask(path: Path, client: Scripted, count: int = 20, **options: object) -> dict[str, Answer]:
    with Journal(path) as journal:
        return asyncio.run(answer_rows(ARM, rows(count), client, PARAMS, journal, **options))  # type: ignore[arg-type]


def test_every_row_is_answered_in_order_with_the_clients_concurrency(tmp_path: Path) -> None:
    client, seen = Scripted(concurrency=4), []
    answers = ask(tmp_path / "j", client, on_answer=lambda row, answer: seen.append(row.id))
    assert list(answers) == [f"r{i}" for i in range(20)]
    assert answers["r7"].text == "to q7"
    assert client.most_flying == 4
    assert sorted(seen) == sorted(answers)


def test_a_second_run_asks_nothing_and_answers_the_same(tmp_path: Path) -> None:
    first = ask(tmp_path / "sub" / "j", Scripted())
    size = (tmp_path / "sub" / "j").stat().st_size
    again = Scripted()
    assert ask(tmp_path / "sub" / "j", again) == first
    assert again.asked == []
    assert (tmp_path / "sub" / "j").stat().st_size == size


def test_cut_at_any_byte_the_journal_asks_again_only_what_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "j"
    whole_answers = ask(path, Scripted(concurrency=1), count=3)
    content = path.read_bytes()
    for cut in range(len(content)):
        path.write_bytes(content[:cut])
        client = Scripted(concurrency=1)
        assert ask(path, client, count=3) == whole_answers
        unharmed = content[: cut + 1].count(b"\n")  # a line without its newline is whole all the same
        assert len(client.asked) == 3 - unharmed
        quiet = Scripted()
        assert ask(path, quiet, count=3) == whole_answers
        assert quiet.asked == []


def test_garbage_and_duplicates_in_the_journal_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "j"
    first = ask(path, Scripted(), count=4)
    line = path.read_bytes().splitlines(keepends=True)[0]
    garbage = b'\xff\xfe\n[]\nnull\n{"key": "k"}\n{"key": "k", "answer": 3}\n' + b"[" * 100_000 + b"\n"
    path.write_bytes(path.read_bytes() + line + garbage)
    client = Scripted()
    assert ask(path, client, count=4) == first
    assert client.asked == []
    with Journal(path) as journal:
        assert journal.get("k") is None


def test_a_failed_call_is_an_error_answer_and_is_asked_again_next_time(tmp_path: Path) -> None:
    client = Scripted(errors={"q3": ProviderError("the server said 500")})
    answers = ask(tmp_path / "j", client)
    assert (answers["r3"].finish_reason, answers["r3"].error) == ("error", "the server said 500")
    assert len(answers) == 20
    again = Scripted()
    assert ask(tmp_path / "j", again)["r3"].text == "to q3"
    assert again.asked == ["q3"]


@pytest.mark.parametrize("error", [ModelMissing("no model"), BudgetStop("the budget is used up"), RuntimeError("bug")])
def test_what_no_other_row_could_escape_ends_the_run_and_keeps_the_answers(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)):
        ask(tmp_path / "j", Scripted(concurrency=2, errors={"q9": error}))
    client = Scripted()
    ask(tmp_path / "j", client)
    assert "q0" not in client.asked
    assert "q9" in client.asked


def test_cancellation_keeps_every_answer_that_came(tmp_path: Path) -> None:
    path, client = tmp_path / "j", Scripted(concurrency=3, hang_after=10)

    async def cancel_midway() -> None:
        with Journal(path) as journal:
            task = asyncio.create_task(answer_rows(ARM, rows(20), client, PARAMS, journal))
            while client.flying < 3 or len(client.asked) < 13:
                await asyncio.sleep(0)
            task.cancel()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel_midway())
    again = Scripted()
    ask(path, again)
    assert len(again.asked) == 10


def test_answers_differ_by_model_messages_and_params() -> None:
    question = (Message(role="user", content="q"),)
    keys = {
        answer_key("m", question, PARAMS),
        answer_key("n", question, PARAMS),
        answer_key("m", (Message(role="system", content="q"),), PARAMS),
        answer_key("m", question * 2, PARAMS),
        answer_key("m", question, Params(max_tokens=8)),
        answer_key("m", question, Params(temperature=0.5)),
    }
    assert len(keys) == 6
    assert answer_key("m", question, Params()) in keys


def test_text_that_utf8_cannot_carry_is_made_carriable(tmp_path: Path) -> None:
    class Surrogate(Scripted):
        async def complete(self, model: str, messages: Sequence[Message], params: Params) -> Answer:
            return Answer.model_construct(
                text="\ud800x", usage=Usage(prompt_tokens=1, completion_tokens=1), latency=0.0, finish_reason="stop"
            )

    assert ask(tmp_path / "j", Surrogate(), count=1)["r0"].text == "?x"


def test_a_journal_that_cannot_be_written_or_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "directory").mkdir()
    with pytest.raises(FtsdkError, match="cannot be read"):
        Journal(tmp_path / "directory")
    blocked = Journal(tmp_path / "j")
    blocked.path = tmp_path / "file" / "j"
    with pytest.raises(FtsdkError, match="cannot be written"):
        blocked.put("k", answer("a"))
    blocked.path = tmp_path / "j"
    blocked.put("k", answer("a"))
    blocked.close()
    with Journal(tmp_path / "j") as journal:
        assert journal.get("k") == answer("a")
