"""`ft export`: a run's tuned weights as files, for what runs models elsewhere."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import add_format, show_files
from ftsdk.cli.select import open_and_select
from ftsdk.errors import UsageError
from ftsdk.providers.base import Exporter, JobResult


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("run", metavar="RUN", help="run id (r12), or a spec for its newest run")
    parser.add_argument("--adapter", metavar="DIR", type=Path, help="copy the PEFT adapter and its card here")
    parser.add_argument("--gguf", metavar="FILE", type=Path, help="write base and adapter merged, for llama.cpp")
    add_format(parser)


def run(args: Namespace) -> int:
    """Write what was asked for and say where it is."""
    if not args.adapter and not args.gguf:
        raise UsageError("nothing to write", help="give --adapter DIR, --gguf FILE, or both")
    workspace, found = open_and_select(args.run)
    if "result" not in found.row.data:
        raise UsageError(
            f"run {found.id} has no tuned model (phase {found.row.phase})", help="`ft runs` shows which do"
        )
    connection = found.plan.spec.spec.connection
    provider = workspace.provider(connection)
    if not isinstance(provider, Exporter):
        raise UsageError(
            f"the connection {connection!r} hands no weights over", help="it serves its tuned models itself"
        )
    model = JobResult.model_validate(found.row.data["result"]).model
    if args.adapter:
        provider.export_adapter(model, args.adapter)
    if args.gguf:
        provider.export_gguf(model, args.gguf)
    show_files({"adapter": args.adapter, "gguf": args.gguf}, args.format)
    return 0
