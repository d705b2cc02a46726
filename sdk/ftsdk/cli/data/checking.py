"""`ft data check`: everything that is wrong or doubtful in a file of rows, and where its tokens go."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ftsdk.catalogue import row_limits
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.cli.progress import progress_bar
from ftsdk.data.checks import check
from ftsdk.data.tokens import CountTokens
from ftsdk.data.value import DataReport
from ftsdk.diagnostics import Diagnostic, has_errors
from ftsdk.errors import SpecError
from ftsdk.providers.objects import local_copy

NAMES = "also tell names of persons, by this spaCy model: an installed package or a directory (extra names; slow)"
SHOWN_OF_A_CODE = 5  # for people; JSON has all


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE", help="rows as JSON Lines, also gzipped; a path or an s3:// address")
    parser.add_argument("--model", help="count tokens and apply limits as for this model; o200k_base when absent")
    parser.add_argument(
        "--method", choices=("sft", "dpo", "rft"), help="what the rows are; told by the first when absent"
    )
    parser.add_argument("--max-tokens", type=int, metavar="N", help="longest row, instead of the model's own limit")
    parser.add_argument(
        "--sample", action="store_true", help="count the tokens of about 5,000 rows and skip near-duplicates"
    )
    parser.add_argument("--processes", type=int, metavar="N", help="2 for large files, else 1, when absent")
    parser.add_argument("--names", metavar="MODEL", help=NAMES)
    add_format(parser, "github")


def run(args: Namespace) -> int:
    """Check, print, and say with the exit code whether the rows can be trained on."""
    path = local_copy(args.file)
    with progress_bar(f"checking {path.name}") as progress:
        report = check(
            path,
            name=args.file,
            model=args.model,
            method=args.method,
            max_tokens=args.max_tokens,
            count_tokens=_own_tokenizer(args.model),
            tokens="sample" if args.sample else "all",
            processes=args.processes,
            names=args.names,
            progress=progress,
        )
    if args.format == "json":
        _print_json(report)
    elif args.format == "github":
        _print_annotations(report)
    else:
        console().print(report.model_copy(update={"findings": tuple(_some(report.findings))}))
    return SpecError.exit_code if has_errors(report.findings) else 0


def _own_tokenizer(model: str | None) -> CountTokens | None:
    """The embedded engine's, for its models; raises ModelMissing when the model is not on this machine."""
    limits = row_limits(model) if model else None
    if model is None or limits is None or limits.provider != "local":
        return None
    from ftsdk.providers.local import LocalProvider

    return LocalProvider("local", Path(".ftsdk/jobs/local")).token_counter(model)


def _print_json(report: DataReport) -> None:
    findings = [
        {
            "code": finding.code,
            "severity": finding.severity.value,
            "line": finding.place.line if finding.place else None,
            "column": finding.place.column if finding.place else None,
            "message": finding.message,
            "help": finding.help,
            "related": [place.line for place in finding.related],
        }
        for finding in report.findings
    ]
    whole = report.model_dump(mode="json")
    print_json({"findings": findings, **{key: whole[key] for key in ("ledger", "totals", "profile")}})


def _print_annotations(report: DataReport) -> None:
    from ftsdk.report.findings.github import annotate

    for line in annotate(report.findings):
        print(line)  # noqa: T201


def _some(findings: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    """The first few findings of each code, the last of them saying how many more there are."""
    counts = Counter(finding.code for finding in findings)
    seen = Counter[str]()
    for finding in findings:
        seen[finding.code] += 1
        if seen[finding.code] < SHOWN_OF_A_CODE or counts[finding.code] <= SHOWN_OF_A_CODE:
            yield finding
        elif seen[finding.code] == SHOWN_OF_A_CODE:
            more = f"{finding.message}; and {counts[finding.code] - SHOWN_OF_A_CODE:,} more of {finding.code}"
            yield finding.model_copy(update={"message": more})
