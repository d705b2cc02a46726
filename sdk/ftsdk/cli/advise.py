"""`ft advise`: whether to fine-tune, or what else to do; from a form in the terminal or from a file of facts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from ftsdk.advise import Advice, Facts, advise, read_facts
from ftsdk.cli.output import add_format, show
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec.read import read_document


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--facts", metavar="FILE", type=Path, help="facts as YAML or JSON; `-` reads standard input")
    add_format(parser)


def run(args: Namespace) -> int:
    """Read, advise, print."""
    if args.facts is None:
        raise UsageError("nothing is known of the case", help="give a file of facts: `ft advise --facts facts.yaml`")
    facts, findings = facts_in(args.facts)
    show(advised(facts, findings), args.format)
    return 0


def advised(facts: Facts, findings: tuple[Diagnostic, ...] = ()) -> Advice:
    """Advice that also tells what was not understood in the facts."""
    return advise(facts).model_copy(update={"findings": findings})


def facts_in(path: Path) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """The facts of a file; raises SpecError when it is no mapping."""
    content = _document(path)
    return read_facts(content)


def _document(path: Path) -> dict[str, Any]:
    import sys

    name = "standard input" if str(path) == "-" else str(path)
    data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    document, findings = read_document(data, name)
    if document is None or not isinstance(document.value, dict):
        help = "write one fact a line, for example `goal: cost`"
        raise SpecError(f"{name} holds no facts", findings=findings, help=help)
    return document.value
