"""A revision to compare with: its commit, its ftsdk.yaml, and a workspace under the rules that it has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ftsdk.cli.affected import unlike
from ftsdk.cli.changed import Revision, revision_at
from ftsdk.spec import PROJECT_FILE, ProjectFile, load_project
from ftsdk.spec.named import root_of

if TYPE_CHECKING:
    from ftsdk.workspace import Workspace


class Since(NamedTuple):
    """What people call a revision, where the work tree left it, and the project as it is there."""

    called: str
    revision: Revision
    project: ProjectFile


def since(called: str, workspace: Workspace) -> Since:
    """The revision; raises UsageError where git knows none, SpecError where its ftsdk.yaml does not hold."""
    revision = revision_at(called, workspace.root)
    there = revision.content(workspace.project_file.root / PROJECT_FILE)
    return Since(called, revision, load_project(workspace.root, os.environ, b"{}" if there is None else there))


def open_trusted(called: str | None) -> Workspace:
    """The workspace under the ftsdk.yaml of a revision, where it has one: no branch loosens its own rules.

    Defaults are those of the work tree: a branch could write them into its specs just as well.
    """
    from ftsdk.workspace import Workspace

    root = root_of()
    if called is None:
        return Workspace(root)
    workspace = Workspace(root, project=revision_at(called, root).content(root / PROJECT_FILE))
    workspace.project_file = workspace.project_file.with_defaults_of(load_project(root, os.environ))
    return workspace


def other_rules(workspace: Workspace, called: str) -> tuple[str, ...]:
    """That ftsdk.yaml of the work tree has other rules than the workspace goes by; nothing where it has not."""
    sections = ", ".join(unlike(load_project(workspace.root, os.environ), workspace.project_file))
    if not sections:
        return ()
    return (
        f"{PROJECT_FILE} changes {sections}: these plans go by what it says at {called}, the new rules hold once they "
        "are there; `ft plan` without --changed plans by them",
    )
