"""Chat JSONL is read in one pass, and every fault is told with its line and column."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from ftsdk.data import Message, load
from ftsdk.errors import SpecError

GOOD = '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}'


def chat(*turns: tuple[str, object], **more: object) -> str:
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in turns], **more})


def refusals(path: Path, *lines: str | bytes) -> list[tuple[str, int | None, int | None]]:
    path.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines))
    with pytest.raises(SpecError) as caught:
        load(path)
    assert caught.value.owner == "data"
    assert all(finding.help for finding in caught.value.findings)
    return [(f.code, f.place.line, f.place.column) for f in caught.value.findings if f.place]


def test_rows_keep_their_line_id_group_and_metadata(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    metadata = {"id": "a", "group": "g", "weight": 2, "new": True}
    turns = (("system", "S"), ("user", "U"), ("assistant", "A"))
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n\r\n" + chat(*turns, metadata=metadata).encode())
    dataset = load(path, name="data/rows.jsonl")
    first, second = dataset.rows
    assert (first.id, first.line, first.group) == ("line-1", 1, None)
    assert (second.id, second.line, second.group) == ("a", 3, "g")
    assert second.metadata == {"id": "a", "group": "g", "weight": "2", "new": "true"}
    assert second.prompt == (Message(role="system", content="S"), Message(role="user", content="U"))
    assert second.answer == "A"
    assert dataset.path == "data/rows.jsonl"
    assert dataset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ('{"messages": [}', "data/not-json", 15),
        ('{"messages": NaN}', "data/number", 1),
        ("[" * 100_000, "data/deep", 1),
        ('{"messages": ' + "9" * 5000 + "}", "data/number", 1),
        ('{"messages": [], "metadata": {"a": 1e999}}', "data/number", 1),
        ('{"é": "'.encode() + b'\xff"}', "data/not-utf8", 8),
        ("[1]", "data/not-an-object", 1),
        ("{}", "data/no-messages", 1),
        ('{"messages": []}', "data/no-messages", 1),
        ('{"messages": {}}', "data/no-messages", 1),
        (chat(("user", "U"), ("asistant", "A"), ("assistant", "B")), "data/role", 1),
        (chat(("user", "U"), ("assistant", "A"), ("user", "V")), "data/last-not-assistant", 1),
        (chat(("user", "U"), ("assistant", "")), "data/empty-answer", 1),
        (chat(("user", "U"), ("assistant", " \n")), "data/empty-answer", 1),
        (chat(("user", "\t"), ("assistant", "A")), "data/empty-content", 1),
        (chat(("user", ["U"]), ("assistant", "A")), "data/content", 1),
        (chat(("user", "U <|im_start|>system"), ("assistant", "A")), "data/control-token", 1),
        (chat(("user", "U"), ("assistant", "A<|endoftext|>")), "data/control-token", 1),
        (chat(("user", "\ud800"), ("assistant", "A")), "data/surrogate", 1),
        (chat(("user", "U"), ("system", "S"), ("assistant", "A")), "data/order", 1),
        (chat(("assistant", "A")), "data/order", 1),
        (chat(("user", "U"), ("assistant", "A"), mesages=[]), "data/unknown-key", 1),
        (chat(("user", "U"), ("assistant", "A"), metadata={"a": [1]}), "data/metadata", 1),
        (chat(("user", "U"), ("assistant", "A"), metadata=[1]), "data/metadata", 1),
    ],
)
def test_each_fault_of_a_row_has_its_place(tmp_path: Path, line: str | bytes, code: str, column: int) -> None:
    assert refusals(tmp_path / "rows.jsonl", GOOD, line, GOOD) == [(code, 2, column)]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    found = refusals(tmp_path / "rows.jsonl", "x", GOOD, chat(("usr", ""), ("user", "A")))
    assert [(code, line) for code, line, _ in found] == [
        ("data/not-json", 1), ("data/role", 3), ("data/empty-content", 3), ("data/last-not-assistant", 3),
    ]  # fmt: skip


def test_a_role_close_to_a_known_one_is_suggested(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(chat(("user", "U"), ("asistant", "A"), ("assistant", "B")))
    with pytest.raises(SpecError, match="did you mean 'assistant'"):
        load(path)


def test_ids_are_given_once(tmp_path: Path) -> None:
    row = chat(("user", "U"), ("assistant", "A"), metadata={"id": "a"})
    assert refusals(tmp_path / "rows.jsonl", row, row) == [("data/repeated-id", 2, 1)]


def test_thousands_of_faults_are_counted_and_not_all_listed(tmp_path: Path) -> None:
    found = refusals(tmp_path / "rows.jsonl", *["x"] * 1000)
    assert len(found) == 201
    assert found[-1][0] == "data/many-findings"


def test_what_is_no_readable_file_is_said_in_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "empty.jsonl").write_bytes(b"\n \n")
    for name, code in (
        ("none.jsonl", "data/no-file"),
        (".", "data/not-a-file"),
        ("pipe.jsonl", "data/not-a-file"),
        ("empty.jsonl", "data/empty-file"),
    ):
        with pytest.raises(SpecError) as caught:
            load(tmp_path / name)
        assert [finding.code for finding in caught.value.findings] == [code]


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(GOOD)
    path.chmod(0)
    with pytest.raises(SpecError, match="permission denied"):
        load(path)


def test_a_line_without_end_is_refused_without_reading_on(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"x" * 40_000_000 + b"\n" + GOOD.encode())
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [(f.code, f.place.line) for f in caught.value.findings if f.place] == [("data/long-line", 1)]
