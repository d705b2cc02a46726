"""Defaults by path: what ftsdk.yaml says for all specs below a path, merged under each of them with its origin.

Maps merge; lists and scalars replace; the spec wins over the project, a later entry of the project over an earlier one.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from ftsdk.spec.document import Document, Under
from ftsdk.spec.places import Path

MAX_ENTRIES = 64


def with_defaults(document: Document, project: Document | None) -> Document:
    """``document`` over the defaults of ``project`` whose ``match`` fits its file; itself when none fits."""
    if project is None or not isinstance(document.get("spec"), dict):
        return document
    entries = project.get("spec", "defaults")
    merged = document
    for index, entry in reversed(list(enumerate(entries[:MAX_ENTRIES])) if isinstance(entries, tuple) else []):
        if isinstance(entry, dict) and isinstance(entry.get("spec"), dict) and _fits(entry.get("match"), document.file):
            merged = laid_under(merged, project, ("spec", "defaults", index, "spec"), ("spec",))
    return merged


def laid_under(upper: Document, lower: Document, source: Path, target: Path) -> Document:
    """``upper`` with what ``lower`` says at ``source`` filled in at ``target`` wherever ``upper`` says nothing."""
    value = _filled(upper.value, lower.get(*source), target)
    return upper._replace(value=value, under=(*upper.under, Under(lower, source, target)))


def _filled(value: Any, below: Any, target: Path) -> Any:
    if target:
        return {**value, target[0]: _filled(value[target[0]], below, target[1:])}
    if not isinstance(value, dict) or not isinstance(below, dict):
        return value
    return below | {key: _filled(item, below.get(key), ()) for key, item in value.items()}


def _fits(pattern: Any, file: str) -> bool:
    return isinstance(pattern, str) and matches(pattern, file)


def matches(pattern: str, file: str) -> bool:
    """Whether a path below the root fits ``pattern``: ``*`` within a name, ``**`` for any number of directories."""
    return _matches(pattern.split("/"), file.split("/"))


def _matches(pattern: list[str], parts: list[str]) -> bool:
    fits = {0}  # how many parts the pattern so far may have taken; no recursion, so that no pattern is slow
    for number, step in enumerate(pattern):
        if step == "**":
            last = number == len(pattern) - 1
            fits = {end for start in fits for end in range(start + last, len(parts) + 1)}
        else:
            fits = {start + 1 for start in fits if start < len(parts) and fnmatchcase(parts[start], step)}
    return len(parts) in fits
