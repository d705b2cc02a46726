"""Why a document does not fit a model, in plain words: a walk of the model beside the document.

pydantic judges; its phrasing and its one-error-per-union-branch lists never reach a user. This walk runs only when it
has refused, picks the one branch that was meant, and says what belongs there.
"""

from __future__ import annotations

import re
import types
from collections.abc import Collection, Iterator
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ftsdk.spec.fields import DURATION_WORDS, NAME_WORDS, Says
from ftsdk.spec.later import Later, tag_of
from ftsdk.spec.places import Path, dotted
from ftsdk.spec.suggest import did_you_mean, nearest

MAX_SHOWN = 40
MAX_UNKNOWN = 20
_YES_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


_Branch = tuple[Any, tuple[Any, ...]]


class Misfit(NamedTuple):
    """One thing that does not fit; ``at_key`` points to the key instead of the value."""

    path: Path
    code: str
    message: str
    help: str | None
    at_key: bool = False


def explain(model: type[BaseModel], document: Any, path: Path = ()) -> list[Misfit]:
    """Everything in ``document``, which is at ``path``, that ``model`` refuses; empty when this walk cannot tell."""
    return list(_check(model, document, path))


def _check(annotation: Any, value: Any, path: Path) -> Iterator[Misfit]:
    branches = list(_branches(annotation, ()))
    kind, metadata, fits = _meant(branches, value)
    if fits:
        return
    if _is_model(kind) and isinstance(value, dict):
        tags = _tags(branches)
        if len(tags) > 1 and value.get("type") not in tags:
            wrong = list(_wrong_type(tags, value, path))
            yield from wrong
            value = {**value, "type": tag_of(kind)} if wrong else value
        yield from _check_mapping(kind, value, path)
    elif _origin(kind) is tuple and isinstance(value, tuple):
        yield from _check_list(kind, metadata, value, path)
    elif _origin(kind) is dict and isinstance(value, dict):
        yield from _check_dict(kind, metadata, value, path)
    else:
        yield from _refused(branches, value, path)


def _wrong_type(tags: list[str], value: dict[str, Any], path: Path) -> Iterator[Misfit]:
    """What tells the branches of a union apart is missing, or is no word of theirs."""
    if "type" in value:
        yield from _refused([(Literal[tuple(tags)], ())], value["type"], (*path, "type"))
    elif not any(nearest(key, ["type"]) for key in value):
        help = f"add type: with one of {', '.join(tags)}"
        yield Misfit((*path, "type"), "spec/missing-key", f"'type' is missing in {dotted(path)}", help, at_key=True)


def _origin(kind: Any) -> Any:
    """What a generic type is made of, typed so that it can be compared."""
    return get_origin(kind)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _tags(branches: list[_Branch]) -> list[str]:
    """The values of ``type`` that tell the branches of a union apart."""
    return [tag for tag in map(tag_of, (kind for kind, _ in branches)) if tag is not None]


def _check_mapping(model: type[BaseModel], value: dict[str, Any], path: Path) -> Iterator[Misfit]:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    unknown = [key for key in value if key not in fields]
    if len(unknown) > MAX_UNKNOWN:
        message = f"{len(unknown)} unknown keys in {dotted(path)}"
        yield Misfit(path, "spec/unknown-key", message, f"keys here: {', '.join(list(fields)[:12])}", at_key=True)
        unknown = unknown[:MAX_UNKNOWN]
    for key in unknown:
        help = _meant_key(key, fields, value)
        yield Misfit(
            (*path, key), "spec/unknown-key", f"unknown key '{_shown(key)}' in {dotted(path)}", help, at_key=True
        )
    for name, field in fields.items():
        if name in value:
            yield from _check(_annotation(field), value[name], (*path, name))
        elif field.is_required() and not any(nearest(key, fields) == name for key in unknown):
            only = get_args(field.annotation) if _origin(field.annotation) is Literal else ()
            what = (field.description or "").rstrip(".")
            help = f"add {name}: {only[0]}" if len(only) == 1 else f"add '{name}:' ({what})"
            yield Misfit((*path, name), "spec/missing-key", f"'{name}' is missing in {dotted(path)}", help, at_key=True)


