"""A document with its place in the workspace: what the rules across fields look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ftsdk.catalogue import MODELS, EmbeddedModel
from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.spec import places
from ftsdk.spec.document import Document
from ftsdk.spec.files import Folder, read_text
from ftsdk.spec.model import FineTuneBody, Project
from ftsdk.spec.suggest import did_you_mean, nearest

# Longer lists are refused by their type; a hostile one must not make the rules slow.
MAX_ENTRIES = 64


class Context:
    """A document with the place it has in its workspace; ``texts`` are the files it names that were read so far."""

    def __init__(self, document: Document, file: str, folder: Folder, project: Project) -> None:
        self.document = document
        self.file = file
        self.folder = folder
        self.project = project
        self.texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        """The text of a file that the spec names, read once; raises Unfit."""
        if name not in self.texts:
            self.texts[name] = read_text(self.folder.file(name), name)
        return self.texts[name]

    def error(
        self, code: str, message: str, path: places.Path, help: str, related: tuple[Place, ...] = ()
    ) -> Diagnostic:
        """An error at the value at ``path``."""
        return places.error(f"spec/{code}", message, self.place(path), help, related)

    def place(self, path: places.Path) -> Place:
        """Where the value at ``path`` stands."""
        return self.document.place(path)

    def has(self, *path: str | int) -> bool:
        """Whether the spec says anything at a path below ``spec``."""
        return self.get(*path) is not None

    def get(self, *path: str | int) -> Any:
        """What the spec says below ``spec``; None when nothing."""
        return self.document.get("spec", *path)

    def misspelt(self, key: str) -> bool:
        """Whether an unknown key below ``spec`` was meant to be ``key``, which is reported by itself."""
        written, known = self.get(), list(FineTuneBody.model_fields)
        return isinstance(written, dict) and any(
            nearest(other, known) == key for other in written if other not in known
        )

    def entries(self, *path: str | int) -> list[tuple[int, Any]]:
        """The numbered entries of a list below ``spec``; none when it is no list."""
        found = self.get(*path)
        return list(enumerate(found[:MAX_ENTRIES])) if isinstance(found, tuple) else []

    def method(self) -> str | None:
        """The kind of method, by default sft; None when what is written is no text."""
        method = self.get("method")
        kind = method.get("type", "sft") if isinstance(method, dict) else "sft"
        return kind if isinstance(kind, str) else None

    def mappings(self, *path: str | int) -> list[tuple[int, dict[str, Any]]]:
        """The numbered entries of a list below ``spec`` that are mappings."""
        return [(index, entry) for index, entry in self.entries(*path) if isinstance(entry, dict)]

    def names(self, *path: str | int) -> list[str]:
        """The names of the entries of a list below ``spec``."""
        found = [entry.get("name") for _, entry in self.mappings(*path)]
        return [name for name in found if isinstance(name, str)]

    def unnamed(
        self, code: str, what: str, name: Any, known: Iterable[str], path: places.Path, where: str
    ) -> Iterator[Diagnostic]:
        """An error when ``name`` is text that is none of ``known``, with the name that was probably meant."""
        names = list(known)
        if isinstance(name, str) and name not in names:
            help = did_you_mean(name, names, where)
            yield self.error(code, f"{what} '{name[:80]}'", path, help)

    def connection_kind(self) -> str | None:
        """The kind of the connection that trains, as `ftsdk.catalogue` calls it; None when there is none."""
        name = self.get("connection") or "local"
        known = self.project.spec.connections.get(name) if isinstance(name, str) else None
        if known is None:
            return None
        return "local torch" if getattr(known, "engine", None) == "torch" else known.type

    def model_row(self) -> EmbeddedModel | None:
        """The row of a model that the embedded engine trains; None of any other."""
        return next((row for row in MODELS if row.name == self.get("model")), None)
