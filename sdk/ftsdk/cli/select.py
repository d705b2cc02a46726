"""Which run a command means: an id (`r12`), or a spec's name or path for its newest run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import ftsdk
from ftsdk.errors import UsageError

if TYPE_CHECKING:
    from ftsdk.runs.run import Run
    from ftsdk.workspace import Workspace


def select_run(workspace: Workspace, word: str) -> Run:
    """The run that ``word`` means; raises UsageError when there is none."""
    if re.fullmatch(r"r\d+", word):
        return workspace.run(word)
    name = word if re.fullmatch(r"[a-z0-9-]+", word) else workspace.load(word).spec.metadata.name
    runs = workspace.runs(name)
    if not runs:
        raise UsageError(f"there is no run of {name}", help="`ft apply SPEC --wait` starts one, `ft runs` lists them")
    return runs[0]


def open_and_select(word: str) -> tuple[Workspace, Run]:
    """The workspace around the working directory, and the run that ``word`` means in it."""
    workspace = ftsdk.open()
    return workspace, select_run(workspace, word)
