"""`ft data report`: whether the rows are enough, for the terminal, a program, or as a page."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import add_format, console, show
from ftsdk.cli.progress import progress_bar
from ftsdk.data.card import data_card
from ftsdk.providers.objects import local_copy


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE", help="rows (JSONL, also gzipped); a path or an address")
    parser.add_argument("--test", metavar="FILE", help="the held-out rows: what they can show, and the certificate")
    parser.add_argument("--model", help="count tokens and apply limits as for this model; o200k_base when absent")
    parser.add_argument("--method", choices=("sft", "dpo", "rft"), help="what the rows are; told by the first")
    parser.add_argument("--html", metavar="FILE", type=Path, help="also write a page that needs nothing else")
    add_format(parser)


def run(args: Namespace) -> int:
    """Report."""
    test = local_copy(args.test) if args.test else None
    with progress_bar(f"reading {args.file}") as progress:
        card = data_card(
            local_copy(args.file), test=test, model=args.model, method=args.method, name=args.file, progress=progress
        )
    show(card, args.format)
    if args.html:
        from ftsdk.report import card_page

        args.html.write_text(card_page(card), encoding="utf-8")
        console(stderr=True).print(f"page: {args.html}", soft_wrap=True, markup=False)
    return 0
