"""A spec file as a value: checked as a whole, with the texts it names and the place of every part."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path
from typing import NamedTuple

from pydantic import PrivateAttr

from ftsdk.diagnostics import Diagnostic, Place, has_errors
from ftsdk.errors import SpecError
from ftsdk.spec.context import Context
from ftsdk.spec.defaults import with_defaults
from ftsdk.spec.document import Document
from ftsdk.spec.files import Folder, Unfit, inside, read_bytes
from ftsdk.spec.kinds import KINDS, model_of
from ftsdk.spec.model import FineTune, PromptFile
from ftsdk.spec.places import error, in_order
from ftsdk.spec.project import ProjectFile, load_project
from ftsdk.spec.read import fit, read_document
from ftsdk.spec.remote import addressed, is_address, kept_copy, pinned_files
from ftsdk.spec.rules_files import named_files
from ftsdk.spec.semantics import cross_check
from ftsdk.spec.unread import unread
from ftsdk.values import Value

# A top-level key whose value starts like our apiVersion: enough to call a file ours that cannot be composed.
_OURS = re.compile(rb"^[\"']?\w+[\"']?[ \t]*:[ \t]*[\"']?ftsdk/", re.MULTILINE)


class SpecFile(Value):
    """A spec that holds. ``path`` is relative to ``root``; ``texts`` are the prompts and schemas by the name they have.

    ``sha256`` is of the file's bytes; ``system_prompt`` is the text, wherever it was written.
    """

    path: str
    root: Path
    spec: FineTune
    system_prompt: str | None
    texts: dict[str, str]
    sha256: str
    _document: Document | None = PrivateAttr(default=None)

    @property
    def directory(self) -> Path:
        """Where the spec lies; the paths in it are relative to this."""
        return (self.root / self.path).parent

    def file(self, relative: str) -> Path:
        """The file that the spec calls ``relative``; raises SpecError when it is not there or outside the workspace.

        Of an address it is the copy on this machine that has the hash which the spec gives.
        """
        if is_address(relative):
            return self._copy_of(relative)
        try:
            return inside(self.root, self.directory, relative)
        except Unfit as reason:
            finding = error(reason.code, reason.message, Place(file=self.path), reason.help)
            raise SpecError(f"{self.path}: {reason.message}", findings=(finding,), help=reason.help) from None

    def _copy_of(self, address: str) -> Path:
        sha256 = addressed(self.spec).get(address)
        if sha256 is not None and (copy := kept_copy(sha256)).is_file():
            return copy
        place = next((self.place(*path[:-1]) for path, name, _ in pinned_files(self.spec) if name == address), None)
        message, help = f"the rows at {address} are not on this machine", "plan with the network: it fetches them"
        raise SpecError(f"{self.path}: {message}", findings=(error("data/not-here", message, place, help),), help=help)

    def text(self, relative: str) -> str:
        """The prompt or schema that the spec calls ``relative``, as it was when the spec was read."""
        return self.texts[relative]

    def require_acted_on(self) -> None:
        """Raise SpecError when the spec asks for what this version cannot do and a plan may not leave out."""
        uses = [use for use in unread(self.spec) if use.blocks]
        if uses:
            findings = tuple(
                error("spec/not-acted-on", use.message, self.place(*use.path),
                      f"it comes with '{use.issue}'; take it out until then") for use in uses
            )  # fmt: skip
            raise SpecError(f"{self.path} asks for what this version cannot do yet", findings=findings)

    def place(self, *path: str | int) -> Place:
        """Where ``path`` (for example ``"spec", "budget"``) is written, or the nearest part above it."""
        return self._document.place(path) if self._document else Place(file=self.path)

    def written(self, *path: str | int) -> Place | None:
        """Where ``path`` itself is written, in the spec or in defaults of ftsdk.yaml; None when it is not."""
        return self._document.written(path) if self._document else None


class Checked(NamedTuple):
    """One file looked at: what findings call it, its document, every finding, and the spec when it is one that holds.

    ``ours`` is whether it is, or was meant to be, a document of ours; other YAML may lie beside specs.
    """

    file: str
    document: Document | None
    findings: tuple[Diagnostic, ...]
    spec: SpecFile | None = None
    ours: bool = True

    @property
    def kind(self) -> str:
        """FineTune, Project or Decision; what cannot be read, or says something else, was meant as a FineTune."""
        kind = self.document.get("kind") if self.document else None
        return kind if isinstance(kind, str) and kind in KINDS else "FineTune"


def check(
    path: Path | str, *, root: Path | str, project: ProjectFile | None = None
) -> tuple[SpecFile | None, tuple[Diagnostic, ...]]:
    """Read and check one spec: the spec when it holds, and every finding in the order of the file.

    ``project`` is that of ``root`` when it is not given. No content of the file raises; an invalid ftsdk.yaml raises
    SpecError.
    """
    checked = examine(Path(path), project or load_project(root))
    if checked.document is None or checked.kind == "FineTune":
        return checked.spec, checked.findings
    place, help = checked.document.place(("kind",)), "a spec to train has kind: FineTune"
    wrong = error("spec/wrong-kind", f"this is a {checked.kind}, not a spec to train", place, help)
    return None, in_order([*checked.findings, wrong])


def examine(path: Path, project: ProjectFile) -> Checked:
    """Read and check one document of any kind; no content of the file raises."""
    folder = Folder(project.root, path.parent)
    name = folder.shown(path)
    try:
        data = read_bytes(folder.file(path.name), name)
    except Unfit as reason:
        return Checked(name, None, (error(reason.code, reason.message, Place(file=name), reason.help),))
    return _examined(data, name, folder, project)


def examine_bytes(data: bytes, path: Path, project: ProjectFile) -> Checked:
    """`examine`, of what was read already and would stand in ``path``."""
    folder = Folder(project.root, path.parent)
    return _examined(data, folder.shown(path), folder, project)


def _examined(data: bytes, name: str, folder: Folder, project: ProjectFile) -> Checked:
    document, findings = read_document(data, name)
    if document is None:
        return Checked(name, None, in_order(list(findings)), ours=_OURS.search(data) is not None)
    kind = document.get("kind")
    if isinstance(kind, str) and kind != "FineTune" and kind in KINDS:
        _, misfits = fit(document, model_of(kind))
        return Checked(name, document, in_order([*findings, *misfits]))
    version = document.get("apiVersion")
    ours = kind == "FineTune" or (isinstance(version, str) and version.startswith("ftsdk"))
    merged = with_defaults(document, project.defaults)
    spec, found = _judge(merged, findings, Context(merged, name, folder, project.project), data)
    return Checked(name, merged, found, spec, ours)


def files_named(checked: Checked, project: ProjectFile) -> Iterator[Path]:
    """Every file that a spec names, whether it is there or not."""
    if checked.document is not None and checked.kind == "FineTune":
        folder = Folder(project.root, (project.root / checked.file).parent)
        context = Context(checked.document, checked.file, folder, project.project)
        yield from (Path(normpath(f"{folder.here}/{name}")) for _, name, _ in named_files(context) if "\0" not in name)


def load(path: Path | str, *, root: Path | str, project: ProjectFile | None = None) -> SpecFile:
    """The spec in ``path``; raises SpecError with all findings when it does not hold."""
    spec_file, findings = check(path, root=root, project=project)
    if spec_file is None:
        errors = sum(finding.severity == "error" for finding in findings)
        name = relative_name(Path(path), Path(root).resolve())
        problems = "1 error" if errors == 1 else f"{errors} errors"
        raise SpecError(f"{name} has {problems}; nothing was started", findings=findings)
    return spec_file


def relative_name(path: Path, root: Path) -> str:
    """``path`` as people and findings name it: relative to ``root``, with slashes; as it is when it lies elsewhere."""
    return Folder(root, path.parent).shown(path)


def _judge(
    document: Document, findings: tuple[Diagnostic, ...], context: Context, data: bytes
) -> tuple[SpecFile | None, tuple[Diagnostic, ...]]:
    spec, misfits = fit(document, FineTune)
    found = in_order([*findings, *misfits, *cross_check(context)])
    if spec is None or has_errors(found):
        return None, found
    prompt = spec.spec.system_prompt
    spec_file = SpecFile.model_construct(
        path=context.file,
        root=Path(context.folder.top),
        spec=spec,
        system_prompt=context.texts[prompt.file] if isinstance(prompt, PromptFile) else prompt,
        texts=context.texts,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    spec_file._document = document
    return spec_file, found
