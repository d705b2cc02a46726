"""Which specs a change touches: those that differ, name a file that does, or are completed by other defaults.

Most specs of a large project are not touched and need not be understood to know it: a spec that names a file says the
file's name, and those of the directories that lead to it from one that both are in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path

from ftsdk.spec import PROJECT_FILE, ProjectFile, examine_bytes, files_named
from ftsdk.spec.defaults import with_defaults
from ftsdk.spec.file import relative_name
from ftsdk.spec.files import Unfit, read_bytes
from ftsdk.spec.read import read_document

# What no quoting and no layout of YAML takes apart, but for an escape.
_WORD = re.compile(rb"[A-Za-z0-9_.\-]+")
_ESCAPE = b"\\"


class Affected:
    """Tells of a spec whether ``files`` or other defaults touch it; ``before`` is the project as it was."""

    def __init__(self, files: Iterable[Path], project: ProjectFile, before: ProjectFile) -> None:
        self._files, self._project, self._before = set(files), project, before
        self._other_defaults = _defaults(project) != _defaults(before)
        self._by_word: dict[bytes, list[tuple[str, ...]]] = {}
        for path in self._files - {project.root / PROJECT_FILE}:
            self._by_word.setdefault(_longest(path.name), []).append(path.parts)
        self._of_defaults = _words(repr(_defaults(project)).encode())

    def touches(self, path: Path) -> bool:
        """Whether the spec at ``path``, or anything that it is made of, differs."""
        here = Path(os.path.normpath(path.absolute()))
        if here in self._files:
            return True
        try:
            data = read_bytes(here, path.name)
        except Unfit:
            return False  # it was as unreadable before
        if self._other_defaults and self._completed_otherwise(data, here):
            return True
        if not self._may_name(data, os.path.realpath(here.parent)):
            return False
        named = files_named(examine_bytes(data, here, self._project), self._project)
        return any(file in self._files for file in named)

    def _completed_otherwise(self, data: bytes, path: Path) -> bool:
        document, _ = read_document(data, relative_name(path, self._project.root))
        if document is None:
            return False
        now, then = (with_defaults(document, each.defaults).value for each in (self._project, self._before))
        return bool(now != then)

    def _may_name(self, data: bytes, directory: str) -> bool:
        """Whether a spec could name a file that differs, by the words in it and in the defaults; never a false no."""
        if not self._by_word:
            return False
        if _ESCAPE in data or b"" in self._by_word:
            return True
        words, here = _words(data) | self._of_defaults, Path(directory).parts
        return any(
            _says(words, _below(parts, here)) for word in words & self._by_word.keys() for parts in self._by_word[word]
        )


def _defaults(project: ProjectFile) -> object:
    return project.defaults.get("spec", "defaults") if project.defaults else None


def _below(parts: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The part of a path below the last directory that it has in common with another."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(parts, other, strict=False)))
    return parts[common:]


def _says(words: set[bytes], parts: tuple[str, ...]) -> bool:
    return all(word in words or not word for word in map(_longest, parts))


def _words(data: bytes) -> set[bytes]:
    return set(_WORD.findall(data))


@cache
def _longest(name: str) -> bytes:
    return max(_WORD.findall(os.fsencode(name)), key=len, default=b"")


def unlike(now: ProjectFile, then: ProjectFile) -> Iterator[str]:
    """The sections of ftsdk.yaml that say something else, but for the defaults, which specs are made of."""
    new, old = (each.project.spec.model_dump(mode="json") for each in (now, then))
    yield from (name for name in new if name != "defaults" and new[name] != old[name])
