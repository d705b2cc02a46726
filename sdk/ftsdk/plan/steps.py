"""A plan in plain words: what apply would do, in order."""

from __future__ import annotations

from collections.abc import Iterator

from ftsdk.data import Ledger
from ftsdk.plan.measuring import Measured
from ftsdk.plan.value import Step
from ftsdk.prices import Interval, cost_words
from ftsdk.providers.base import Order
from ftsdk.spec import SpecFile
from ftsdk.spec.model import Gate


def steps(spec_file: SpecFile, order: Order, measured: Measured, usd: Interval, reused: str | None) -> tuple[Step, ...]:
    """Everything that apply would do."""
    body, arms = spec_file.spec.spec, measured.arms
    found = list(_training_steps(order, measured.ledger, usd, reused))
    if arms:
        names = ", ".join(arm.name for arm in arms)
        suites = [suite.name for suite in body.evaluation.suites] if body.evaluation else []
        apart = f", and {', '.join(suites)} apart" if suites else ""
        found.append(Step(phase="evaluate", text=f"answer {arms[0].rows} held-out rows as {names}{apart}, and compare"))
    found += [Step(phase="gate", text=f"require that {gate_words(gate)}") for gate in body.gates]
    if body.promote is not None:
        when = "if every gate passes" if body.promote.when == "gates_pass" else "when somebody says so"
        text = f"point {order.name}@{body.promote.alias} at the tuned model {when}"
        found.append(Step(phase="promote", text=text))
    return tuple(found)


def why(reused: str | None) -> str:
    """Why the plan trains, or does not."""
    if reused:
        return f"the same training was done by run {reused}; its model is used again"
    return "no finished run has trained this model with these rows, prompt and hyperparameters"


def gate_words(gate: Gate) -> str:
    """A gate as a condition."""
    if gate.versus is not None:
        against = "the best prompted arm" if gate.versus == "best_prompted" else "base"
        if gate.margin:
            points = f"{100 * gate.margin:g} points"
            return f"{gate.metric} is at most {points} below {against} ({gate.confidence:.0%} interval)"
        return f"{gate.metric} is better than {against} ({gate.confidence:.0%} interval above 0)"
    if gate.min_delta is not None:
        return f"{gate.metric} is at least {100 * gate.min_delta:g} points above base"
    return f"{gate.metric} is at least {gate.min or 0:g}"


def _training_steps(order: Order, tokens: Ledger, usd: Interval, reused: str | None) -> Iterator[Step]:
    if reused:
        yield Step(phase="collect", text=f"take the model that run {reused} trained; costs nothing")
        return
    yield Step(phase="check", text=f"check {order.train.rows:,} training rows ({tokens.input:,} tokens)")
    yield Step(phase="upload", text=f"bring the training file {order.train.sha256[:12]} to the provider")
    yield Step(phase="train", text=f"train {order.model} {_training_words(order, tokens)}; {cost_words(usd)}")


def _training_words(order: Order, tokens: Ledger) -> str:
    """How, for how long and over how many tokens; what the provider decides is said to be its."""
    numbers, epochs = order.hyperparameters, order.epochs
    adapter = f", LoRA rank {numbers.rank} on {numbers.layers} layers" if numbers is not None else ""
    if epochs is None:
        return f"({order.method}) for as many epochs as the provider chooses, {tokens.input:,} tokens each"
    plural = "" if epochs == 1 else "s"
    return f"({order.method}{adapter}) for {epochs} epoch{plural}, {tokens.input * epochs:,} tokens"
