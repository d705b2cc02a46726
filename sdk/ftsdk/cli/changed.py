"""What differs from a git revision: files, and lines of them; asked of git, never worked out here."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import UsageError

_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")
SECONDS = 60


class Changes(NamedTuple):
    """Files that differ, by their absolute path, each with its ranges of changed lines; without any, all is new."""

    files: dict[Path, tuple[range, ...]]

    def touch(self, finding: Diagnostic) -> bool:
        """Whether a finding is on a changed line."""
        place = finding.place
        if place is None or Path(place.file) not in self.files:
            return False
        lines = self.files[Path(place.file)]
        return not lines or place.line is None or any(place.line in changed for changed in lines)


class Revision(NamedTuple):
    """The commit at which the work tree left a revision (their merge base), in the repository below ``top``."""

    top: Path
    commit: str

    def content(self, path: Path) -> bytes | None:
        """What a file says there; None where it is not there."""
        done = _ask(self.top, "show", f"{self.commit}:{self._name(path)}")
        return done.stdout if done.returncode == 0 else None

    def contents(self, names: Mapping[Path, str]) -> dict[Path, bytes]:
        """The bytes of files by the names that `names` gave their content, all asked for at once."""
        asked = "".join(f"{name}\n" for name in names.values()).encode()
        said = _ask(self.top, "cat-file", "--batch", input=asked).stdout
        found: dict[Path, bytes] = {}
        for path in names:
            header, _, said = said.partition(b"\n")
            size = int(header.rpartition(b" ")[2])
            found[path], said = said[:size], said[size + 1 :]
        return found

    def names(self, paths: Iterable[Path]) -> dict[Path, str]:
        """git's name of the content (the same bytes have the same) of those of the files that are there."""
        wanted = {self._name(path): path for path in paths if path.is_relative_to(self.top)}
        if not wanted:
            return {}
        said = _git(self.top, "--literal-pathspecs", "ls-tree", "-z", "--full-tree", self.commit, "--", *wanted)
        found: dict[Path, str] = {}
        for line in said.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            about, _, path = line.partition("\t")
            mode, _kind, name = about.split()
            if mode.startswith("100") and path in wanted:
                found[wanted[path]] = name
        return found

    def _name(self, path: Path) -> str:
        return path.relative_to(self.top).as_posix()


def revision_at(revision: str, directory: Path) -> Revision:
    """Where the work tree around ``directory`` left ``revision``.

    Raises UsageError when git is missing, this is no repository, or there is no such revision.
    """
    top = Path(_git(directory, "rev-parse", "--show-toplevel").decode().strip())
    known = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode()
    # A revision without a common ancestor (a shallow clone) is compared as it is.
    base = _ask(directory, "merge-base", known.strip(), "HEAD").stdout.decode().strip() or known.strip()
    return Revision(top, base)


def changes_since(revision: str, directory: Path) -> Changes:
    """What differs in the work tree from where it left ``revision``; raises UsageError as `revision_at` does."""
    return changes(revision_at(revision, directory))


def changes(since: Revision) -> Changes:
    """What differs in the work tree, files that are gone and those that git does not know yet among it.

    A file that differs does so under the name of every link that leads to it, too.
    """
    top, diff = since.top, ["diff", "--no-color", "--no-ext-diff", "--no-renames"]
    names = _git(top, *diff, "--name-only", "-z", since.commit)
    new = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    yaml = ("--", ":(glob)**/*.yaml", ":(glob)**/*.yml")
    hunks = _hunks(_git(top, *diff, "--diff-filter=d", "--unified=0", since.commit, *yaml), top)
    paths = {top / name for name in (names + new).decode("utf-8", "surrogateescape").split("\0")} - {top}
    return Changes({path: hunks.get(path, ()) for path in (*paths, *_linked(paths, top))})


def _linked(paths: set[Path], top: Path) -> Iterator[Path]:
    """Other names of ``paths``: through links that git knows, to them or to a directory above them."""
    if not paths:
        return
    known = _git(top, "ls-files", "--stage", "-z").decode("utf-8", "surrogateescape").split("\0")
    for link in (top / line.partition("\t")[2] for line in known if line.startswith("120000")):
        there = Path(os.path.realpath(link))
        yield from (link / path.relative_to(there) for path in paths if path.is_relative_to(there))


def _hunks(diff: bytes, top: Path) -> dict[Path, tuple[range, ...]]:
    found: dict[Path, tuple[range, ...]] = {}
    path: Path | None = None
    for line in diff.split(b"\n"):
        if line.startswith(b"+++ b/"):
            path = top / line[6:].decode("utf-8", "surrogateescape")
        elif path is not None and (hunk := _HUNK.match(line)):
            start, length = int(hunk[1]), int(hunk[2] or 1)
            found[path] = (*found.get(path, ()), range(start, start + length))
    return found


def _git(directory: Path, *words: str) -> bytes:
    done = _ask(directory, *words)
    if done.returncode == 0:
        return done.stdout
    if "--verify" in words:
        help = "in a shallow clone fetch it first: git fetch origin BRANCH"
        raise UsageError(f"git knows no revision {words[-1].removesuffix('^{commit}')!r}", help=help)
    said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    raise UsageError(f"git cannot say what changed: {said[0]}", help="--changed needs a git repository")


def _ask(directory: Path, *words: str, input: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str] = ["git", "-c", "core.quotePath=false", "-C", str(directory), *words]
    try:
        return subprocess.run(command, input=input, capture_output=True, timeout=SECONDS, check=False)
    except FileNotFoundError:
        raise UsageError("git is not installed", help="--changed needs it; leave it out to check everything") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"git did not answer within {SECONDS} s", help="leave out --changed") from None
