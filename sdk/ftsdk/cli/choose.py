"""Which files `ft validate` looks at: named ones, directories, patterns, standard input, all of a project."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ftsdk.cli.findings import STDIN, absolute
from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.errors import UsageError
from ftsdk.spec import PROJECT_FILE, ProjectFile, check_project, find_root, find_specs
from ftsdk.spec.files import Unfit
from ftsdk.spec.places import error
from ftsdk.spec.text import MAX_BYTES
from ftsdk.spec.walk import yaml_files


class Chosen(NamedTuple):
    """A file to look at; ``named`` when the user named it, so that it is judged even if it does not look like ours."""

    path: Path
    project: ProjectFile
    named: bool
    data: bytes | None = None


class Projects:
    """Projects by directory, each read once; findings of those that do not hold are told once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._roots: dict[Path, Path] = {}
        self._found: dict[Path, tuple[ProjectFile | None, tuple[Diagnostic, ...]]] = {}

    def at(self, directory: Path) -> Iterator[ProjectFile | Diagnostic]:
        """The findings of the project around ``directory`` when it is new, then the project when it holds."""
        if directory not in self._roots:
            self._roots[directory] = self._root(directory)
        root = self._roots[directory]
        if root not in self._found:
            self._found[root] = check_project(root, self._environment)
            yield from (absolute(finding, root) for finding in self._found[root][1])
        project = self._found[root][0]
        if project is not None:
            yield project

    def _root(self, directory: Path) -> Path:
        root = find_root(directory)
        if root is None:
            raise UsageError(
                f"there is no {PROJECT_FILE} in {directory.resolve()} or above it",
                help="`ft init` writes one at the root of the repository",
            )
        return root


def choose(words: Sequence[str], projects: Projects) -> Iterator[Chosen | Diagnostic]:
    """Every file that ``words`` mean, in their order, each once; findings about what could not be looked at.

    Raises UsageError when a pattern matches nothing, or when there is no project around a file.
    """
    seen: set[str] = set()
    here = os.fspath(Path.cwd())
    for found in _each(words, projects):
        if isinstance(found, Diagnostic) or found.data is not None:
            yield found
            continue
        path = os.path.normpath(os.path.join(here, found.path))  # noqa: PTH118  thousands of them, as text
        if path not in seen:
            seen.add(path)
            yield found


def _each(words: Sequence[str], projects: Projects) -> Iterator[Chosen | Diagnostic]:
    if not words:
        yield from _whole(Path.cwd(), projects)
    for word in words:
        path = Path(word)
        if word == "-":
            yield from _stdin(projects)
        elif path.is_dir():
            yield from _below(path, projects)
        elif set(word) & set("*?[") and not path.exists():
            yield from _matching(word, projects)
        else:
            yield from _within(path, projects, named=True)


def _whole(directory: Path, projects: Projects) -> Iterator[Chosen | Diagnostic]:
    """ftsdk.yaml and every spec that it names."""
    for found in projects.at(directory):
        if isinstance(found, Diagnostic):
            yield found
            continue
        for path in find_specs(found):
            yield _told(path) if isinstance(path, Unfit) else Chosen(path, found, named=False)


def _below(directory: Path, projects: Projects) -> Iterator[Chosen | Diagnostic]:
    for path in yaml_files(directory):
        if isinstance(path, Unfit):
            yield _told(path)
        elif path.name != PROJECT_FILE:  # checked with the project itself
            yield from _within(path, projects, named=False)


def _matching(pattern: str, projects: Projects) -> Iterator[Chosen | Diagnostic]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
    if not found:
        raise UsageError(f"no file matches {pattern!r}", help="`ft validate` alone checks every spec of the project")
    for name in found:
        if Path(name).is_dir():
            yield from _below(Path(name), projects)
        else:
            yield from _within(Path(name), projects, named=False)


def _within(path: Path, projects: Projects, *, named: bool) -> Iterator[Chosen | Diagnostic]:
    for found in projects.at(path.absolute().parent):
        if isinstance(found, Diagnostic):
            yield found
        elif path.name != PROJECT_FILE or path.absolute().parent.resolve() != found.root:
            yield Chosen(path, found, named)


def _stdin(projects: Projects) -> Iterator[Chosen | Diagnostic]:
    for found in projects.at(Path.cwd()):
        if isinstance(found, Diagnostic):
            yield found
        elif sys.stdin is None or sys.stdin.closed:
            raise UsageError("standard input is closed", help="`ft validate - < spec.yaml`")
        else:
            yield Chosen(Path.cwd() / STDIN, found, named=True, data=sys.stdin.buffer.read(MAX_BYTES + 1))


def _told(unfit: Unfit) -> Diagnostic:
    return error(unfit.code, unfit.message, Place(file=str(Path(unfit.path).absolute())), unfit.help)
