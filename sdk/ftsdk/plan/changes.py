"""What differs between the spec that was last applied and the one at hand: fields and files, each at its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ftsdk.plan.classes import class_of
from ftsdk.plan.value import FieldChange
from ftsdk.spec import FineTune, SpecFile

LONGEST = 120
ROWS = "dataset.train"
TEXTS = "texts."


def field_changes(old: FineTune, spec_file: SpecFile) -> tuple[FieldChange, ...]:
    """Every field that differs, defaults included, with where the new value is written."""
    before, after = leaves(old), leaves(spec_file.spec)
    paths = list(dict.fromkeys([*after, *before]))
    return tuple(
        FieldChange(
            path=".".join(map(str, path)),
            old=_said(before[path]) if path in before else None,
            new=_said(after[path]) if path in after else None,
            change=class_of(".".join(str(part) for part in path if isinstance(part, str))).change,
            place=spec_file.place(*path),
        )
        for path in paths
        if before.get(path, ...) != after.get(path, ...)
    )


def input_changes(
    old: Mapping[str, str], new: Mapping[str, str], spec_file: SpecFile, notes: Mapping[str, str]
) -> tuple[FieldChange, ...]:
    """Every file whose content differs although it may have the same name; ``notes`` are said beside."""
    return tuple(
        FieldChange(
            path=name,
            old=_short(old.get(name)),
            new=_short(new.get(name)),
            change="train" if _trains(name, spec_file) else "evaluate",
            place=spec_file.place(*_path_of(name, spec_file)),
            note=notes.get(name, ""),
        )
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    )


def leaves(value: FineTune) -> dict[tuple[str | int, ...], Any]:
    """Every scalar (and empty list or mapping) of a spec by its path; what is absent is left out."""
    return dict(_walk(value.model_dump(mode="json", by_alias=True), ()))


def _walk(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _walk(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))
    elif value is not None:
        yield path, value


def _trains(name: str, spec_file: SpecFile) -> bool:
    """Whether a file is part of what trains: the rows, or the system prompt."""
    return name == ROWS or spec_file.place("spec", "system_prompt") == spec_file.place(*_path_of(name, spec_file))


def _path_of(name: str, spec_file: SpecFile) -> tuple[str | int, ...]:
    """Where a spec names a file: at a field, or wherever the file's name is written."""
    if not name.startswith(TEXTS):
        return ("spec", *name.split("."))
    written = name.removeprefix(TEXTS)
    found = (path for path, value in leaves(spec_file.spec).items() if value == written)
    path = next(found, ("spec",))
    return path[:2] if path[:2] == ("spec", "system_prompt") else path


def _said(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _short(sha256: str | None) -> str | None:
    return None if sha256 is None else f"sha256:{sha256[:12]}"
