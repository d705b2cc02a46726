"""Rules across files: one name for one spec, and a history that leads back to one spec only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.spec.document import Document
from ftsdk.spec.places import error

MAX_NAMES = 64


class Named(NamedTuple):
    """What a spec is called and was called before, each with its place."""

    file: str
    name: str
    place: Place
    previous: tuple[tuple[str, Place], ...]


def named(document: Document | None) -> Named | None:
    """The names of a FineTune document, whether it holds or not; None when it has none."""
    name = document.get("metadata", "name") if document is not None and document.get("kind") == "FineTune" else None
    if document is None or not isinstance(name, str):
        return None
    before = document.get("metadata", "previous_names")
    previous = tuple(
        (old, document.place(("metadata", "previous_names", index)))
        for index, old in enumerate(before[:MAX_NAMES] if isinstance(before, tuple) else ())
        if isinstance(old, str)
    )
    return Named(document.file, name, document.place(("metadata", "name")), previous)


def together(specs: Iterable[Named]) -> tuple[Diagnostic, ...]:
    """Every finding that no file shows alone: the same name twice, and a previous name that is somebody else's.

    Of two specs the later one is told, so what is looked at comes after what is only there.
    """
    known = list(specs)
    first: dict[str, Named] = {}
    for spec in known:
        first.setdefault(spec.name, spec)
    return (*_same_names(known, first), *_previous_names(known, first))


def _same_names(known: list[Named], first: dict[str, Named]) -> Iterator[Diagnostic]:
    for spec in known:
        other = first[spec.name]
        if other.file != spec.file:
            message = f"'{spec.name[:80]}' is also the name of {other.file}"
            help = "runs and aliases hang on the name: give each spec its own"
            yield error("spec/same-name", message, spec.place, help, (other.place,))


def _previous_names(known: list[Named], first: dict[str, Named]) -> Iterator[Diagnostic]:
    claimed: dict[str, tuple[str, Place]] = {}
    for spec in known:
        for old, place in spec.previous:
            holder = first.get(old)
            if holder is not None:
                whose = "the spec's own name" if holder.file == spec.file else f"still the name of {holder.file}"
                help = "a history leads back, never round: remove it, or rename the other spec first"
                yield error("spec/previous-name", f"'{old[:80]}' is {whose}", place, help, (holder.place,))
            elif old in claimed and claimed[old][0] != spec.file:
                message = f"'{old[:80]}' is a previous name of {claimed[old][0]} too"
                help = "one history cannot go on in two specs: keep it in one"
                yield error("spec/previous-name", message, place, help, (claimed[old][1],))
            claimed.setdefault(old, (spec.file, place))
