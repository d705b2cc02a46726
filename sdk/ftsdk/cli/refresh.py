"""`ft refresh`: look at the world again, keep a dated snapshot, and say what drifted outside ftsdk."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import ftsdk
from ftsdk.cli.output import add_format, console, print_json
from ftsdk.plan.snapshot import NO_STATE, drift

EXIT_DRIFT = 17


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    add_format(parser)


def run(args: Namespace) -> int:
    """Observe, keep, tell; exits 17 while something has drifted."""
    workspace = ftsdk.open()
    snapshot = workspace.observe()
    path = workspace.planning.observer.keep_snapshot(snapshot)
    found = drift(snapshot)
    if args.format == "json":
        print_json({"snapshot": snapshot.model_dump(mode="json"), "drift": list(found)})
        return EXIT_DRIFT if found else 0
    out = console()
    for seen in snapshot.models:
        said = seen.error or (
            f"answers until {seen.capabilities.retires}"
            if seen.capabilities and seen.capabilities.retires
            else "can be trained"
        )
        out.print(f"{seen.connection} {seen.model}: {said}", soft_wrap=True, markup=False)
    if snapshot.state is None:
        out.print(f"{NO_STATE} ({snapshot.state_error})", soft_wrap=True, markup=False)
    for line in found:
        out.print(f"drift: {line}", soft_wrap=True, markup=False)
    out.print(f"snapshot of {snapshot.taken_at:%Y-%m-%d %H:%M} UTC in {path}", soft_wrap=True, markup=False)
    return EXIT_DRIFT if found else 0
