"""The project: ftsdk.yaml at the root, found by walking up, overridden by the environment, and the specs it names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import PrivateAttr

from ftsdk.diagnostics import Diagnostic, Place, has_errors
from ftsdk.errors import SpecError
from ftsdk.spec.document import Document
from ftsdk.spec.environment import overridden, strange_variables
from ftsdk.spec.files import Unfit, inside, read_bytes
from ftsdk.spec.model import Project
from ftsdk.spec.places import error, in_order
from ftsdk.spec.read import fit, read_document
from ftsdk.spec.rules_project import project_rules
from ftsdk.spec.walk import matching
from ftsdk.values import Value

PROJECT_FILE = "ftsdk.yaml"


class ProjectFile(Value):
    """The project of ``root`` as it holds, with the place of every part; the defaults when there is no ftsdk.yaml."""

    root: Path
    project: Project
    _document: Document | None = PrivateAttr(default=None)
    _defaults: Document | None = PrivateAttr(default=None)

    @property
    def document(self) -> Document | None:
        """What ftsdk.yaml says, with positions; None when there is none."""
        return self._document

    @property
    def defaults(self) -> Document | None:
        """The document whose `defaults` complete specs: ftsdk.yaml, or another that was laid beside it."""
        return self._defaults or self._document

    def with_defaults_of(self, other: ProjectFile) -> ProjectFile:
        """The same rules, accounts and prices, with specs completed as ``other`` does: defaults are a part of specs."""
        found = self.model_copy()
        found._defaults = other.defaults
        return found

    def place(self, *path: str | int) -> Place:
        """Where ``path`` (for example ``"spec", "store", "url"``) is written, or the nearest part above it."""
        return self._document.place(path) if self._document else Place(file=PROJECT_FILE)


def find_root(start: Path | str) -> Path | None:
    """The nearest directory at or above ``start`` that holds ftsdk.yaml, not beyond its git repository; else None."""
    here = Path(start).resolve()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
        if (folder / ".git").exists():
            return None
    return None


def load_project(
    root: Path | str, environment: Mapping[str, str] | None = None, data: bytes | None = None
) -> ProjectFile:
    """The project of ``root``, with the overrides that ``environment`` holds; raises SpecError with all findings.

    ``data`` stands in for what ftsdk.yaml says, for example as it is on the default branch.
    """
    found, findings = check_project(root, environment, data)
    if found is None:
        raise SpecError(f"{PROJECT_FILE} does not hold; nothing was started", findings=findings)
    return found


def check_project(
    root: Path | str, environment: Mapping[str, str] | None = None, data: bytes | None = None
) -> tuple[ProjectFile | None, tuple[Diagnostic, ...]]:
    """The project of ``root`` when it holds, and every finding; the defaults when there is no ftsdk.yaml."""
    top = Path(root).resolve()
    path = top / PROJECT_FILE
    if data is None and (path.exists() or path.is_symlink()):
        try:
            data = read_bytes(inside(top, top, PROJECT_FILE), PROJECT_FILE)
        except Unfit as reason:
            return None, (error(reason.code, reason.message, Place(file=PROJECT_FILE), reason.help),)
    document, findings = read_document(b"{}" if data is None else data, PROJECT_FILE)
    if document is None:
        return None, in_order(list(findings))
    document = overridden(document, environment or {})
    project, misfits = fit(document, Project)
    rules = (*_patterns(document), *project_rules(document))
    found = in_order([*findings, *misfits, *rules, *strange_variables(environment or {})])
    if project is None or has_errors(found):
        return None, found
    project_file = ProjectFile.model_construct(root=top, project=project)
    project_file._document = document
    return project_file, found


def find_specs(project_file: ProjectFile) -> Iterator[Path | Unfit]:
    """The files that the project's patterns name, in order, each once; an Unfit for a directory that cannot be read."""
    seen: set[str] = set()
    for pattern in project_file.project.spec.specs:
        for found in matching(project_file.root, pattern):
            key = os.fspath(found) if isinstance(found, Path) else found.path
            if key not in seen:
                seen.add(key)
                yield found


def _patterns(document: Document) -> Iterator[Diagnostic]:
    """Patterns of specs that leave the root or mean nothing."""
    found = document.get("spec", "specs")
    for index, pattern in enumerate(found if isinstance(found, tuple) else ()):
        if not isinstance(pattern, str):
            continue
        steps = pattern.split("/")
        place = document.place(("spec", "specs", index))
        if not pattern or pattern.startswith("/") or ".." in steps:
            help = "write it relative to ftsdk.yaml, for example specs/**/*.yaml"
            yield error("spec/pattern", f"'{pattern[:80]}' is no pattern below the root", place, help)
        elif any("**" in step and step != "**" for step in steps):
            help = "** stands alone between slashes, as in specs/**/*.yaml"
            yield error("spec/pattern", f"'{pattern[:80]}' is not a valid pattern", place, help)
