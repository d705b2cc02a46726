"""`ft advise` and what it writes: forms, pages, drafts, decision records and measured facts."""

from __future__ import annotations

import io
import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ftsdk.advise import Facts, advise, read_facts
from ftsdk.advise.measure import from_log, from_prompt
from ftsdk.advise.record import decision_yaml, read_decision, recheck, record_of
from ftsdk.cli import main
from ftsdk.cli.advise_form import fill_in
from ftsdk.errors import SpecError
from ftsdk.report.web.advice import advice_page

TODAY = date(2026, 11, 22)
TRAINS = """\
goal: quality
failure: [behaviour]
tried: {prompting: insufficient, few_shot: insufficient}
n_examples: 1000
data_quality: high
eval_set: yes
narrowness: narrow
calls_per_month: 2M
"""
CACHES = "goal: cost\nfailure: [cost]\ntried: {caching: no, prompting: works}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\n")
    (tmp_path / "trains.yaml").write_text(TRAINS)
    (tmp_path / "caches.yaml").write_text(CACHES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["advise", *words]) == 0
    return capsys.readouterr().out


# -- the form ---------------------------------------------------------------------------------------------------------


def test_the_terminal_form_asks_until_nothing_could_change(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["3", "7", "10,99", "4,12"])
    written = io.StringIO()
    monkeypatch.setattr("builtins.input", lambda *_: next(answers, ""))
    facts = fill_in(Console(file=written, width=100), Facts())
    assert facts.goal == "cost" and facts.failure == ("cost",)
    assert facts.tried.prompting == "works" and facts.tried.structured_output == "no"
    assert "none of 1 to 18" in written.getvalue()  # 99 was refused and asked again
    assert "Step 1 of at most 4" in written.getvalue() and "Step 5" not in written.getvalue()


def test_without_facts_and_terminal_the_sentence_says_what_to_give(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["advise"]) == 64
    assert "--facts FILE" in capsys.readouterr().err


# -- ways to show it --------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        assert not any(name.startswith("on") or name in ("src",) for name, _ in attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_shows_ranking_reasons_break_even_and_tornado() -> None:
    advice = advise(
        read_facts({"goal": "cost", "failure": ["cost"], "calls_per_month": 2e6, "narrowness": "narrow"})[0]
    )
    page = advice_page(advice)
    tags = Tags()
    tags.feed(page)
    assert tags.open == [] and tags.seen.count("svg") == 2 and "script" not in tags.seen
    assert advice.cost and advice.cost.text.split(":")[0] in page
    assert all(item.title in page for item in advice.ranked)
    assert all(reason.text in page for reason in advice.ranked[0].reasons_for)


def test_what_a_team_writes_is_inert_in_the_page_and_in_markdown(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "x.yaml").write_text("goal: cost\ncurrent_model: '<script>alert(1)</script> @all'\n'<b>': 1\n")
    assert "<script>" not in said(capsys, "--facts", "x.yaml", "--format", "html")
    assert "<b>" not in said(capsys, "--facts", "x.yaml", "--format", "markdown")


def test_markdown_has_option_reasons_and_next_step(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "--facts", "trains.yaml", "--format", "markdown")
    assert text.startswith("**Fine-tune on examples**") and "Next:" in text
    assert "; no gain at 50 to 100 examples" in text


def test_explain_shows_every_line_of_an_option(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    explained = json.loads(said(capsys, "--facts", "trains.yaml", "--explain", "rag", "--format", "json"))
    assert sum(line["points"] for line in explained["trace"]) == pytest.approx(explained["points"])
    assert "Retrieve the facts" in said(capsys, "--facts", "trains.yaml", "--explain", "rag")
    assert main(["advise", "--facts", "trains.yaml", "--explain", "magic"]) == 64


def test_any_fact_and_any_assumed_number_can_be_set_in_place(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "--set",
        "eval_set=no",
        "--set",
        "tried.rag=works",
        "--set",
        "cost.fixed=30k EUR",
        "--set",
        "failure=style,cost",
    )
    advice = json.loads(said(capsys, "--facts", "trains.yaml", *words, "--format", "json"))
    facts = advice["facts"]
    assert facts["eval_set"] == "no" and facts["tried"]["rag"] == "works" and facts["failure"] == ["style", "cost"]
    assert advice["cost"]["inputs"]["fixed"]["likely"] == pytest.approx(30_900)
    assert main(["advise", "--set", "eval_set"]) == 64


def test_words_are_read_without_a_model_and_that_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "We classify job listings with a frontier model. Accuracy is excellent, the bill is not. Nobody measured "
        "cheaper models."
    )
    assert main(["advise", "--text", text]) == 0
    shown = capsys.readouterr()
    assert "keywords" in shown.err and "Use a cheaper model as it is" in shown.out
    assert "extracted: " in shown.out


# -- what it writes ---------------------------------------------------------------------------------------------------


