"""Specs: text -> a typed spec, with every finding at its place, in plain words."""

from ftsdk.spec.arms import arm_kind, arm_names
from ftsdk.spec.file import Checked, SpecFile, check, examine, examine_bytes, files_named, load
from ftsdk.spec.model import Decision, FineTune, Project
from ftsdk.spec.project import PROJECT_FILE, ProjectFile, check_project, find_root, find_specs, load_project
from ftsdk.spec.schema import json_schema

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
