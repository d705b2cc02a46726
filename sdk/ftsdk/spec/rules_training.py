"""Rules on what trains: the model and its connection, the method and its numbers, the rows and how they are divided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ftsdk.catalogue import MODELS
from ftsdk.diagnostics import Diagnostic
from ftsdk.spec.context import Context
from ftsdk.spec.limits import beyond_kind, beyond_limits
from ftsdk.spec.places import warning
from ftsdk.spec.suggest import did_you_mean
from ftsdk.spec.training_data import TEST_SPLIT

_DPO, _RFT = ("dpo",), ("rft",)
# Keys of `method` that mean something with some methods only.
ONLY_WITH: dict[str, tuple[str, ...]] = {
    "train_on_inputs": ("sft",), "beta": _DPO, "rpo_alpha": _DPO, "simpo_gamma": _DPO, "length_normalized": _DPO,
    "grader": _RFT, "reasoning_effort": _RFT, "compute_multiplier": _RFT, "eval_interval": _RFT, "eval_samples": _RFT,
    "samples_per_prompt": _RFT, "max_prompt_tokens": _RFT, "max_answer_tokens": _RFT,
}  # fmt: skip
FORMATS = {"sft": "chat", "dpo": "preference", "rft": "graded"}


def model_and_connection(context: Context) -> Iterator[Diagnostic]:
    """The connection is one of the project's and trains the model."""
    model, connection = context.get("model"), context.get("connection") or "local"
    declared = context.project.spec.connections
    yield from context.unnamed(
        "unknown-connection", "no such connection in ftsdk.yaml:", connection, declared, ("spec", "connection"),
        "connections of ftsdk.yaml",
    )  # fmt: skip
    kind, row = context.connection_kind() if isinstance(connection, str) else None, context.model_row()
    if isinstance(model, str) and row is None and kind is not None:
        yield from _unknown_model(context, model, kind)
    if row is not None and kind is not None and kind.split()[0] != row.connection_type:
        message = f"connection '{connection}' is of type {kind}, which does not train {row.name}"
        yield context.error("wrong-connection", message, ("spec", "connection"), f"it needs type {row.connection_type}")


def _unknown_model(context: Context, model: str, kind: str) -> Iterator[Diagnostic]:
    """The embedded engine trains what the catalogue has; of a hosted provider it may not know the newest yet."""
    embedded = [one.name for one in MODELS if one.connection_type == kind]
    if embedded and not _brings_model(context):
        help = did_you_mean(model, embedded, "models known here")
        yield context.error("unknown-model", f"no model '{model[:80]}' in the catalogue", ("spec", "model"), help)
    if kind in ("local", "local torch"):
        return
    from ftsdk.catalogue import routes  # a table that other connections do not need

    hosted = [route for route in routes() if route.provider == kind]
    names = list(dict.fromkeys(name for route in hosted for name in route.models))
    # Where names are prose ("open models"), nothing can be compared; a dated or tuned name goes on after a known one.
    plain = model.removeprefix("ft:")
    known = any(plain == name or plain.startswith((f"{name}-20", f"{name}:")) for name in names)
    if names and not known and not any(" " in name for name in names):
        message = f"no model '{model[:80]}' is known to be trained by {kind}, as of {hosted[0].as_of}"
        help = did_you_mean(model, names, "models known there")
        yield warning("spec/unknown-model", message, context.place(("spec", "model")), help)


def _brings_model(context: Context) -> bool:
    """Whether the connection names a model file of its own."""
    connection = context.get("connection") or "local"
    declared = context.project.spec.connections.get(connection) if isinstance(connection, str) else None
    return getattr(declared, "model_path", None) is not None


def hyperparameters(context: Context) -> Iterator[Diagnostic]:
    """Every number is one that the model and the connection take."""
    row, method = context.model_row(), context.get("method")
    if not isinstance(method, dict):
        return
    kind = context.connection_kind()
    found = list(beyond_kind(method, kind)) if kind is not None else []
    told = {limit.path for limit in found}
    found += [limit for limit in beyond_limits(method, row) if limit.path not in told] if row is not None else []
    for limit in found:
        yield context.error("hyperparameter", limit.message, ("spec", "method", *limit.path), limit.help)


