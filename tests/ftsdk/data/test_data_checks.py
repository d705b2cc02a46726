"""What a check says of rows as a whole: repetition, contradiction, length, number, leaks, tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ftsdk.data import (
    Dataset,
    Message,
    Row,
    check,
    leak_certificate,
    leaked_rows,
    ledger,
    training_file,
    with_system,
)  # fmt: skip
from ftsdk.diagnostics import Severity


def chat(prompt: str, answer: str, **metadata: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    return {"messages": messages, "metadata": metadata}


def row(prompt: str, answer: str, line: int = 1, group: str | None = None) -> Row:
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Row(id=f"line-{line}", line=line, messages=messages, group=group)


def dataset(*rows: Row, sha256: str = "0") -> Dataset:
    return Dataset(path="rows.jsonl", sha256=sha256, rows=rows)


def words(messages: Sequence[Message]) -> int:
    """A counter with a frame of two tokens a message."""
    return sum(len(message.content.split()) + 2 for message in messages)


def test_mappings_are_checked_without_a_workspace_or_a_file() -> None:
    report = check([chat(f"question {number}", "answer") for number in range(60)])
    assert report.findings == ()
    assert report.totals == {"rows": 60, "refused": 0, "groups": 0, "errors": 0, "warnings": 0, "notes": 0}
    assert report.ledger is not None
    assert (report.ledger.counter, report.ledger.trained) == ("o200k_base", 60)
    assert report.profile.labels == {"answer": 60}


def test_a_path_is_checked_with_all_that_reading_finds(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("x\n" + json.dumps(chat("a", "b")) + "\n")
    report = check(path)
    assert [finding.code for finding in report.findings] == ["data/not-json", "data/few-rows"]
    assert report.totals["errors"] == 1


def test_faulty_mappings_are_findings_not_exceptions() -> None:
    report = check([chat("a", ""), {"messages": 3}, 7])  # type: ignore[list-item]
    assert [(finding.code, finding.place.line) for finding in report.findings if finding.place] == [
        ("data/empty-answer", 1), ("data/no-messages", 2), ("data/not-an-object", 3),
    ]  # fmt: skip


def test_duplicates_and_contradictions_name_both_lines() -> None:
    report = check([chat("a", "1"), chat("b", "2"), chat(" A ", "1"), chat("b", "3")])
    found = {f.code: (f.place and f.place.line, f.related[0].line) for f in report.findings if f.related}
    assert found == {"data/duplicate": (3, 1), "data/conflict": (4, 2)}
    assert all(finding.severity is Severity.warning for finding in report.findings)


def test_few_rows_are_a_warning_that_cites_its_source() -> None:
    (finding,) = check([chat("a", "b")]).findings
    assert finding.code == "data/few-rows"
    assert "50 to 100" in str(finding.help)


def test_rows_longer_than_the_model_takes_are_errors() -> None:
    rows = [chat(f"question {number}", "answer " * number) for number in range(1, 60)]
    report = check(rows, count_tokens=words, max_tokens=60)
    assert {(f.code, f.place and f.place.line) for f in report.findings} >= {("data/too-long", 59)}
    assert all(finding.place and finding.place.line and finding.place.line > 53 for finding in report.findings if
               finding.code == "data/too-long")  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=12), st.integers(1, 50))
def test_the_ledger_accounts_for_every_token(sizes: list[tuple[int, int]], limit: int) -> None:
    rows = [row("q " * prompt, "a " * answer) for prompt, answer in sizes]
    book = ledger(rows, words, limit)
    assert book.input == book.trained + book.masked + book.truncated + book.dropped + book.padding
    assert book.input == sum(words(item.messages) for item in rows)
    if book.longest <= limit:
        assert book.trained == sum(answer for _, answer in sizes)


def test_the_certificate_sees_through_case_width_and_spacing() -> None:
    train = dataset(row("Straße  Ｎｏ 1", "x", 1, "g"), row("other", "y", 2, "h"), sha256="a")
    test = dataset(row("STRASSE no\n1", "z", 7, "g"), row("new", "z", 8, "i"), sha256="b")
    certificate = leak_certificate(train, test)
    assert (certificate.exact, certificate.shared_groups) == (1, ("g",))
    assert (certificate.train_sha256, certificate.test_sha256) == ("a", "b")
    assert not certificate.held_out
    assert [(seen.line, leaked.line) for seen, leaked in leaked_rows(train, test)] == [(1, 7)]
    assert leak_certificate(train, dataset(row("new", "x"))).held_out


def test_a_system_message_does_not_hide_a_leak() -> None:
    plain = row("question", "x")
    (framed,) = with_system([plain], "Be short.")
    assert leak_certificate(dataset(plain), dataset(framed)).exact == 1


def test_the_training_file_has_the_system_message_first_and_nothing_else() -> None:
    data = training_file([row("größe?", "10", group="g")], "Sei kurz.")
    assert json.loads(data) == {
        "messages": [
            {"role": "system", "content": "Sei kurz."},
            {"role": "user", "content": "größe?"},
            {"role": "assistant", "content": "10"},
        ]
    }
    assert (
        data
        == (
            '{"messages":[{"role":"system","content":"Sei kurz."},{"role":"user","content":"größe?"},'
            '{"role":"assistant","content":"10"}]}\n'
        ).encode()
    )


def test_of_several_turns_only_the_answer_is_learnt() -> None:
    turns = (("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))
    messages = tuple(Message(role=role, content=content) for role, content in turns)  # type: ignore[arg-type]
    written = json.loads(training_file([Row(id="1", line=1, messages=messages)], None))["messages"]
    assert [message.get("weight") for message in written] == [None, 0, None, None]


def test_the_specs_prompt_takes_the_place_of_a_rows_own() -> None:
    own = with_system([row("q", "a")], "old")
    assert training_file(own, "new") == training_file([row("q", "a")], "new")
    assert training_file(own, None) == training_file([row("q", "a")], "old")
