"""A project by a directory in it, and a spec of it by path or name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ftsdk.errors import UsageError
from ftsdk.spec.file import Checked
from ftsdk.spec.project import find_root
from ftsdk.spec.suggest import did_you_mean


def find_spec(spec: str | Path, root: Path, checked: Iterable[tuple[Path, Checked]]) -> Path:
    """The file of a spec given by path or by name; ``checked`` are the project's specs, looked at when it is a name.

    Raises UsageError with the nearest name.
    """
    path = Path(spec)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return path if path.is_absolute() or path.exists() else root / path
    names: list[str] = []
    for candidate, found in checked:
        name = found.document.get("metadata", "name") if found.document is not None else None
        if name == str(spec):
            return candidate
        names += [name] if isinstance(name, str) else []
    if path.exists():
        return path  # a directory; reading it says so
    known = did_you_mean(str(spec), names, "specs here") if names else "`ft init` writes one"
    raise UsageError(f"no spec file and no spec called {str(spec)!r} below {root}", help=known)


def root_of(path: str | Path = ".") -> Path:
    """The directory with ftsdk.yaml at ``path`` or above it; raises UsageError when there is none."""
    start = Path(path).resolve()
    root = find_root(start)
    if root is None:
        raise UsageError(
            f"there is no ftsdk.yaml in {start} or above it",
            help="make one at the root of the repository: `apiVersion: ftsdk/v1` and `kind: Project`",
        )
    return root
