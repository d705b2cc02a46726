"""`ft data sample`: some rows to read as a person, beside their findings, with a place to label them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import add_format, console, show
from ftsdk.cli.progress import progress_bar
from ftsdk.data.sample import sample_file
from ftsdk.providers.objects import local_copy


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE", help="rows (JSONL, also gzipped); a path or an address")
    parser.add_argument("-n", dest="number", metavar="N", type=int, default=20, help="how many; default: 20")
    parser.add_argument("--seed", type=int, default=42, help="default: 42")
    parser.add_argument("--model", help="check the rows as for this model")
    parser.add_argument("--method", choices=("sft", "dpo", "rft"), help="what the rows are; told by the first")
    parser.add_argument(
        "--html",
        metavar="PAGE",
        nargs="?",
        const="",
        help="write a page to read and label them; default: FILE.sample.html here",
    )
    add_format(parser)


def run(args: Namespace) -> int:
    """Draw, and show or write."""
    path = local_copy(args.file)
    with progress_bar(f"reading {args.file}") as progress:
        sample = sample_file(
            path,
            args.number,
            seed=args.seed,
            model=args.model,
            method=args.method,
            name=args.file,
            progress=progress,
        )
    if args.html is None or args.format == "json":
        show(sample, args.format)
    if args.html is not None:
        from ftsdk.report import sample_page

        page = Path(args.html or f"{Path(args.file).name}.sample.html")
        page.write_text(sample_page(sample), encoding="utf-8")
        console(stderr=args.format == "json").print(f"page: {page}", soft_wrap=True, markup=False)
    return 0
