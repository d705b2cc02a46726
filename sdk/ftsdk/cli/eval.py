"""`ft eval`: evaluate a spec as it stands, with the newest model that was trained by it."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

import ftsdk
from ftsdk.cli.output import add_format, show_for_review
from ftsdk.cli.select import select_run
from ftsdk.errors import GateFailed, NoVerdict

EVERY_SECONDS = 0.2


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("what", metavar="SPEC|RUN", help="a spec by path or name, or a run (r12) for its spec")
    parser.add_argument("--max-usd", type=float, metavar="USD", help="stop before the answers cost more")
    parser.add_argument(
        "--batch", action="store_true", help="ask by batch where that halves the price: answers may take a day"
    )
    add_format(parser, "markdown")


def run(args: Namespace) -> int:
    """Print the comparison; a gate that failed exits with 16, one that cannot tell with 19."""
    workspace = ftsdk.open()
    is_run = args.what[:1] == "r" and args.what[1:].isdigit()
    spec = workspace.root / select_run(workspace, args.what).plan.spec_path if is_run else args.what
    tell = progress() if sys.stderr.isatty() else None
    comparison = workspace.evaluate(spec, max_usd=args.max_usd, batch=args.batch, tell=tell)
    show_for_review(comparison, args.format)
    outcomes = {gate.outcome for gate in comparison.gates}
    if "failed" in outcomes:
        return GateFailed.exit_code
    return NoVerdict.exit_code if "cannot tell" in outcomes else 0


def progress() -> Callable[[str, int, int, float], None]:
    """A line on the terminal that says how far an arm is, how long it will take, and what all answers cost so far."""
    began: dict[str, float] = {}
    told = 0.0

    def tell(arm: str, done: int, total: int, usd: float) -> None:
        nonlocal told
        now = time.monotonic()
        start = began.setdefault(arm, now)
        if done < total and now - told < EVERY_SECONDS:
            return
        told = now
        left = (now - start) / max(1, done) * (total - done)
        end = "\n" if done == total else ""
        spent = f", ${usd:,.4f} so far" if usd else ""
        sys.stderr.write(f"\r\033[K{arm}: {done:,} of {total:,} rows, about {left:.0f} s left{spent}{end}")
        sys.stderr.flush()

    return tell