def _meant_key(key: str, fields: Collection[str], written: Collection[str]) -> str:
    """The key that was probably meant: first of those that are still free."""
    free = [name for name in fields if name not in written]
    taken = nearest(key, fields) if nearest(key, free) is None else None
    if taken is not None:
        return f"did you mean '{taken}'? it is given already: keep one of them"
    return did_you_mean(key, free or fields, "keys here")


def _check_dict(kind: Any, metadata: tuple[Any, ...], value: dict[str, Any], path: Path) -> Iterator[Misfit]:
    for rule in metadata:
        if isinstance(rule, MaxLen) and len(value) > rule.max_length:
            yield _too_long(path, rule, len(value))
            return
    of_keys, of_values = get_args(kind)
    for key, item in value.items():
        branches = list(_branches(of_keys, ()))
        if not _meant(branches, key)[2]:
            message = f"a key of {dotted(path)} must be {_words(*branches[0])}, not '{_shown(key)}'"
            yield Misfit((*path, key), "spec/wrong-value", message, _advice(branches, key), at_key=True)
        yield from _check(of_values, item, (*path, key))


def _check_list(kind: Any, metadata: tuple[Any, ...], value: tuple[Any, ...], path: Path) -> Iterator[Misfit]:
    for rule in metadata:
        if isinstance(rule, MinLen) and len(value) < rule.min_length:
            message, help = f"{dotted(path)} needs at least {rule.min_length} entry", "add one, or leave the key out"
            yield Misfit(path, "spec/empty-list", message, help)
        if isinstance(rule, MaxLen) and len(value) > rule.max_length:
            yield _too_long(path, rule, len(value))
            return
    kinds = get_args(kind)
    if kinds[-1] is not ... and len(kinds) != len(value):
        message = f"{dotted(path)} takes {len(kinds)} entries, not {len(value)}"
        help = f"give {len(kinds)}, each {_words(*next(_branches(kinds[0], ())))}"
        yield Misfit(path, "spec/wrong-value", message, help)
        return
    for index, item in enumerate(value):
        yield from _check(kinds[0] if kinds[-1] is ... else kinds[index], item, (*path, index))


def _too_long(path: Path, rule: MaxLen, found: int) -> Misfit:
    message = f"{dotted(path)} takes at most {rule.max_length} entries"
    return Misfit(path, "spec/long-list", message, f"remove {found - rule.max_length} of them")


def _refused(branches: list[_Branch], value: Any, path: Path) -> Iterator[Misfit]:
    wanted = _wanted([branch for branch in branches if branch[0] is not type(None)])
    message = f"{dotted(path)} must be {' or '.join(wanted)}"
    if any(isinstance(rule, Says) and rule.secret for _, metadata in branches for rule in metadata):
        help = "a secret is never written here, only where it is found; one that was committed must be replaced"
        yield Misfit(path, "spec/written-secret", message, help)
        return
    found = "and is empty" if value is None else f"not {_shown_value(value)}"
    yield Misfit(path, "spec/wrong-value", f"{message}, {found}", _advice(branches, value))


def _annotation(field: FieldInfo) -> Any:
    """A field's annotation with the rules that pydantic has taken off it."""
    annotation: Any = field.annotation
    return Annotated[(annotation, *field.metadata)] if field.metadata else annotation


