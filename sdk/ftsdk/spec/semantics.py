"""What types cannot tell: rules across fields, each with its own place, run even when the types do not hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ftsdk.catalogue import MODELS, ModelRow
from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.spec import places
from ftsdk.spec.compose import Document
from ftsdk.spec.files import Folder, Unfit, read_text
from ftsdk.spec.limits import beyond_limits
from ftsdk.spec.model import Project
from ftsdk.spec.suggest import did_you_mean

# Longer lists are refused by their type; a hostile one must not make the rules slow.
MAX_ENTRIES = 64
GATE_FORMS = ("min", "min_delta", "versus")


@dataclass(frozen=True)
class Context:
    """A document with the place it has in its workspace."""

    document: Document
    file: str
    folder: Folder
    project: Project
    texts: dict[str, str] = field(default_factory=dict)

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

    def get(self, *path: str | int) -> Any:
        """What the spec says below ``spec``; None when nothing."""
        return self.document.get("spec", *path)

    def entries(self, *path: str | int) -> list[tuple[int, Any]]:
        """The numbered entries of a list below ``spec``; none when it is no list."""
        found = self.get(*path)
        return list(enumerate(found[:MAX_ENTRIES])) if isinstance(found, tuple) else []


def arm_kinds(context: Context) -> set[str]:
    """The kinds of arms that the evaluation asks for."""
    if not isinstance(context.get("evaluation", "arms"), tuple):
        return {"base", "tuned"}
    kinds: set[str] = set()
    for _, arm in context.entries("evaluation", "arms"):
        kinds.update(
            [arm] if isinstance(arm, str) else {"prompted", "few_shot"} & set(arm) if isinstance(arm, dict) else ()
        )
    return kinds


def named_files(context: Context) -> Iterator[tuple[places.Path, str, bool]]:
    """Every file that the spec names: its path in the document, its name, and whether it is a text read at once."""
    paths: list[tuple[tuple[str | int, ...], bool]] = [
        (("system_prompt", "file"), True),
        (("dataset", "train"), False),
        (("evaluation", "dataset"), False),
    ]
    paths += [(("evaluation", "arms", index, key), True)
              for index, _ in context.entries("evaluation", "arms") for key in ("prompted", "prompt")]  # fmt: skip
    paths += [
        (("evaluation", "metrics", index, "schema"), True) for index, _ in context.entries("evaluation", "metrics")
    ]
    paths += [
        (("evaluation", "suites", index, "dataset"), False) for index, _ in context.entries("evaluation", "suites")
    ]
    for path, is_text in paths:
        name = context.get(*path)
        if isinstance(name, str) and name:
            yield ("spec", *path), name, is_text


def _files(context: Context) -> Iterator[Diagnostic]:
    for path, name, is_text in named_files(context):
        try:
            if is_text:
                context.text(name)
            else:
                context.folder.file(name)
        except Unfit as reason:
            yield places.error(reason.code, reason.message, context.place(path), reason.help)


def _schemas(context: Context) -> Iterator[Diagnostic]:
    """A JSON Schema that is no JSON object is told before training, not after it."""
    for index, metric in context.entries("evaluation", "metrics"):
        name = metric.get("schema") if isinstance(metric, dict) else None
        if not isinstance(name, str) or not name:
            continue
        try:
            schema = json.loads(context.text(name))
        except Unfit:
            continue  # the rule on files tells it
        except (ValueError, RecursionError):
            schema = None
        if not isinstance(schema, dict):
            here = ("spec", "evaluation", "metrics", index, "schema")
            yield context.error("not-a-schema", f"'{name}' is not a JSON object", here, "write a JSON Schema there")


def _model_and_connection(context: Context) -> Iterator[Diagnostic]:
    model, connection = context.get("model"), context.get("connection") or "local"
    row = _row(context)
    if isinstance(model, str) and row is None:
        help = did_you_mean(model, [known.name for known in MODELS], "models known here")
        yield context.error("unknown-model", f"no model '{model[:80]}' in the catalogue", ("spec", "model"), help)
    if not isinstance(connection, str):
        return
    known = context.project.spec.connections.get(connection)
    if known is None:
        help = did_you_mean(connection, list(context.project.spec.connections), "connections of ftsdk.yaml")
        message = f"no connection '{connection[:80]}' in ftsdk.yaml"
        yield context.error("unknown-connection", message, ("spec", "connection"), help)
    elif row is not None and known.type != row.connection_type:
        message = f"connection '{connection}' is of type {known.type}, which does not train {row.name}"
        yield context.error("wrong-connection", message, ("spec", "connection"), f"it needs type {row.connection_type}")


def _hyperparameters(context: Context) -> Iterator[Diagnostic]:
    row, method = _row(context), context.get("method")
    if row is not None and isinstance(method, dict):
        for limit in beyond_limits(method, row):
            yield context.error("hyperparameter", limit.message, ("spec", "method", *limit.path), limit.help)


def _metric_names(context: Context) -> Iterator[Diagnostic]:
    yield from _unique(context, "metrics")
    yield from _unique(context, "suites")
    names = _names(context, "metrics")
    for index, gate in context.entries("gates"):
        wanted = gate.get("metric") if isinstance(gate, dict) else None
        if isinstance(wanted, str) and names and wanted not in names:
            help = did_you_mean(wanted, names, "metrics of this spec")
            message = f"gate on '{wanted[:80]}', which is no metric of this spec"
            yield context.error("unknown-metric", message, ("spec", "gates", index, "metric"), help)


def _unique(context: Context, key: str) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, entry in context.entries("evaluation", key):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            here, there = (("spec", "evaluation", key, number, "name") for number in (index, first[name]))
            message = f"two of the {key} are called '{name[:80]}'"
            yield context.error("repeated-name", message, here, "give each its own name", (context.place(there),))
        first.setdefault(name, index)


def _repeated_arms(context: Context) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, arm in context.entries("evaluation", "arms"):
        text = repr(sorted(arm.items(), key=str)) if isinstance(arm, dict) else repr(arm)
        if text in first:
            here, there = (("spec", "evaluation", "arms", number) for number in (index, first[text]))
            yield context.error("repeated-arm", "the same arm twice", here, "remove one", (context.place(there),))
        first.setdefault(text, index)


def _gate_forms(context: Context) -> Iterator[Diagnostic]:
    for index, gate in context.entries("gates"):
        if not isinstance(gate, dict):
            continue
        here: places.Path = ("spec", "gates", index)
        given = [form for form in GATE_FORMS if gate.get(form) is not None]
        if len(given) != 1:
            message = (
                f"a gate has exactly one of min, min_delta and versus; this one has {' and '.join(given) or 'none'}"
            )
            help = "for example {metric: NAME, versus: best_prompted, margin: 0.0}"
            yield context.error("gate-form", message, (*here, given[1]) if given else here, help)
        elif given == ["versus"] and gate.get("margin") is None:
            message, help = "versus needs a margin", "margin: 0.0 asks for superiority; 0.03 for at most 3 points worse"
            yield context.error("gate-form", message, (*here, "versus"), help)
        if gate.get("margin") is not None and "versus" not in given:
            yield context.error("gate-form", "margin belongs to versus", (*here, "margin"), "remove it, or add versus")


def _gates_have_arms(context: Context) -> Iterator[Diagnostic]:
    gates = context.entries("gates")
    if not gates:
        return
    if not isinstance(context.document.get("spec"), dict) or "evaluation" not in context.document.get("spec"):
        yield context.error(
            "gates-without-evaluation", "gates without an evaluation", ("spec", "gates"), "add evaluation:"
        )
        return
    kinds = arm_kinds(context)
    if "tuned" not in kinds:
        yield context.error("gates-without-tuned", "gates without a tuned arm", ("spec", "gates"), "add tuned to arms")
    for index, gate in gates:
        gate = gate if isinstance(gate, dict) else {}
        if gate.get("versus") == "best_prompted" and not kinds & {"prompted", "few_shot"}:
            help = "add {prompted: FILE} or {few_shot: N} to arms"
            message = "best_prompted without a prompted or few_shot arm"
            yield context.error("gate-without-arm", message, ("spec", "gates", index, "versus"), help)
        key = "min_delta" if gate.get("min_delta") is not None else "versus" if gate.get("versus") == "base" else None
        if key and "base" not in kinds:
            here = ("spec", "gates", index, key)
            yield context.error("gate-without-arm", "a gate against base without a base arm", here, "add base to arms")


def _promote_has_gates(context: Context) -> Iterator[Diagnostic]:
    promote = context.get("promote")
    if isinstance(promote, dict) and promote.get("when", "gates_pass") == "gates_pass" and not context.entries("gates"):
        message = "promotion when gates pass, but there is no gate"
        yield context.error("promote-without-gates", message, ("spec", "promote"), "add gates:, or say when: manual")


def _names(context: Context, key: str) -> list[str]:
    found = [entry.get("name") for _, entry in context.entries("evaluation", key) if isinstance(entry, dict)]
    return [name for name in found if isinstance(name, str)]


def _row(context: Context) -> ModelRow | None:
    return next((row for row in MODELS if row.name == context.get("model")), None)


RULES: tuple[Callable[[Context], Iterator[Diagnostic]], ...] = (
    _model_and_connection,
    _hyperparameters,
    _files,
    _schemas,
    _metric_names,
    _repeated_arms,
    _gate_forms,
    _gates_have_arms,
    _promote_has_gates,
)


def cross_check(context: Context) -> tuple[Diagnostic, ...]:
    """Every finding of every rule."""
    return tuple(finding for rule in RULES for finding in rule(context))
