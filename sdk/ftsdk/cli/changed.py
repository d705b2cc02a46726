"""What differs from a git revision: files, and lines of them; asked of git, never worked out here."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
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


def changes_since(revision: str, directory: Path) -> Changes:
    """What differs in the work tree from where it left ``revision`` (the merge base), with files git does not know yet.

    Raises UsageError when git is missing, this is no repository, or there is no such revision.
    """
    top = Path(_git(directory, "rev-parse", "--show-toplevel").decode().strip())
    known = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode()
    # A revision without a common ancestor (a shallow clone) is compared as it is.
    base = _ask(directory, "merge-base", known.strip(), "HEAD").stdout.decode().strip() or known.strip()
    diff = ["diff", "--no-color", "--no-ext-diff", "--diff-filter=d", "--no-renames"]
    names = _git(top, *diff, "--name-only", "-z", base)
    new = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    hunks = _hunks(_git(top, *diff, "--unified=0", base, "--", ":(glob)**/*.yaml", ":(glob)**/*.yml"), top)
    files = {
        top / name: hunks.get(top / name, ()) for name in (names + new).decode("utf-8", "surrogateescape").split("\0")
    }
    return Changes({path: lines for path, lines in files.items() if path != top})


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


def _ask(directory: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str] = ["git", "-c", "core.quotePath=false", "-C", str(directory), *words]
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except FileNotFoundError:
        raise UsageError("git is not installed", help="--changed needs it; leave it out to check everything") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"git did not answer within {SECONDS} s", help="leave out --changed") from None


def content_at(revision: str, path: Path) -> bytes | None:
    """What a file says in the commit that the work tree left ``revision`` at; None where it is not there."""
    top = Path(_git(path.parent, "rev-parse", "--show-toplevel").decode().strip())
    _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    base = _ask(top, "merge-base", revision, "HEAD").stdout.decode().strip() or revision
    done = _ask(top, "show", f"{base}:{path.resolve().relative_to(top).as_posix()}")
    return done.stdout if done.returncode == 0 else None
