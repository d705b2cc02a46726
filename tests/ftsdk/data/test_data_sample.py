"""Rows to read as a person: seeded, beside their findings, with labels that become facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftsdk.advise import read_facts
from ftsdk.cli import main
from ftsdk.data import sample_file
from ftsdk.errors import SpecError, UsageError
from ftsdk.report import sample_page, text
from ftsdk.spec.read import read_document


def row(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns})


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Sixty good rows, one that is empty, one that is no JSON."""
    lines = [row(f"Question {n * 7919}?", f"Answer {n}") for n in range(60)]
    lines[10], lines[20] = row("<script>alert(1)</script>", " "), "nonsense"
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_same_rows_are_drawn_whatever_their_order(rows: Path, tmp_path: Path) -> None:
    drawn = sample_file(rows, 8)
    assert (len(drawn.rows), drawn.total) == (8, 60)
    assert [item.line for item in drawn.rows] == sorted(item.line for item in drawn.rows)
    turned = tmp_path / "turned.jsonl"
    turned.write_text("\n".join(reversed(rows.read_text("utf-8").splitlines())), encoding="utf-8")
    told = {item.said for item in drawn.rows if item.said[0].who == "user"}
    assert told <= {item.said for item in sample_file(turned, 9).rows}
    assert sample_file(rows, 8, seed=1).rows != drawn.rows


def test_each_row_stands_beside_its_findings_even_one_that_is_none(rows: Path) -> None:
    drawn = {item.line: item for item in sample_file(rows, 60).rows}
    assert [finding.code for finding in drawn[11].findings] == ["data/empty-answer"]
    assert "data/not-json" in [finding.code for finding in drawn[21].findings]
    assert drawn[1].said[1].text == "Answer 0"
    assert "Question 7919?" in text(sample_file(rows, 60))


def test_what_cannot_be_drawn_is_said(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        sample_file(rows, 0)
    with pytest.raises(SpecError):
        sample_file(tmp_path / "missing.jsonl")


def test_the_page_has_a_place_for_labels_and_obeys_no_row(rows: Path) -> None:
    page = sample_page(sample_file(rows, 60))
    assert page.count('<form class="labels">') == 60
    for failure in ("knowledge", "format", "style", "reasoning"):
        assert page.count(f'value="{failure}"') == 60
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "default-src 'none'" in page


def test_a_file_of_labels_is_a_file_of_facts() -> None:
    saved = {
        "facts": {"failure": ["format", "knowledge"]},
        "origins": {"failure": {"kind": "measured", "quote": "format 5, knowledge 2 of 20 rows read", "where": "f"}},
        "labels": [{"line": 1, "id": "a", "failures": ["format"], "fine": False, "note": ""}],
        "seed": 42,
    }
    document, _ = read_document(json.dumps(saved, indent=2).encode(), "labels.json")
    assert document is not None
    facts, findings = read_facts(document.value)
    assert set(facts.failure) == {"format", "knowledge"}
    assert facts.origins["failure"].kind == "measured"
    assert findings == ()


def test_ft_data_sample_writes_the_page(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["data", "sample", str(rows), "-n", "3", "--html"]) == 0
    assert "rows.jsonl.sample.html" in capsys.readouterr().out
    assert (tmp_path / "rows.jsonl.sample.html").read_text("utf-8").count("<article") == 3
    assert main(["data", "sample", str(rows), "-n", "2", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 2
