"""A spec file as a value: checked as a whole, with the texts it names and the place of every part."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import PrivateAttr

from ftsdk.diagnostics import Diagnostic, Place, has_errors
from ftsdk.errors import SpecError
from ftsdk.spec.compose import Document
from ftsdk.spec.context import Context
from ftsdk.spec.files import Folder, Unfit, inside, read_bytes
from ftsdk.spec.model import FineTune, Project, PromptFile
from ftsdk.spec.places import dotted, error, in_order
from ftsdk.spec.project import load_project
from ftsdk.spec.read import fit, read_document
from ftsdk.spec.semantics import cross_check
from ftsdk.spec.unread import unread
from ftsdk.values import Value


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
        """The file that the spec calls ``relative``; raises SpecError when it is not there or outside the workspace."""
        try:
            return inside(self.root, self.directory, relative)
        except Unfit as reason:
            finding = error(reason.code, reason.message, Place(file=self.path), reason.help)
            raise SpecError(f"{self.path}: {reason.message}", findings=(finding,), help=reason.help) from None

    def text(self, relative: str) -> str:
        """The prompt or schema that the spec calls ``relative``, as it was when the spec was read."""
        return self.texts[relative]

    def require_acted_on(self) -> None:
        """Raise SpecError when the spec asks for what this version cannot do and a plan may not leave out."""
        uses = [use for use in unread(self.spec) if use.blocks]
        if uses:
            findings = tuple(
                error("spec/not-acted-on", f"{dotted(use.path)} is not acted on yet", self.place(*use.path),
                      f"it comes with '{use.issue}'; take it out until then") for use in uses
            )  # fmt: skip
            raise SpecError(f"{self.path} asks for what this version cannot do yet", findings=findings)

    def place(self, *path: str | int) -> Place:
        """Where ``path`` (for example ``"spec", "budget"``) is written, or the nearest part above it."""
        return self._document.place(path) if self._document else Place(file=self.path)


def check(
    path: Path | str, *, root: Path | str, project: Project | None = None
) -> tuple[SpecFile | None, tuple[Diagnostic, ...]]:
    """Read and check one spec: the spec when it holds, and every finding in the order of the file.

    ``project`` is that of ``root`` when it is not given. No content of the file raises; an invalid ftsdk.yaml raises
    SpecError.
    """
    path, folder = Path(path), Folder(root, Path(path).parent)
    name = folder.shown(path)
    project = project or load_project(folder.top)
    try:
        data = read_bytes(folder.file(path.name), name)
    except Unfit as reason:
        return None, (error(reason.code, reason.message, Place(file=name), reason.help),)
    document, findings = read_document(data, name)
    if document is None:
        return None, in_order(list(findings))
    return _judge(document, findings, Context(document, name, folder, project), data)


def load(path: Path | str, *, root: Path | str, project: Project | None = None) -> SpecFile:
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
    kind = document.get("kind")
    if kind in ("Project", "Decision"):
        help = "a spec to train has kind: FineTune"
        wrong = context.error("wrong-kind", f"this is a {kind}, not a spec to train", ("kind",), help)
        return None, in_order([*findings, wrong])
    spec, misfits = fit(document, FineTune)
    found = in_order([*findings, *misfits, *cross_check(context)])
    if spec is None or has_errors(found):
        return None, found
    prompt = spec.spec.system_prompt
    spec_file = SpecFile(
        path=context.file,
        root=Path(context.folder.top),
        spec=spec,
        system_prompt=context.texts[prompt.file] if isinstance(prompt, PromptFile) else prompt,
        texts=context.texts,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    spec_file._document = document
    return spec_file, found
