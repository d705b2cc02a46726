"""`ft data check` says what is wrong in the form that was asked for, and ends with 10 when there are errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftsdk.cli import main

GOOD = '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}\n'
BAD = '{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": ""}]}\n'


def rows(directory: Path, *lines: str) -> str:
    path = directory / "rows.jsonl"
    path.write_text("".join(lines))
    return str(path)


def test_json_has_findings_ledger_and_totals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", rows(tmp_path, GOOD, BAD), "--format", "json"]) == 10
    printed = json.loads(capsys.readouterr().out)
    first = printed["findings"][0]
    assert {key: first[key] for key in ("code", "severity", "line", "message", "help")} == {
        "code": "data/empty-answer",
        "severity": "error",
        "line": 2,
        "message": "the answer is empty",
        "help": "write it, or remove the row",
    }
    ledger = printed["ledger"]
    assert ledger["input"] == sum(ledger[name] for name in ("trained", "masked", "truncated", "dropped", "padding"))
    assert (printed["totals"]["rows"], printed["totals"]["refused"]) == (1, 1)


def test_good_rows_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", rows(tmp_path, GOOD)]) == 0
    assert "few-rows" in capsys.readouterr().out


def test_github_gets_annotations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = rows(tmp_path, GOOD, BAD)
    assert main(["data", "check", path, "--format", "github"]) == 10
    assert f"::error file={path},line=2,col=1,title=data/empty-answer::" in capsys.readouterr().out


def test_people_see_a_few_of_each_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", rows(tmp_path, *[BAD] * 30)]) == 10
    printed = " ".join(capsys.readouterr().out.split())
    assert "and 25 more of data/empty-answer" in printed


def test_a_model_brings_its_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", rows(tmp_path, GOOD), "--model", "gpt-4.1-mini-2025-04-14", "--format", "json"]) == 10
    codes = [finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]]
    assert "data/too-few" in codes
