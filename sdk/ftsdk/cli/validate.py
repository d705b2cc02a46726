"""`ft validate`: every finding of every spec, at its place."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.cli.choose import Chosen, Projects, choose
from ftsdk.cli.findings import FORMATS, Teller, absolute
from ftsdk.diagnostics import Diagnostic, has_errors
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec import Checked, ProjectFile, examine, examine_bytes, files_named, find_specs
from ftsdk.spec.file import relative_name
from ftsdk.spec.files import Unfit, read_bytes
from ftsdk.spec.read import read_document
from ftsdk.spec.together import Named, named, together

if TYPE_CHECKING:
    from ftsdk.cli.changed import Changes


@dataclass
class Seen:
    """What was looked at in one project: the connections that its specs use, and what they are called, by file."""

    project: ProjectFile
    connections: set[str] = field(default_factory=set)
    names: dict[str, Named] = field(default_factory=dict)
    paths: set[str] = field(default_factory=set)

    def add(self, path: Path, checked: Checked) -> None:
        """Keep of a file what the rules across files need, and no more."""
        self.paths.add(os.fspath(path))
        found = named(checked.document)
        if found is not None:
            self.names[found.file] = found
        if checked.spec is not None:
            self.connections.add(checked.spec.spec.spec.connection)


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="spec files, directories or patterns; - for standard input; all of the project when absent",
    )
    parser.add_argument(
        "--changed", metavar="REF", help="only specs that differ from REF, or name a file that differs from it"
    )
    parser.add_argument(
        "--offline", action="store_true", help="look at nothing outside the repository: no secrets of connections"
    )
    parser.add_argument("--format", choices=FORMATS, default="human", help="default: human")


def run(args: Namespace) -> int:
    """Check, tell, and say with the exit code whether all is well."""
    changes = _changes(args)
    teller = Teller(args.format, changes.touch if changes else None)
    seen: dict[Path, Seen] = {}
    for item in choose(args.paths, Projects(os.environ)):
        if isinstance(item, Diagnostic):
            teller.finding(item)
            continue
        checked = _examined(item)
        if (item.named or checked.ours) and (changes is None or _differs(item, checked, changes)):
            findings = [absolute(finding, item.project.root) for finding in checked.findings]
            teller.file(item.path.absolute(), findings, item.data)
            if item.data is None:  # standard input is most often an editor's copy of a file that is there
                seen.setdefault(item.project.root, Seen(item.project)).add(item.path, checked)
    for of_project in seen.values():
        for finding in together([*_other_names(of_project), *of_project.names.values()]):
            if finding.place is not None and finding.place.file in of_project.names:
                teller.finding(absolute(finding, of_project.project.root))
        if not args.offline:
            _tell_missing_secrets(of_project.project, of_project.connections, teller)
    teller.finish()
    return SpecError.exit_code if teller.failed else 0


def _other_names(seen: Seen) -> Iterator[Named]:
    """The names of the project's other specs: a name that is taken is taken wherever it stands."""
    for path in find_specs(seen.project):
        if isinstance(path, Unfit) or os.fspath(path) in seen.paths:
            continue
        file = relative_name(path, seen.project.root)
        if file in seen.names:
            continue
        with suppress(Unfit):
            found = named(read_document(read_bytes(path, file), file)[0])
            if found is not None:
                yield found


def _tell_missing_secrets(project: ProjectFile, connections: set[str], teller: Teller) -> None:
    declared = project.project.spec.connections
    if all(declared[name].type == "local" for name in connections):
        return  # the embedded engine has none; what looks for them need not even be loaded
    from ftsdk.cli.secrets import missing_secrets

    for finding in missing_secrets(project, connections, os.environ):
        teller.finding(absolute(finding, project.root))


def _changes(args: Namespace) -> Changes | None:
    if args.changed is None:
        return None
    if "-" in args.paths:
        raise UsageError("standard input has no history", help="leave out --changed or -")
    from ftsdk.cli.changed import changes_since

    return changes_since(args.changed, Path.cwd())


def _examined(item: Chosen) -> Checked:
    if item.data is None:
        checked = examine(item.path, item.project)
    else:
        checked = examine_bytes(item.data, item.path, item.project)
    if checked.kind != "Decision" or checked.document is None or has_errors(checked.findings):
        return checked
    from ftsdk.advise.record import decision_findings  # few files are decisions

    return checked._replace(findings=(*checked.findings, *decision_findings(checked.document)))


def _differs(item: Chosen, checked: Checked, changes: Changes) -> bool:
    """Whether a spec, a file that it names, or the project's own file differs."""
    return any(path in changes.files for path in _files(item, checked))


def _files(item: Chosen, checked: Checked) -> Iterator[Path]:
    yield Path(os.path.normpath(item.path.absolute()))
    yield item.project.root / "ftsdk.yaml"
    yield from files_named(checked, item.project)
