"""Specs: text -> a typed spec, with every finding at its place, in plain words; names are loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftsdk.spec.arms import arm_kind, arm_names
    from ftsdk.spec.file import Checked, SpecFile, check, examine, examine_bytes, files_named, load
    from ftsdk.spec.model import Decision, FineTune, Project
    from ftsdk.spec.project import PROJECT_FILE, ProjectFile, check_project, find_root, find_specs, load_project
    from ftsdk.spec.schema import json_schema

# Where each public name lives: rooms that need a file or a word of this one should not load a hundred models for it.
_HOMES: dict[str, str] = {
    "Checked": "ftsdk.spec.file",
    "Decision": "ftsdk.spec.model",
    "FineTune": "ftsdk.spec.model",
    "PROJECT_FILE": "ftsdk.spec.project",
    "Project": "ftsdk.spec.model",
    "ProjectFile": "ftsdk.spec.project",
    "SpecFile": "ftsdk.spec.file",
    "arm_kind": "ftsdk.spec.arms",
    "arm_names": "ftsdk.spec.arms",
    "check": "ftsdk.spec.file",
    "check_project": "ftsdk.spec.project",
    "examine": "ftsdk.spec.file",
    "examine_bytes": "ftsdk.spec.file",
    "files_named": "ftsdk.spec.file",
    "find_root": "ftsdk.spec.project",
    "find_specs": "ftsdk.spec.project",
    "json_schema": "ftsdk.spec.schema",
    "load": "ftsdk.spec.file",
    "load_project": "ftsdk.spec.project",
}

__all__ = [
    "PROJECT_FILE",
    "Checked",
    "Decision",
    "FineTune",
    "Project",
    "ProjectFile",
    "SpecFile",
    "arm_kind",
    "arm_names",
    "check",
    "check_project",
    "examine",
    "examine_bytes",
    "files_named",
    "find_root",
    "find_specs",
    "json_schema",
    "load",
    "load_project",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ftsdk.spec' has no attribute {name!r}")
