"""The project: ftsdk.yaml at the root, found by walking up, and the specs that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ftsdk.diagnostics import has_errors
from ftsdk.errors import SpecError
from ftsdk.spec.files import Unfit, read_bytes
from ftsdk.spec.model import Project
from ftsdk.spec.places import in_order
from ftsdk.spec.read import fit, read_document

PROJECT_FILE = "ftsdk.yaml"


def find_root(start: Path | str) -> Path | None:
    """The nearest directory at or above ``start`` that holds ftsdk.yaml; None when there is none."""
    here = Path(start).resolve()
    return next((folder for folder in (here, *here.parents) if (folder / PROJECT_FILE).is_file()), None)


def load_project(root: Path | str) -> Project:
    """The project of ``root``, the defaults when it has no ftsdk.yaml; raises SpecError with all findings."""
    path = Path(root) / PROJECT_FILE
    if not path.exists() and not path.is_symlink():
        return Project()
    try:
        data = read_bytes(path, PROJECT_FILE)
    except Unfit as reason:
        raise SpecError(reason.message, help=reason.help) from None
    document, findings = read_document(data, PROJECT_FILE)
    if document is not None:
        project, misfits = fit(document, Project)
        findings = in_order([*findings, *misfits])
        if project is not None and not has_errors(findings):
            return project
    raise SpecError(f"{PROJECT_FILE} does not hold; nothing was started", findings=findings)


def find_specs(root: Path | str, project: Project) -> tuple[Path, ...]:
    """The FineTune documents that ``project`` names, sorted; what cannot be read counts, so that it is reported."""
    top = Path(root).resolve()
    return tuple(sorted({path for pattern in project.spec.specs for path in _matches(top, pattern) if _is_spec(path)}))


def _matches(root: Path, pattern: str) -> Iterator[Path]:
    if not pattern or Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        help = "write it relative to ftsdk.yaml, for example specs/**/*.yaml"
        raise SpecError(f"{PROJECT_FILE}: '{pattern}' is no pattern below the root", help=help)
    try:
        yield from (path for path in root.glob(pattern) if path.is_file() and not _hidden(path.relative_to(root)))
    except ValueError:
        help = "** stands alone between slashes, as in specs/**/*.yaml"
        raise SpecError(f"{PROJECT_FILE}: '{pattern}' is not a valid pattern", help=help) from None


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_spec(path: Path) -> bool:
    """Whether a file is, or was meant to be, a FineTune document."""
    try:
        document, _ = read_document(read_bytes(path, path.name), path.name)
    except Unfit:
        return True
    if document is None:
        return True
    version, kind = document.get("apiVersion"), document.get("kind")
    ours = isinstance(version, str) and version.startswith("ftsdk")
    return kind == "FineTune" or (ours and kind not in ("Project", "Decision"))