def _branches(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[_Branch]:
    """The alternatives of an annotation, each with its rules; unions and Annotated are taken apart."""
    if _origin(annotation) is Annotated:
        inner, *rules = get_args(annotation)
        made_later = next((rule.annotation for rule in rules if isinstance(rule, Later)), inner)
        yield from _branches(made_later, (*metadata, *_flat(rules)))
    elif _origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _branches(part, metadata)
    else:
        yield annotation, metadata


def _flat(rules: list[Any]) -> Iterator[Any]:
    """The rules on a value; in which order the branches of a union are tried is none."""
    for rule in rules:
        if isinstance(rule, FieldInfo):
            yield from _flat(rule.metadata)
        elif not isinstance(rule, Later) and not hasattr(rule, "union_mode"):
            yield rule


def _meant(branches: list[_Branch], value: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """The branch that the writer most likely meant, and whether the value fits it."""
    tag = value.get("type") if isinstance(value, dict) else None
    tagged = [branch for branch in branches if tag is not None and tag_of(branch[0]) == tag]
    for kind, metadata in tagged or branches:
        if _fits(kind, metadata, value):
            return kind, metadata, True
    kind, metadata = max(tagged or branches, key=lambda branch: _likeness(branch[0], value))
    return kind, metadata, False


def _likeness(kind: Any, value: Any) -> float:
    if _is_model(kind):
        return 1 + _key_overlap(kind, value) if isinstance(value, dict) else 0
    if _origin(kind) is dict:
        return 1 if isinstance(value, dict) else 0
    if _origin(kind) is tuple:
        return 1 if isinstance(value, tuple) else 0
    if _origin(kind) is Literal:
        return 0.6 if isinstance(value, str) else 0.1
    return 0.5 if isinstance(kind, type) and isinstance(value, kind) else 0


def _key_overlap(model: type[BaseModel], value: dict[str, Any]) -> float:
    """How much a mapping looks like ``model``: its tag first, then its keys, then keys that are nearly its own."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    tag, written = tag_of(model), value.get("type")
    score = 0.0
    if tag is not None and isinstance(written, str):
        score += 100 if written == tag else 50 if nearest(written, [tag]) else 0
    for key in list(value)[:MAX_UNKNOWN]:
        score += 1 if key in fields else 0.5 if nearest(key, fields) else -0.1
    return score


def _fits(kind: Any, metadata: tuple[Any, ...], value: Any) -> bool:
    """Whether pydantic takes ``value`` for this one branch; bounds of a number or nothing are those of the number."""
    if kind is type(None):
        return value is None
    try:
        _adapter(kind, metadata).validate_python(value)
    except ValidationError:
        return False
    return True


@cache
def _adapter(kind: Any, metadata: tuple[Any, ...]) -> TypeAdapter[Any]:
    annotation: Any = Annotated[(kind, *metadata)] if metadata else kind
    return TypeAdapter(annotation, config=None if _is_model(kind) else ConfigDict(strict=True))


def _wanted(branches: list[_Branch]) -> list[str]:
    """What belongs there, branch by branch; many kinds of mappings are told by the key that each must have."""
    keys = [field.alias or name for kind, _ in branches if _is_model(kind) for name, field in _required(kind)]
    models = sum(_is_model(kind) for kind, _ in branches)
    said = any(isinstance(rule, Says) for _, metadata in branches for rule in metadata)
    if said or models <= 2 or len(keys) != models:
        return list(dict.fromkeys(_words(*branch) for branch in branches))
    others = [_words(*branch) for branch in branches if not _is_model(branch[0])]
    return list(dict.fromkeys([*others, "a mapping with one of " + ", ".join(f"'{key}'" for key in keys)]))


def _required(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return [(name, field) for name, field in model.model_fields.items() if field.is_required()][:1]


def _words(kind: Any, metadata: tuple[Any, ...]) -> str:
    """What belongs there, in plain words."""
    for rule in metadata:
        if isinstance(rule, Says):
            return rule.words
    if _origin(kind) is Literal:
        names = [f"'{name}'" for name in get_args(kind)]
        return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    if _is_model(kind):
        keys = [field.alias or name for name, field in kind.model_fields.items()]
        return "a mapping with " + ", ".join(f"'{key}'" for key in keys[:8])
    if kind is str:
        return _text_words(metadata)
    plain = {bool: "true or false", int: "a whole number", float: "a number", Decimal: "an amount"}
    if kind in plain:
        return plain[kind] + _bounds(metadata)
    return {tuple: "a list", dict: "a mapping"}.get(_origin(kind), "something else")


def _text_words(metadata: tuple[Any, ...]) -> str:
    most = next((rule.max_length for rule in metadata if getattr(rule, "max_length", None)), None)
    return f"text of 1 to {most} characters" if most else "text"


def _bounds(metadata: tuple[Any, ...]) -> str:
    parts = []
    for rule in metadata:
        if isinstance(rule, Ge):
            parts.append(f"at least {rule.ge}")
        elif isinstance(rule, Gt):
            parts.append(f"more than {rule.gt}")
        elif isinstance(rule, Le):
            parts.append(f"at most {rule.le}")
        elif isinstance(rule, Lt):
            parts.append(f"less than {rule.lt}")
    return f" ({', '.join(parts)})" if parts else ""


def _advice(branches: list[_Branch], value: Any) -> str | None:
    """The next step, where the value tells what was meant."""
    kinds = [kind for kind, _ in branches]
    if isinstance(value, str):
        rules = [rule for _, metadata in branches for rule in metadata]
        help = _duration(value) if DURATION_WORDS in rules else _advice_for_text(kinds, value, NAME_WORDS in rules)
        return help or _advice_on_form(kinds)
    if isinstance(value, float) and int in kinds and value.is_integer():
        return f"write {int(value)}"
    if value is None:
        return "give it a value, or leave the key out"
    if isinstance(value, (int, float)):
        if any(DURATION_WORDS in metadata for _, metadata in branches):
            return f"say of what: {value}m, {value}h, {value}d or {value}w"
        if str in kinds:
            return "put it in quotes to make it text"
        return _advice_on_form(kinds) or _nearest_bound(branches, value)
    return _advice_on_form(kinds)


def _nearest_bound(branches: list[_Branch], value: float) -> str | None:
    """The bound that a number passed, where the bound itself is allowed."""
    for rule in (rule for _, metadata in branches for rule in metadata):
        if isinstance(rule, Le) and value > rule.le:  # type: ignore[operator]
            return f"the largest is {rule.le}"
        if isinstance(rule, Ge) and value < rule.ge:  # type: ignore[operator]
            return f"the smallest is {rule.ge}"
    return None


def _duration(text: str) -> str | None:
    """A duration as it is written here, from one in words such as ``3 days``."""
    found = re.fullmatch(r"\s*([1-9][0-9]{0,3})\s*([mhdw])[a-z]*\s*", text[:MAX_SHOWN].lower())
    return f"write {found[1]}{found[2]}" if found else "write a whole number and its unit: m, h, d or w"


def _advice_on_form(kinds: list[Any]) -> str | None:
    """How a list or a mapping is written, where something else stands."""
    if any(_origin(kind) is tuple for kind in kinds):
        return "write a list: '- ' before each entry, each on its own line"
    models = [kind for kind in kinds if _is_model(kind)]
    if models:
        fields = {field.alias or name: field for name, field in models[0].model_fields.items()}
        key = next((key for key, field in fields.items() if field.is_required()), next(iter(fields)))
        return f"write a mapping, for example {{{key}: ...}}"
    if Literal["auto"] in kinds:
        return "write auto, or leave the key out, to leave it to the catalogue or the provider"
    return None


def _advice_for_text(kinds: list[Any], value: str, is_name: bool) -> str | None:
    if bool in kinds and value.lower() in _YES_NO:
        return f"'{_shown(value)}' is text in YAML 1.2; write {_YES_NO[value.lower()]}"
    names = [str(name) for kind in kinds if _origin(kind) is Literal for name in get_args(kind)]
    near = nearest(value, names)
    if near is not None:
        return f"did you mean '{near}'?"
    number = value.replace("_", "").replace(",", "").strip()
    if {int, float, Decimal} & set(kinds) and len(number) <= MAX_SHOWN and _is_number(number):
        return f"'{_shown(value)}' is text; write {number}"
    if is_name and value.strip().lower().replace(" ", "-").replace("_", "-") != value:
        return "for example '" + _shown(value.strip().lower().replace(" ", "-").replace("_", "-")) + "'"
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).removeprefix("-").isdigit()


def _shown_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{_shown(value)}'" if value else "empty text"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, tuple) else _shown(str(value))


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 3] + "..."
