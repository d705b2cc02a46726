"""`ft report`: a run's report as a self-contained page, and as a picture where matplotlib is installed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.cli.compare import no_comparison
from ftsdk.cli.output import add_format, show_files
from ftsdk.cli.select import open_and_select

if TYPE_CHECKING:
    from ftsdk.workspace import Workspace

KEY = "runs/{run}/report.html"


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    parser.add_argument("--out", metavar="FILE", type=Path, help="where to write the page; default: beside the run")
    parser.add_argument("--png", metavar="FILE", type=Path, help="also write the picture (needs the extra `plot`)")
    parser.add_argument("--open", action="store_true", help="open the page in a browser")
    add_format(parser)


def _kept(workspace: Workspace, run: str) -> Path:
    path = workspace.artefacts.path(KEY.format(run=run))
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def run(args: Namespace) -> int:
    """Write the page and say where it is."""
    from ftsdk.report import page, png

    workspace, found = open_and_select(args.run)
    comparison = found.comparison or no_comparison(found)
    content = page(comparison, run=found.row, metrics=found.metrics, plan=found.plan)
    target: Path = args.out or _kept(workspace, found.id)
    target.write_text(content, encoding="utf-8")
    if args.out is None:
        workspace.artefacts.publish(KEY.format(run=found.id))
    if args.png:
        args.png.write_bytes(png(comparison, metrics=found.metrics))
    show_files({"report": target, "picture": args.png}, args.format, comparison.headline)
    if args.open:
        import webbrowser

        webbrowser.open(target.resolve().as_uri())
    return 0
