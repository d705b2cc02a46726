"""`ft prices`: what models cost here: training, hosting, storage and calls, with source and date."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.catalogue import training_prices
from ftsdk.cli.output import add_format, show_all
from ftsdk.errors import UsageError
from ftsdk.prices import ModelPrices, prices_at


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="one model, at every connection that has a price for it"
    )
    add_format(parser)


def run(args: Namespace) -> int:
    """Print them; the project's own prices win over the dated table."""
    whole = ftsdk.open().project
    project = whole.spec
    models = [args.model] if args.model else [row.model for row in training_prices() if "*" not in row.model]
    models += [] if args.model else [rule.model for rule in project.prices if "*" not in rule.model]
    found = [
        prices
        for name in project.connections
        for model in dict.fromkeys(models)
        if _known(prices := prices_at(whole, name, model))
    ]
    if args.model and not found:
        help = f"connections: {', '.join(project.connections)}; say your price in spec.prices of ftsdk.yaml"
        raise UsageError(f"nobody has a price for {args.model}", help=help)
    show_all(found, args.format, "prices", "no connection of ftsdk.yaml has a price")
    return 0


def _known(prices: ModelPrices) -> bool:
    return any((prices.training, prices.training_hour, prices.calls, prices.tuned_calls))