def method_keys(context: Context) -> Iterator[Diagnostic]:
    """Keys of one method are not given to another, and none contradicts another."""
    method = context.get("method")
    if not isinstance(method, dict):
        return
    wanted = context.method()
    here = ("spec", "method")
    for key, methods in ONLY_WITH.items():
        if _given(method, key) and wanted in FORMATS and wanted not in methods:
            message = f"{key} means something with {methods[0]} only, and the method is {wanted}"
            yield context.error("wrong-method", message, (*here, key), f"remove it, or write type: {methods[0]}")
    if wanted == "rft" and not _given(method, "grader"):
        help = "add grader: with type string_check, text_similarity, score_model, python, multi or lambda"
        yield context.error("rft-without-grader", "rft without a grader", here, help)
    if _given(method, "learning_rate") and _given(method, "learning_rate_multiplier"):
        message = "a learning rate and a multiplier of it"
        yield context.error(
            "two-rates", message, (*here, "learning_rate_multiplier"), "keep the one the provider takes"
        )
    yield from _adapter_keys(context, method.get("adapter"))


def _adapter_keys(context: Context, adapter: Any) -> Iterator[Diagnostic]:
    if not isinstance(adapter, dict) or adapter.get("type") != "none":
        return
    for key in ("rank", "alpha", "dropout", "layers", "modules"):
        if _given(adapter, key):
            here = ("spec", "method", "adapter", key)
            yield context.error("wrong-method", f"{key} without an adapter", here, "remove it, or write type: lora")


def _given(mapping: dict[str, Any], key: str) -> bool:
    return mapping.get(key) not in (None, "auto", False)


def rows(context: Context) -> Iterator[Diagnostic]:
    """The rows have the method's shape and are divided in one way."""
    method, dataset, wanted = context.get("method"), context.get("dataset"), context.method()
    shape = context.get("dataset", "format")
    if shape in FORMATS.values() and wanted in FORMATS and shape != FORMATS[wanted]:
        message = f"rows of format {shape}, but {wanted} learns from {FORMATS[wanted]}"
        yield context.error("wrong-format", message, ("spec", "dataset", "format"), "write auto, or change the method")
    splits = context.get("dataset", "splits")
    if isinstance(dataset, dict) and isinstance(splits, dict):
        yield from _splits(context, dataset, splits)
    if context.get("evaluation", "dataset") == TEST_SPLIT and not context.has("dataset", "splits", "test"):
        help = "add dataset.splits.test, for example 0.2, or name a file"
        yield context.error("no-test-split", "there is no test split", ("spec", "evaluation", "dataset"), help)
    if isinstance(method, dict) and _given(method, "early_stopping") and not _has_validation(context):
        message = "early stopping without validation rows"
        help = "add dataset.validation, or dataset.splits.validation"
        yield context.error("early-stopping", message, ("spec", "method", "early_stopping"), help)


def _has_validation(context: Context) -> bool:
    return context.has("dataset", "validation") or context.has("dataset", "splits", "validation")


def _splits(context: Context, dataset: dict[str, Any], splits: dict[str, Any]) -> Iterator[Diagnostic]:
    here = ("spec", "dataset", "splits")
    shares = [splits.get(part) for part in ("validation", "test")]
    if shares == [None, None]:
        message = "splits without a share"
        yield context.error("splits", message, here, "add validation: or test:, for example 0.1")
    fitting = [share for share in shares if isinstance(share, float) and 0 < share < 1]  # others are told by their type
    if sum(fitting) >= 1:
        message = "validation and test together leave nothing to train on"
        yield context.error("splits", message, here, "shares of 0.1 each are usual")
    if splits.get("validation") is not None and dataset.get("validation") is not None:
        message = "validation rows from a file and from a split"
        yield context.error("splits", message, (*here, "validation"), "keep one of them")
    if splits.get("time_by") is not None and splits.get("stratify_by") is not None:
        message = "a split by time cannot also keep shares equal"
        yield context.error("splits", message, (*here, "stratify_by"), "keep one of them")


RULES: tuple[Callable[[Context], Iterator[Diagnostic]], ...] = (
    model_and_connection,
    hyperparameters,
    method_keys,
    rows,
)
