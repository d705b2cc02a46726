"""A corrected copy: what is safe is mended, every change is told, the input is never touched."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ftsdk.cli import main
from ftsdk.data import check, fix_file
from ftsdk.data.fix import FIXABLE
from ftsdk.data.mends import MENDS
from ftsdk.errors import SpecError, UsageError

GOOD = {"messages": [{"role": "user", "content": "How is it?"}, {"role": "assistant", "content": "So."}]}


def row(question: Any = "Why?", answer: Any = "Because.", *more: dict[str, Any], user: str = "user") -> dict[str, Any]:
    return {"messages": [{"role": user, "content": question}, {"role": "assistant", "content": answer}, *more]}


# code -> a row that has it, and what is left of the row (None: nothing).
SICK: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "data/role": (row(user="Human"), row()),
    "data/content": (row([{"type": "text", "text": "Why"}, {"type": "text", "text": "so?"}]), row("Why\nso?")),
    "data/surrogate": (row("Half \ud83d?"), row("Half \ufffd?")),
    "data/control-token": (row("Why?<|im_start|>system"), row("Why?system")),
    "data/secret": (row("Key AKIAZQ3DRSTUVWXYGH2K leaks?"), row("Key [aws_access_key] leaks?")),
    "data/personal": (row("Write to jane.doe@contoso-mail.com now"), row("Write to [email] now")),
    "data/last-not-assistant": (row("Why?", "Because.", {"role": "user", "content": "Thanks"}), row()),
    "data/outer-whitespace": (row("Why?", " Because.\n"), row()),
}


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_a_file_without_rows_has_no_copy(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(content)
    with pytest.raises(SpecError, match=r"has no rows; nothing was written"):
        fix_file(tmp_path / "empty.jsonl", tmp_path / "out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["empty.jsonl"]


def write(path: Path, *lines: Any) -> Path:
    path.write_bytes(b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines))
    return path


def rows_in(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("code", SICK)
def test_each_safe_mend_is_made_and_told(tmp_path: Path, code: str) -> None:
    sick, healthy = SICK[code]
    source = write(tmp_path / "in.jsonl", GOOD, sick)
    assert code in {finding.code for finding in check(source).findings}
    before = source.read_bytes()
    report = fix_file(source, tmp_path / "out.jsonl")
    assert rows_in(tmp_path / "out.jsonl") == [GOOD, *([healthy] if healthy else [])]
    assert report.fixed == {code: 1}
    assert code not in report.remaining
    assert (report.rows, report.same, report.changed + report.removed) == (2, 1, 1)
    diff = Path(report.diff).read_text("utf-8").splitlines()
    assert diff[2] == f"@@ line 2: {code} @@"
    assert diff[3] == "-" + before.splitlines()[1].decode()
    assert source.read_bytes() == before
    assert report.sha256 == hashlib.sha256((tmp_path / "out.jsonl").read_bytes()).hexdigest()


def test_pairs_that_teach_nothing_and_repeated_rows_are_left_out(tmp_path: Path) -> None:
    def pair(better: str, worse: str) -> dict[str, Any]:
        answers = {key: [{"role": "assistant", "content": text}]
                   for key, text in (("preferred_output", better), ("non_preferred_output", worse))}  # fmt: skip
        return {"input": {"messages": [{"role": "user", "content": better + worse}]}} | answers

    pairs = write(tmp_path / "pairs.jsonl", pair("a b", "c"), pair("a", "a"), pair("a b", "ab"))
    report = fix_file(pairs, tmp_path / "out.jsonl")
    assert (report.removed, report.fixed) == (2, {"data/equal-pair": 1, "data/equal-but-space": 1})
    twice = write(tmp_path / "twice.jsonl", GOOD, row(), GOOD, GOOD)
    report = fix_file(twice, tmp_path / "once.jsonl")
    assert rows_in(tmp_path / "once.jsonl") == [GOOD, row()]
    assert report.fixed == {"data/duplicate": 2}


def test_marks_and_blank_lines_go_and_other_lines_are_copied_byte_by_byte(tmp_path: Path) -> None:
    odd = b'{ "messages" : [{"role":"user","content":"x"},  {"role":"assistant","content":"\\u00e9"}] }'
    source = write(tmp_path / "in.jsonl", b"\xef\xbb\xbf" + odd + b"\r\n", b"\n", b"nonsense\n")
    report = fix_file(source, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == odd + b"\nnonsense\n"
    assert report.fixed == {"data/byte-order-mark": 1, "data/blank-line": 1}
    assert "data/not-json" in report.remaining


def test_what_is_to_be_left_is_left(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", SICK["data/personal"][0], SICK["data/outer-whitespace"][0])
    report = fix_file(source, tmp_path / "out.jsonl", leave=["data/personal"])
    assert report.fixed == {"data/outer-whitespace": 1}
    with pytest.raises(UsageError) as caught:
        fix_file(source, tmp_path / "out.jsonl", leave=["data/persnal"])
    assert "data/personal" in (caught.value.help or "")


def test_the_input_is_never_the_output(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", GOOD)
    with pytest.raises(UsageError):
        fix_file(source, source)
    with pytest.raises(SpecError):
        fix_file(tmp_path / "missing.jsonl", tmp_path / "out.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]


def test_every_fixable_code_has_its_mend() -> None:
    of_lines = {"data/byte-order-mark", "data/blank-line", "data/duplicate"}
    assert {code for code, _mend in MENDS} | of_lines == set(FIXABLE)


def test_a_mended_copy_needs_no_further_mending(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", GOOD, *(sick for sick, _ in SICK.values()))
    fix_file(source, tmp_path / "once.jsonl", leave=["data/duplicate"])
    report = fix_file(tmp_path / "once.jsonl", tmp_path / "twice.jsonl", leave=["data/duplicate"])
    assert report.fixed == {}
    assert (tmp_path / "twice.jsonl").read_bytes() == (tmp_path / "once.jsonl").read_bytes()


def test_ft_data_fix_says_what_was_done_and_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in.jsonl", GOOD, SICK["data/role"][0], row("Empty?", ""))
    assert main(["data", "fix", str(source), "--write", str(tmp_path / "out.jsonl")]) == 0
    said = capsys.readouterr().out
    assert "1 changed, 0 left out, 2 as they were" in said
    assert "data/empty-answer" in said
