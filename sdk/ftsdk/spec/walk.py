"""Files below a directory, in order; links to directories are not followed, unreadable ones are told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ftsdk.spec.defaults import matches
from ftsdk.spec.files import Unfit

SUFFIXES = (".yaml", ".yml")
_WILD = "*?["


def yaml_files(directory: Path, depth: int | None = None) -> Iterator[Path | Unfit]:
    """Every YAML file that is not hidden, at most ``depth`` directories down; an Unfit for what cannot be listed."""
    waiting: list[tuple[Path, int | None]] = [(directory, depth)]
    while waiting:
        folder, left = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as reason:
            yield unlisted(folder, reason)
            continue
        yield from (Path(entry.path) for entry in entries if _is_yaml(entry))
        if left is None or left > 0:
            below = [entry for entry in entries if entry.is_dir(follow_symlinks=False) and not _hidden(entry.name)]
            waiting += [(Path(entry.path), left and left - 1) for entry in reversed(below)]


def unlisted(folder: Path, reason: OSError) -> Unfit:
    """A directory that cannot be listed, in our words."""
    why = (reason.strerror or "the system refuses").lower()
    message = f"the directory '{folder.name}' cannot be read: {why}"
    return Unfit("spec/unreadable-directory", message, "check its permissions", str(folder))


def matching(root: Path, pattern: str) -> Iterator[Path | Unfit]:
    """Every YAML file below ``root`` whose path fits ``pattern``, listing no more directories than it takes."""
    parts = pattern.split("/")
    fixed = next((index for index, part in enumerate(parts) if set(part) & set(_WILD)), len(parts) - 1)
    start = root.joinpath(*parts[:fixed])
    if not start.is_dir():
        return
    above = len(os.fspath(root / "x")) - 1  # paths as text: there may be thousands of them
    for found in yaml_files(start, None if "**" in parts else len(parts) - fixed - 1):
        if isinstance(found, Unfit) or matches(pattern, os.fspath(found)[above:].replace(os.sep, "/")):
            yield found


def _is_yaml(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(SUFFIXES) and not _hidden(entry.name) and not entry.is_dir()


def _hidden(name: str) -> bool:
    return name.startswith(".")
