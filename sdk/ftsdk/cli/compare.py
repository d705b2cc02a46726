"""`ft compare`: a run's comparison, two runs against each other, or files of answers against the right ones."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ftsdk.cli.output import add_format, show_for_review
from ftsdk.cli.select import open_and_select, select_run
from ftsdk.errors import UsageError

if TYPE_CHECKING:
    from ftsdk.evals.value import Comparison
    from ftsdk.runs.run import Run


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("what", metavar="RUN|FILE", nargs="+", help="a run, two runs, or files of answers")
    parser.add_argument("--against", metavar="FILE", type=Path, help="rows with the right answers (chat JSONL)")
    parser.add_argument(
        "--metric", metavar="TYPE", action="append", help="exact, json_fields, ... or a metric as JSON; default: exact"
    )
    add_format(parser, "markdown")


def run(args: Namespace) -> int:
    """Print it."""
    if args.against is not None:
        show_for_review(
            _of_files([Path(name) for name in args.what], args.against, args.metric or ["exact"]), args.format
        )
        return 0
    if all(Path(name).is_file() for name in args.what):
        raise UsageError(
            "files of answers need the right ones to be held against", help="add --against FILE: rows as chat JSONL"
        )
    if args.metric:
        raise UsageError("--metric belongs to files of answers", help="add --against FILE")
    if len(args.what) > 2:
        raise UsageError("at most two runs can be compared", help="`ft compare RUN RUN`")
    workspace, found = open_and_select(args.what[0])
    comparison = found.comparison or no_comparison(found)
    if len(args.what) == 2:
        other = select_run(workspace, args.what[1])
        comparison = _of_runs(found.id, comparison, other.id, other.comparison or no_comparison(other))
    show_for_review(comparison, args.format)
    return 0


def no_comparison(found: Run) -> NoReturn:
    """Say why there is nothing to show."""
    raise UsageError(
        f"run {found.id} has no comparison (phase {found.row.phase})",
        help=f"`ft status {found.id}` says where it is; `ft apply {found.row.name} --wait` goes on",
    )


def _of_files(answers: list[Path], against: Path, metrics: list[str]) -> Comparison:
    from ftsdk.data import load
    from ftsdk.evals.recorded import compare, read_recorded

    if not against.is_file():
        raise UsageError(f"there is no file {against}", help="give the held-out rows as chat JSONL")
    twice = next((path for path in answers if answers.count(path) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is named twice", help="name each file of answers once")
    rows = load(against).rows
    recorded = {
        path.stem if len({p.stem for p in answers}) == len(answers) else str(path): {
            row: None if answer.finish_reason == "error" else answer.text
            for row, answer in read_recorded(_text(path), str(path), rows).items()
        }
        for path in answers
    }
    complete = {name: {row.id: texts.get(row.id) for row in rows} for name, texts in recorded.items()}
    return compare(complete, rows, [_metric(text) for text in metrics], name=against.name)


def _of_runs(first: str, one: Comparison, second: str, other: Comparison) -> Comparison:
    from ftsdk.evals.again import compare_subjects

    return compare_subjects(first, one, second, other)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", help="give JSONL, CSV or promptfoo's JSON output"
        ) from error


def _metric(text: str) -> str | dict[str, Any]:
    if not text.startswith("{"):
        return text
    try:
        return dict(json.loads(text))
    except ValueError as error:
        raise UsageError(
            f"--metric is not JSON: {error}", help='for example {"type": "number", "tolerance": 0.1}'
        ) from error
