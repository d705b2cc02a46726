"""Whether rows are enough: repeats, agreement, power and guidance, in the terminal, as JSON and as a page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ftsdk.cli import main
from ftsdk.data import data_card
from ftsdk.errors import SpecError
from ftsdk.report import card_page, text
from ftsdk.stats import visible_points, wilson


def row(question: str, answer: str) -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns}) + "\n"


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """120 rows of three labels; 20 questions are asked again, 15 of them answered as before."""
    labels = ("billing", "shipping", "<b>other</b>")
    lines = [row(f"Ticket {n}: what is this about, number {n * 7919}?", labels[n % 3]) for n in range(100)]
    lines += [
        row(f"Ticket {n}: what is this about, number {n * 7919}?", labels[(n + (n >= 15)) % 3]) for n in range(20)
    ]
    path = tmp_path / "tickets.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_repeats_agreement_labels_and_guidance_are_counted(tickets: Path) -> None:
    card = data_card(tickets)
    assert (card.check.totals["rows"], card.distinct_prompts) == (120, 100)
    assert card.agreement is not None
    assert (card.agreement.rows, card.agreement.same, card.agreement.share) == (20, 15, 0.75)
    assert (card.agreement.low, card.agreement.high) == tuple(wilson(15, 20))
    assert sum(card.check.profile.labels.values()) == 120
    assert sum(rows for _upper, rows in card.check.profile.length_bins) == 120
    assert card.guidance.startswith("100 to 499")


def test_the_power_is_that_of_a_fifth_or_of_the_test_rows(tickets: Path, tmp_path: Path) -> None:
    card = data_card(tickets)
    assert card.power.rows == 24
    assert card.power.yes_no == visible_points(24, binary=True)
    test = tmp_path / "test.jsonl"
    test.write_text("".join(row(f"A question of quite another kind, {n * 104729}", "yes") for n in range(60)), "utf-8")
    with_test = data_card(tickets, test=test)
    assert with_test.power.rows == 60
    assert with_test.certificate is not None
    assert with_test.certificate.held_out


def test_no_repeats_leave_the_agreement_unknown(tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    path.write_text("".join(row(f"Question {n * 7919}?", "yes") for n in range(8)), encoding="utf-8")
    card = data_card(path)
    assert card.agreement is None
    assert "label 50 rows a second time" in " ".join(text(card).split())
    assert card.guidance.startswith("fewer than 10")


def test_a_file_without_rows_is_refused_with_its_findings(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"")
    with pytest.raises(SpecError) as caught:
        data_card(path)
    assert [finding.code for finding in caught.value.findings] == ["data/empty-file"]


class Page(HTMLParser):
    """Collects what a page would fetch or run, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [
            value or "" for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")
        ]


def test_the_page_needs_nothing_else_and_obeys_nothing_in_the_rows(tickets: Path) -> None:
    drawn = card_page(data_card(tickets))
    page = Page()
    page.feed(drawn)
    assert page.fetched == []
    assert "b" not in page.tags
    assert "&lt;b&gt;other&lt;/b&gt;" in drawn
    for title in ("Is it enough?", "Lengths", "Answers that are labels", "Duplicates", "Where every token goes"):
        assert f"{title}</h2>" in drawn
    assert page.tags.count("rect") > 24


def test_ft_data_report_prints_json_and_writes_the_page(
    tickets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "card.html"
    assert main(["data", "report", str(tickets), "--format", "json", "--html", str(out)]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert printed["agreement"]["rows"] == 20
    assert out.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert main(["data", "report", str(tickets)]) == 0
    assert "rows that ask the same agree in 75.0 % of 20 repeats" in " ".join(capsys.readouterr().out.split())
