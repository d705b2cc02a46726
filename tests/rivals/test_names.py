"""Names of persons, told by Presidio with a small spaCy model that the test makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

spacy = pytest.importorskip("spacy")


def said(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ftsdk.cli", "data", *words]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=280)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    model = spacy.blank("en")
    pattern = [{"LOWER": "maria"}, {"LOWER": "garcía"}]
    model.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": pattern}])
    model.to_disk(tmp_path / "model")
    texts = ["Maria García called; who is that?", "Which garcía dam is the highest?"]
    rows = [[{"role": "user", "content": text}, {"role": "assistant", "content": "So."}] for text in texts]
    lines = [json.dumps({"messages": row}, ensure_ascii=False) for row in rows]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def test_names_are_told_with_their_line_and_masked(project: Path) -> None:
    checked = said(project, "check", "rows.jsonl", "--names", "model", "--format", "json")
    told = [item for item in json.loads(checked.stdout)["findings"] if item["code"] == "data/personal"]
    assert [(item["line"], "[person]" in item["message"]) for item in told] == [(1, True)]
    assert "García" not in checked.stdout
    fixed = said(project, "fix", "rows.jsonl", "--write", "out.jsonl", "--names", "model", "--format", "json")
    assert json.loads(fixed.stdout)["fixed"] == {"data/personal": 1}
    first, second = (project / "out.jsonl").read_text("utf-8").splitlines()
    assert json.loads(first)["messages"][0]["content"] == "[person] called; who is that?"
    assert second == (project / "rows.jsonl").read_text("utf-8").splitlines()[1]


def test_a_model_that_is_not_here_is_not_downloaded(project: Path) -> None:
    checked = said(project, "check", "rows.jsonl", "--names", "en_core_web_lg")
    assert checked.returncode == 64
    assert "there is no spaCy model 'en_core_web_lg'" in checked.stderr
    assert "python -m spacy download en_core_web_lg" in checked.stderr
