"""What a terminal shows: golden text at 80 columns, no colour off a terminal, nothing obeyed in untrusted text."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ftsdk import report
from ftsdk.data.value import DataReport, Ledger
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.evals.value import Comparison
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Failure
from ftsdk.providers.inference import Params
from ftsdk.registry.value import Resolved
from ftsdk.runs.value import Event
from ftsdk.trainers.contract import Hyperparameters
from tests.ftsdk.report.made import make_comparison, make_plan, make_run

GOLDEN = Path(__file__).parent / "golden"


def drawn(value: object, width: int = 80) -> str:
    """What a pipe gets, without the blanks that tables leave at the ends of lines."""
    console = Console(file=StringIO(), width=width)
    console.print(value)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"  # type: ignore[attr-defined]


def test_a_comparison_reads_as_the_golden_file(comparison: Comparison) -> None:
    assert drawn(comparison) == (GOLDEN / "comparison.txt").read_text("utf-8")


def test_a_plan_reads_as_the_golden_file(plan: Plan) -> None:
    assert drawn(plan) == (GOLDEN / "plan.txt").read_text("utf-8")


def test_what_got_worse_stands_before_any_number_that_got_better(comparison: Comparison) -> None:
    text = drawn(comparison)
    first = comparison.contrasts[0]
    losses = f"worse on {first.losses} rows, better on {first.wins}, equal on {first.ties}"
    assert text.index(comparison.headline[:40]) < text.index(losses) < text.index("intervals")


@pytest.mark.parametrize("width", [80, 120])
def test_every_drawing_fits_its_width_and_brings_no_colour_to_a_pipe(width: int) -> None:
    for value in (make_comparison(), make_plan(), make_run(), Params()):
        text = drawn(value, width)
        assert "\x1b" not in text
        assert max(map(len, text.splitlines())) <= width


def test_many_metrics_still_fit_80_columns(comparison: Comparison) -> None:
    arms = tuple(
        arm.model_copy(update={"metrics": {f"metric-{n}": arm.metrics["fields"] for n in range(5)}})
        for arm in comparison.arms
    )
    text = drawn(comparison.model_copy(update={"arms": arms}))
    assert "metric-4" in text
    assert "89.3 to 100.0" in text


def test_findings_come_with_place_next_step_and_a_tally_errors_first() -> None:
    findings = (
        Diagnostic(code="data/short", severity=Severity.warning, message="only 12 rows"),
        Diagnostic(
            code="spec/unknown-key",
            severity=Severity.error,
            message="unknown key 'epoch'",
            place=Place(file="specs/a.yaml", line=3, column=5),
            help="did you mean 'epochs'?",
        ),
    )
    assert drawn(report.terminal(findings)) == (
        "specs/a.yaml:3:5: error: unknown key 'epoch' [spec/unknown-key]\n"
        "  help: did you mean 'epochs'?\n"
        "warning: only 12 rows [data/short]\n"
        "1 error, 1 warning\n"
    )


def test_no_findings_are_said_to_be_none() -> None:
    assert drawn(report.terminal([])) == "nothing found that is wrong\n"


def test_a_failed_run_says_whose_it_is_and_what_is_next() -> None:
    failure = Failure(owner="quota", message="the disk is full", help="free 200 MB, then apply again")
    text = drawn(make_run(phase="failed", failure=failure))
    assert "quota" in text
    assert "the disk is full" in text
    assert "free 200 MB, then apply again" in text


def test_a_running_run_says_where_it_is_and_a_list_has_one_line_each() -> None:
    assert "train (5 of 11), asked to stop" in drawn(make_run(cancel_requested=True))
    assert "train (5 of 11), paused" in drawn(make_run(pause_requested=True))
    lines = drawn(report.terminal([make_run(), make_run(id="tickets-0001", phase="done")])).splitlines()
    assert [line.split()[:3] for line in lines[2:]] == [
        ["tickets-7f3a", "tickets", "train"],
        ["tickets-0001", "tickets", "done"],
    ]


def test_an_alias_shows_the_prompt_and_the_parameters_it_was_proved_with() -> None:
    resolved = Resolved(
        alias="tickets@production",
        version=3,
        connection="local",
        model="tickets-7f3a",
        base_model="smollm2-135m-instruct",
        system_prompt="Turn the ticket into JSON.",
        params=Params(),
        run="tickets-7f3a",
        comparison="c1",
        headline="better",
        promoted_at="2026-11-22",
    )
    text = drawn(resolved)
    assert "tickets@production, version 3" in text
    assert "Turn the ticket into JSON." in text
    assert "max_tokens 256, temperature 0" in text


def test_a_plan_that_reuses_a_run_and_shows_nothing_to_evaluate_is_drawn_too() -> None:
    text = drawn(make_plan(change="reuse", reuses_run="tickets-0001", arms=(), steps=(), smallest_visible=None))
    assert "reuses run  tickets-0001" in text
    assert "already as the spec says" in text


def test_a_data_report_shows_totals_tokens_and_findings() -> None:
    ledger = Ledger(rows=2, input=10, trained=4, masked=6, truncated=0, dropped=0, padding=0, longest=7)
    text = drawn(DataReport(findings=(), ledger=ledger, totals={"train rows": 2}))
    assert "train rows  2" in text
    assert "40.0 %" in text


def test_a_value_without_a_drawing_of_its_own_becomes_a_table_of_its_fields() -> None:
    text = drawn(Hyperparameters(rank=16, alpha=32, layers=10, epochs=2, batch_size=4, learning_rate=0.003))
    assert text.splitlines()[1:4] == ["Hyperparameters", "  rank           16", "  alpha          32.0"]


def test_markup_and_terminal_codes_in_untrusted_text_are_shown_not_obeyed() -> None:
    hostile = "[red]boo[/red] \x1b[2J\x1b]0;title\x07 \u202etxt.exe"
    event = Event(run="r", seq=1, at=0, kind="message", text=hostile)
    run = make_run(name=hostile, data={hostile: hostile})
    finding = Diagnostic(code="x/y", severity=Severity.error, message=hostile, help=hostile)
    headlined = make_comparison(4, headline=hostile, notes=(hostile,))
    for value in (event, run, finding, headlined):
        text = drawn(value, 200)
        assert "[red]boo[/red]" in text
        assert "⟨U+001B⟩" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_importing_the_room_loads_neither_rich_nor_matplotlib() -> None:
    code = "import sys, json, ftsdk.report; print(json.dumps([m in sys.modules for m in ('rich', 'matplotlib')]))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [False, False]


def test_the_public_names_are_all_there() -> None:
    assert all(callable(getattr(report, name)) for name in report.__all__)
    assert dir(report) == sorted(report.__all__)
    with pytest.raises(AttributeError, match="draw_everything"):
        _ = report.draw_everything
