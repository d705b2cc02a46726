"""Rules on what a spec names outside itself: files that are there, addresses with their hash, schemas that are ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic_core import from_json

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import places
from ftsdk.spec.context import Context
from ftsdk.spec.files import Unfit
from ftsdk.spec.remote import ADDRESSES
from ftsdk.spec.training_data import TEST_SPLIT

# Below an arm, and below a metric: keys that name a file, and whether it is a text that is read at once.
_OF_ARM = (
    (("prompted",), True), (("prompt",), True), (("recorded",), False), (("response_format", "schema"), True),
    (("base", "response_format", "schema"), True), (("tuned", "response_format", "schema"), True),
)  # fmt: skip
_OF_METRIC = ((("schema",), True), (("labels",), False), (("judge", "rubric"), True))
MAX_JUDGES = 5


def named_files(context: Context) -> Iterator[tuple[places.Path, str, bool]]:
    """Every file that the spec names: its path in the document, its name, and whether it is a text read at once."""
    for path, name, is_text in _named(context):
        if isinstance(name, str) and name and name != TEST_SPLIT and not name.startswith(ADDRESSES):
            yield ("spec", *path), name, is_text


def _named(context: Context) -> Iterator[tuple[places.Path, Any, bool]]:
    for path in (("dataset", "train"), ("dataset", "validation"), ("evaluation", "dataset")):
        yield path, context.get(*path), False
    yield ("system_prompt", "file"), context.get("system_prompt", "file"), True
    for index, suite in context.mappings("evaluation", "suites"):
        yield ("evaluation", "suites", index, "dataset"), suite.get("dataset"), False
    for index, arm in context.mappings("evaluation", "arms"):
        yield from _below(("evaluation", "arms", index), arm, _OF_ARM)
    for index, metric in context.mappings("evaluation", "metrics"):
        here: places.Path = ("evaluation", "metrics", index)
        yield from _below(here, metric, _OF_METRIC)
        several = metric.get("judge")
        for number, judge in enumerate(several[:MAX_JUDGES] if isinstance(several, tuple) else ()):
            yield from _below((*here, "judge", number), judge, ((("rubric",), True),))


def _below(
    here: places.Path, part: Any, wanted: tuple[tuple[tuple[str, ...], bool], ...]
) -> Iterator[tuple[places.Path, Any, bool]]:
    for keys, is_text in wanted:
        value = part
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            yield (*here, *keys), value, is_text


def files(context: Context) -> Iterator[Diagnostic]:
    """Every file that is named is there, regular, inside the workspace and, where it is read at once, text."""
    for path, name, is_text in named_files(context):
        try:
            if is_text:
                context.text(name)
            else:
                context.folder.file(name)
        except Unfit as reason:
            yield places.error(reason.code, reason.message, context.place(path), reason.help)


def addresses(context: Context) -> Iterator[Diagnostic]:
    """An address has its hash beside it: what is there can change."""
    pairs: list[tuple[places.Path, str, str]] = [
        (("dataset",), "train", "sha256"),
        (("dataset",), "validation", "validation_sha256"),
        (("evaluation",), "dataset", "sha256"),
    ]
    pairs += [
        (("evaluation", "suites", index), "dataset", "sha256") for index, _ in context.mappings("evaluation", "suites")
    ]
    for above, key, hash_key in pairs:
        name = context.get(*above, key)
        if isinstance(name, str) and name.startswith(ADDRESSES) and not context.has(*above, hash_key):
            message = f"'{name[:80]}' is an address without the file's {hash_key}"
            yield context.error("address-without-hash", message, ("spec", *above, key), f"add {hash_key}: beside it")


def schemas(context: Context) -> Iterator[Diagnostic]:
    """A JSON Schema that is no JSON object is told before training, not after it."""
    found = ((path, name) for path, name, _ in named_files(context) if path[-1] == "schema")
    for path, name in found:
        try:
            schema: Any = from_json(context.text(name))
        except Unfit:
            continue  # the rule on files tells it
        except ValueError:
            schema = None
        if not isinstance(schema, dict):
            yield context.error("not-a-schema", f"'{name}' is not a JSON object", path, "write a JSON Schema there")


RULES: tuple[Callable[[Context], Iterator[Diagnostic]], ...] = (files, addresses, schemas)
