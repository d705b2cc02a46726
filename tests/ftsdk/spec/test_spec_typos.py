"""Every slip of the hand in a key or word of the language is refused, and the right word is suggested first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec.document import Document
from ftsdk.spec.fields import SpecValue
from ftsdk.spec.read import fit, read_document
from tests.ftsdk.spec.language import DOCUMENTS, KINDS, all_parts, declared_by, words_in

LEAST_RIGHT = 0.95


class Target(NamedTuple):
    """A word of the language where a document has it: a text, where in it, and what may also stand there."""

    text: str
    kind: str
    line: int
    column: int
    word: str
    legal: frozenset[str]
    is_key: bool


def slips(word: str) -> Iterator[str]:
    """Every word that is ``word`` with one letter lost, doubled, or swapped with the next."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[: at + 1] + word[at:]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]


@cache
def composed(text: str) -> Document:
    document, findings = read_document(text.encode(), "x.yaml")
    assert document is not None
    assert not findings
    return document


def example_texts() -> list[tuple[str, str]]:
    """Every committed document and its kind."""
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    return [(text, str(composed(text).get("kind"))) for text in texts]


def parts_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], SpecValue]]:
    """Every part of a validated document, with its path."""
    if isinstance(value, SpecValue):
        yield path, value
        for name in value.model_fields_set:
            key = type(value).model_fields[name].alias or name
            yield from parts_of(getattr(value, name), (*path, key))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from parts_of(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from parts_of(item, (*path, index))


def targets(text: str, kind: str) -> Iterator[Target]:
    """Every key and every word of the language in a document."""
    document = composed(text)
    for path, part in parts_of(KINDS[kind].model_validate(document.value)):
        keys = frozenset(field.alias or name for name, field in type(part).model_fields.items())
        for name in part.model_fields_set:
            field = type(part).model_fields[name]
            here = (*path, field.alias or name)
            place = document.keys[here]
            yield Target(text, kind, place.line, place.column, str(here[-1]), keys, True)
            yield from words_at(text, kind, document, here, frozenset(words_in(field.annotation)))


def words_at(text: str, kind: str, document: Document, path: tuple[str | int, ...], legal: frozenset[str]) -> Any:
    """The words of the language at a path, one by one where it is a list of them."""
    value = document.get(*path)
    items = (
        [((*path, index), item) for index, item in enumerate(value)] if isinstance(value, tuple) else [(path, value)]
    )
    for here, word in items:
        if isinstance(word, str) and word in legal:
            place = document.values[here]
            yield Target(text, kind, place.line, place.column, word, legal, False)


def generated_texts() -> Iterator[tuple[str, str]]:
    """The committed documents with each word of the language that they do not show put where it belongs."""
    for text, kind in example_texts():
        document = composed(text)
        for path, part in parts_of(KINDS[kind].model_validate(document.value)):
            for name in part.model_fields_set:
                field = type(part).model_fields[name]
                place = document.values[*path, field.alias or name]
                for word in words_in(field.annotation) if place.line == place.end_line else ():
                    changed = replaced(text, place.line, place.column, place.end_column, word)
                    if changed != text and fits(changed, kind):
                        yield changed, kind


def words_shown(texts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The words that documents have, each with the field that it is in."""
    return {
        (declared_by(type(part), name), target.word)
        for text, kind in texts
        for path, part in parts_of(KINDS[kind].model_validate(composed(text).value))
        for name in part.model_fields_set
        for target in words_at(text, kind, composed(text), (*path, type(part).model_fields[name].alias or name),
                               frozenset(words_in(type(part).model_fields[name].annotation)))
    }  # fmt: skip


def fits(text: str, kind: str) -> bool:
    return fit(composed(text), KINDS[kind])[0] is not None


def replaced(text: str, line: int, column: int, end_column: int, new: str) -> str:
    lines = text.splitlines(keepends=True)
    old = lines[line - 1]
    lines[line - 1] = old[: column - 1] + new + old[end_column - 1 :]
    return "".join(lines)


def findings_of(target: Target, mutant: str) -> tuple[str, tuple[Diagnostic, ...]]:
    text = replaced(target.text, target.line, target.column, target.column + len(target.word), mutant)
    document, findings = read_document(text.encode(), "x.yaml")
    misfits = fit(document, KINDS[target.kind])[1] if document is not None else ()
    return text, tuple(one for one in (*findings, *misfits) if one.severity == "error")


def judged(found: list[Target]) -> tuple[int, int, list[str]]:
    """How many mutants there are, how many have the right suggestion first, and those that are accepted."""
    mutants = right = 0
    accepted: list[str] = []
    for target in found:
        for mutant in set(slips(target.word)) - target.legal - {target.word, ""}:
            text, findings = findings_of(target, mutant)
            mutants += 1
            if not findings:
                accepted.append(f"{target.word} -> {mutant} in line {target.line} of\n{text[:200]}")
            here = [one for one in findings if one.place is not None and one.place.line == target.line]
            right += bool(here) and here[0].help == f"did you mean '{target.word}'?"
    return mutants, right, accepted


def every_word() -> list[Target]:
    """Every key and word of every example and of the generated documents, each once per part that has it."""
    found: dict[tuple[Any, ...], Target] = {}
    for text, kind in [*example_texts(), *generated_texts()]:
        for target in targets(text, kind):
            found.setdefault((target.kind, target.is_key, target.word, target.legal), target)
    return list(found.values())


def test_the_generated_documents_show_every_word_of_the_language() -> None:
    words = {
        (declared_by(part, name), word)
        for part in all_parts()
        for name, field in part.model_fields.items()
        for word in words_in(field.annotation)
    }
    assert words - words_shown([*example_texts(), *generated_texts()]) == set()


def test_slips_in_every_fifth_key_or_word_are_refused_with_the_right_suggestion_first() -> None:
    mutants, right, accepted = judged(every_word()[::5])
    assert not accepted
    assert mutants > 1500
    assert right / mutants >= LEAST_RIGHT, f"{right} of {mutants}"


@pytest.mark.slow
def test_every_slip_in_every_key_and_word_is_refused_with_the_right_suggestion_first() -> None:
    mutants, right, accepted = judged(every_word())
    assert not accepted
    assert mutants > 8000
    assert right / mutants >= LEAST_RIGHT, f"{right} of {mutants}"


@pytest.mark.slow
def test_every_slip_at_every_place_of_every_example_is_refused_with_the_right_suggestion_first() -> None:
    mutants, right, accepted = judged([target for text, kind in example_texts() for target in targets(text, kind)])
    assert not accepted
    assert right / mutants >= LEAST_RIGHT, f"{right} of {mutants}"
