"""`ft render`: a spec as it takes effect, defaults and all, with the place that each value came from."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ftsdk.cli.output import add_format, print_json
from ftsdk.spec.effective import as_yaml, effective, leaves
from ftsdk.spec.places import dotted
from ftsdk.workspace import open as open_workspace


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("spec", metavar="SPEC", help="spec file or name")
    parser.add_argument("--origin", action="store_true", help="say behind each value where it is from")
    add_format(parser)


def run(args: Namespace) -> int:
    """Print every effective value."""
    workspace = open_workspace()
    tree = effective(workspace.load(args.spec))
    if args.format == "json":
        values = [{"path": dotted(path), "value": leaf.value, "origin": leaf.origin} for path, leaf in leaves(tree)]
        print_json({"values": values})
    else:
        print(as_yaml(tree, origin=args.origin), end="")  # noqa: T201
    return 0
