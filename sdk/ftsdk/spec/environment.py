"""Environment variables of ftsdk: those that override the project, for CI, and those that only change how it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.spec.defaults import laid_under
from ftsdk.spec.document import Document
from ftsdk.spec.places import Path, Span, warning
from ftsdk.spec.suggest import did_you_mean

PREFIX = "FTSDK_"

# Variable -> the part of ftsdk.yaml that it overrides. Rules on who may spend what are not among them: whoever writes a
# workflow file in a pull request could set them.
OVERRIDES: dict[str, Path] = {
    "FTSDK_STORE_URL": ("spec", "store", "url"),
    "FTSDK_STORE_ARTEFACTS": ("spec", "store", "artefacts"),
}
# Variables that are read elsewhere and override no part of ftsdk.yaml.
OTHERS = ("FTSDK_ALIASES", "FTSDK_CACHE", "FTSDK_DEBUG", "FTSDK_ID_TOKEN", "FTSDK_ID_TOKEN_FILE")


def overridden(document: Document, environment: Mapping[str, str]) -> Document:
    """A project document under what ``environment`` says; the places of those parts name the variable."""
    for name, path in OVERRIDES.items():
        if environment.get(name):
            document = laid_under(_document(name, path, environment[name]), document, (), ())
    return document


def strange_variables(environment: Mapping[str, str]) -> Iterator[Diagnostic]:
    """A warning for each variable that has our prefix and that nothing reads: most are misspelt."""
    known = (*OVERRIDES, *OTHERS)
    for name in sorted(name for name in environment if name.startswith(PREFIX) and name not in known):
        message = f"nothing reads the environment variable {name[:80]}"
        yield warning("spec/unknown-variable", message, Place(file=name[:80]), did_you_mean(name, known, "known"))


def _document(file: str, path: Path, text: str) -> Document:
    """A document that says one thing."""
    value: object = text
    for part in reversed(path):
        value = {part: value}
    span = Span(1, 1, 1, len(text) + 1)
    return Document(file, value, {}, {path: span}, frozenset())