def test_a_draft_spec_holds(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--facts", "trains.yaml", "--draft-spec", "specs/notes")
    assert main(["validate", "specs/notes/notes.yaml"]) == 0
    assert main(["advise", "--facts", "trains.yaml", "--draft-spec", "specs/notes"]) == 64  # nothing is overwritten


def test_where_training_is_not_advised_the_draft_is_a_plan(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--facts", "caches.yaml", "--draft-spec", "plans")
    text = (here / "plans" / "plans.md").read_text()
    assert "Cache and batch" in text and "; stop when the hit rate" in text and "Measure" in text


def test_the_cost_model_is_written_with_its_formulas(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--facts", "trains.yaml", "--csv", "cost.csv")
    assert "=LN(" in (here / "cost.csv").read_text()
    assert main(["advise", "--facts", "caches.yaml", "--csv", "none.csv"]) == 64


def test_a_decision_is_kept_checked_again_and_counted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--facts", "trains.yaml", "--save", "decisions/notes.yaml")
    said(capsys, "--facts", "caches.yaml", "--save", "decisions/cache.yaml")
    assert main(["advise", "--recheck", "decisions/notes.yaml"]) == 0
    assert main(["decision", "outcome", "decisions/notes.yaml", "hit", "--did", "sft", "--note", "F1 0.92"]) == 0
    assert main(["decision", "outcome", "decisions/cache.yaml", "miss"]) == 0
    capsys.readouterr()
    assert main(["decisions"]) == 0
    assert "1 hit, 1 miss, 0 open" in capsys.readouterr().out
    assert main(["decisions", "--format", "json"]) == 0
    kept = json.loads(capsys.readouterr().out)["decisions"]
    assert {item["outcome"]["result"] for item in kept} == {"hit", "miss"}


def test_a_record_comes_back_as_it_was(by_id: dict[str, dict[str, Any]]) -> None:
    for id, case in by_id.items():
        advice = advise(case["facts"], today=TODAY)
        record = record_of(id, advice)
        again = read_decision(decision_yaml(record).encode(), "d.yaml")
        assert again.model_dump(mode="json") == record.model_dump(mode="json")
        assert not recheck(again, TODAY).changed


def test_a_recheck_tells_what_ended_and_what_would_change(by_id: dict[str, dict[str, Any]]) -> None:
    record = record_of("gec", advise(by_id["icelandic-gec"]["facts"], today=TODAY))
    later = recheck(record, date(2027, 6, 1))
    assert any("openai" in text and "over" in text for text in later.differences)
    worse = record.model_copy(update={"facts": record.facts | {"eval_set": "no"}})
    assert recheck(worse, TODAY).changed


@pytest.mark.parametrize(
    "text", ["kind: Decision\n", "a: [", "apiVersion: ftsdk/v1\nkind: Decision\nmetadata: {name: x}\nspec: {}\n"]
)
def test_a_record_that_does_not_hold_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(SpecError) as refused:
        read_decision(text.encode(), "d.yaml")
    assert "d.yaml" in str(refused.value)


def test_what_is_wrong_in_a_record_is_told_at_its_place_by_validate_too(
    by_id: dict[str, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = decision_yaml(record_of("gec", advise(by_id["icelandic-gec"]["facts"], today=TODAY)))
    broken = text.replace("recommendation:", "recomendation:").replace("decided_on: '", "decided_on: 'x")
    with pytest.raises(SpecError) as refused:
        read_decision(broken.encode(), "d.yaml")
    unknown, day = refused.value.findings
    assert unknown.help == "did you mean 'recommendation'?"
    assert "must be a day such as" in day.message
    (tmp_path / "ftsdk.yaml").write_text("apiVersion: ftsdk/v1\nkind: Project\nmetadata: {name: p}\nspec: {}\n")
    (tmp_path / "d.yaml").write_text(broken)
    monkeypatch.chdir(tmp_path)
    assert main(["validate", "d.yaml"]) == 10
    assert "did you mean 'recommendation'?" in capsys.readouterr().out
    (tmp_path / "d.yaml").write_text(text)
    assert main(["validate", "d.yaml"]) == 0


def test_the_committed_decision_is_read() -> None:
    path = Path(__file__).parents[3] / "docs" / "example" / "decisions" / "tickets.yaml"
    assert read_decision(path.read_bytes(), "tickets.yaml").advice.recommendation == "prompt"


# -- measured facts ---------------------------------------------------------------------------------------------------


def logged(number: int, cached: int) -> str:
    prompt = "You are a careful clerk. " * 300 + f"Letter {number}"
    usage = {"prompt_tokens": 2000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": cached}}
    return json.dumps({"created": 1_760_000_000 + 600 * number, "model": "gpt-4.1",
                       "request": {"messages": [{"role": "system", "content": prompt}]}, "usage": usage})  # fmt: skip


def test_a_log_of_requests_tells_calls_tokens_cache_and_prefix() -> None:
    facts = from_log(Facts(), [*(logged(number, 0) for number in range(100)), "no json", "[]"], "log.jsonl")
    assert facts.calls_per_month == pytest.approx(100 / (99 * 600 / 86_400) * 30.4375)
    assert (facts.prompt_tokens, facts.output_tokens, facts.current_model) == (2000, 100, "gpt-4.1")
    assert facts.tried.caching == "no" and facts.static_tokens == pytest.approx(1876, abs=3)
    assert facts.origins["calls_per_month"].where == "log.jsonl"
    assert from_log(Facts(), [logged(number, 1500) for number in range(9)], "x").tried.caching == "works"
    assert from_log(Facts(), ["", "{}"], "x") == Facts()


def test_files_are_measured_from_the_command_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--facts", "trains.yaml", "--draft-spec", "specs/notes")
    (here / "log.jsonl").write_text("\n".join(logged(number, 0) for number in range(20)))
    measured = (
        "--data",
        "specs/notes/data/train.jsonl",
        "--prompt",
        "specs/notes/prompts/long.md",
        "--log",
        "log.jsonl",
    )
    facts = json.loads(said(capsys, *measured, "--format", "json"))["facts"]
    assert facts["n_examples"] == 3 and facts["origins"]["n_examples"]["kind"] == "measured"
    assert facts["tried"]["caching"] == "no" and facts["output_tokens"] == 100
    facts = json.loads(said(capsys, "--spec", "specs/notes/notes.yaml", "--format", "json"))["facts"]
    assert facts["eval_set"] == "yes" and facts["current_model"] == "smollm2-135m-instruct"


def test_a_prompt_file_tells_its_length() -> None:
    assert from_prompt(Facts(), "word " * 1000, "p.md").static_tokens == 1250
