"""`ft validate`: every finding of every spec, at its place."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ftsdk.cli.output import add_format, console, print_json
from ftsdk.diagnostics import Diagnostic, has_errors
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec import check, find_root, find_specs, load_project


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "paths", nargs="*", metavar="SPEC", help="spec files or directories; all of the project when absent"
    )
    add_format(parser)


def run(args: Namespace) -> int:
    """Check, print, and say with the exit code whether all is well."""
    root = find_root(Path.cwd())
    if root is None:
        raise UsageError(
            f"there is no ftsdk.yaml in {Path.cwd()} or above it",
            help="make one at the root of the repository: `apiVersion: ftsdk/v1` and `kind: Project`",
        )
    project = load_project(root)
    paths = (
        [found for path in args.paths for found in _specs_at(Path(path))] if args.paths else find_specs(root, project)
    )
    findings = {str(path): check(path, root=root, project=project)[1] for path in paths}
    everything = [finding for of_spec in findings.values() for finding in of_spec]
    if args.format == "json":
        print_json({"specs": list(findings), "findings": [finding.model_dump(mode="json") for finding in everything]})
    else:
        _print(findings, everything)
    return SpecError.exit_code if has_errors(everything) else 0


def _specs_at(path: Path) -> list[Path]:
    return sorted(found for found in path.rglob("*.y*ml")) if path.is_dir() else [path]


def _print(findings: dict[str, tuple[Diagnostic, ...]], everything: list[Diagnostic]) -> None:
    out = console()
    for finding in everything:
        out.print(finding)
    good = sum(not has_errors(of_spec) for of_spec in findings.values())
    if not findings:
        out.print("there is no spec here; `spec.specs` in ftsdk.yaml says where they are (default: specs/**/*.yaml)")
        return
    out.print(f"{good} of {len(findings)} {'spec is' if len(findings) == 1 else 'specs are'} good")
