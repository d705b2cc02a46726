"""Specs: text -> a typed spec, with every finding at its place, in plain words.

Names load when they are first used: `ft validate` needs a part of them, and each model that is made takes its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

if TYPE_CHECKING:
    from ftsdk.spec.arms import arm_kind, arm_names
    from ftsdk.spec.decision import Decision
    from ftsdk.spec.file import Checked, SpecFile, check, examine, examine_bytes, files_named, load
    from ftsdk.spec.model import FineTune, Project
    from ftsdk.spec.project import PROJECT_FILE, ProjectFile, check_project, find_root, find_specs, load_project
    from ftsdk.spec.schema import json_schema

_HOMES = {
    "PROJECT_FILE": "project",
    "Checked": "file",
    "Decision": "decision",
    "FineTune": "model",
    "Project": "model",
    "ProjectFile": "project",
    "SpecFile": "file",
    "arm_kind": "arms",
    "arm_names": "arms",
    "check": "file",
    "check_project": "project",
    "examine": "file",
    "examine_bytes": "file",
    "files_named": "file",
    "find_root": "project",
    "find_specs": "project",
    "json_schema": "schema",
    "load": "file",
    "load_project": "project",
}

__all__ = [
    "PROJECT_FILE", "Checked", "Decision", "FineTune", "Project", "ProjectFile", "SpecFile", "arm_kind", "arm_names",
    "check", "check_project", "examine", "examine_bytes", "files_named", "find_root", "find_specs", "json_schema",
    "load", "load_project",
]  # fmt: skip

__getattr__ = lazily(__name__, _HOMES)
