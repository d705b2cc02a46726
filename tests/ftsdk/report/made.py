"""A realistic comparison, plan and run, made by hand: four arms, 64 rows, two metrics, JSON answers."""

from __future__ import annotations

import json
from decimal import Decimal
from math import exp
from random import Random
from typing import Any

from ftsdk.data.value import LeakCertificate, Ledger
from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.evals.value import (
    Arm,
    ArmKind,
    ArmSummary,
    Comparison,
    Contrast,
    Estimate,
    GateResult,
    RowResult,
    Score,
    SuiteResult,
)
from ftsdk.plan.value import ArmPlan, Interval, Plan, Step
from ftsdk.providers.base import FileRef, Order
from ftsdk.providers.inference import Answer, FinishReason, Usage
from ftsdk.runs.value import RunRow
from ftsdk.spec.model import FineTune
from ftsdk.trainers.contract import Hyperparameters, StepMetric

ARMS: tuple[tuple[str, ArmKind, float, float], ...] = (
    ("base", "base", 0.10, 0.30),
    ("prompted-long", "prompted", 0.35, 0.62),
    ("few-shot-12", "few_shot", 0.62, 0.90),
    ("tuned", "tuned", 0.94, 0.99),
)
FIELDS: dict[str, tuple[str, ...]] = {
    "category": ("billing", "login", "shipping", "refund"),
    "priority": ("low", "normal", "high"),
    "customer": ("Acme Ltd", "Nordwind", "Tanaka KK"),
    "refund_due": ("yes", "no"),
}
TICKETS = (
    "hi, my {category} thing is broken AGAIN since tuesday, pls fix asap!! - {customer}",
    "Dear team, we kindly ask about our {category} request. Regards, {customer}",
    "{customer} here. {category}??? third time i write this. want my money back",
)


def answer(text: str, *, finish: FinishReason = "stop", error: str | None = None, tokens: int = 180) -> Answer:
    """One answer that took about as long as the embedded engine takes."""
    usage = Usage(prompt_tokens=tokens, completion_tokens=max(1, len(text) // 4))
    return Answer(text=text, usage=usage, latency=0.42, finish_reason=finish, error=error)


def graded(expected: dict[str, str], text: str) -> dict[str, Score]:
    """Field accuracy and validity of one answer."""
    try:
        got: Any = json.loads(text)
    except ValueError:
        return {
            "fields": Score(value=0, detail="not JSON", parts=dict.fromkeys(expected, 0.0)),
            "valid": Score(value=0),
        }
    parts = {name: float(got.get(name) == value) for name, value in expected.items()}
    wrong = ", ".join(name for name, right in parts.items() if not right)
    return {
        "fields": Score(value=sum(parts.values()) / len(parts), detail=f"wrong: {wrong}" if wrong else "", parts=parts),
        "valid": Score(value=1),
    }


def make_row(index: int, chance: Random) -> RowResult:
    """One ticket answered by every arm, each as good as its arm usually is."""
    expected = {name: chance.choice(values) for name, values in FIELDS.items()}
    answers = {}
    for arm, kind, right, valid in ARMS:
        got = {
            name: value if chance.random() < right else chance.choice(FIELDS[name]) for name, value in expected.items()
        }
        text = (
            json.dumps(got)
            if chance.random() < valid
            else "Sure! Here is the ticket as JSON: {category: " + got["category"]
        )
        answers[arm] = answer(
            text, finish="stop" if text.endswith("}") else "length", tokens=900 if kind == "few_shot" else 180
        )
    if index == 7:
        answers["base"] = answer("", finish="error", error="the connection was closed")
    return RowResult(
        id=f"line-{index + 1}",
        group=f"template-{index % 3}",
        prompt=chance.choice(TICKETS).format(**expected),
        expected=json.dumps(expected),
        answers=answers,
        scores={arm: graded(expected, reply.text) for arm, reply in answers.items()},
    )


def estimate(value: float, half: float = 0.06) -> Estimate:
    """An estimate with a plausible interval."""
    return Estimate(
        value=value, low=max(-1, value - half), high=min(1, value + half), confidence=0.95, method="paired t"
    )


def summary(arm: str, kind: ArmKind, rows: tuple[RowResult, ...]) -> ArmSummary:
    """The mean of one arm's scores."""
    scores = [row.scores[arm] for row in rows]
    return ArmSummary(
        arm=Arm(name=arm, kind=kind, model="smollm2-135m-instruct"),
        metrics={
            name: estimate(sum(score[name].value for score in scores) / len(scores)) for name in ("fields", "valid")
        },
        parts={"fields": {f: sum(score["fields"].parts[f] for score in scores) / len(scores) for f in FIELDS}},
        rows=len(rows),
        failures=sum(row.answers[arm].error is not None for row in rows),
        truncated=sum(row.answers[arm].finish_reason == "length" for row in rows),
        prompt_tokens=sum(row.answers[arm].usage.prompt_tokens for row in rows) / len(rows),
        completion_tokens=sum(row.answers[arm].usage.completion_tokens for row in rows) / len(rows),
        latency=0.42,
    )


def contrast(second: str, rows: tuple[RowResult, ...], primary: bool = False) -> Contrast:
    """Tuned against another arm on field accuracy."""
    margins = [row.scores["tuned"]["fields"].value - row.scores[second]["fields"].value for row in rows]
    return Contrast(
        metric="fields",
        first="tuned",
        second=second,
        difference=estimate(sum(margins) / len(margins), 0.07),
        p_value=0.00004,
        test="sign-flip permutation",
        wins=sum(margin > 0 for margin in margins),
        losses=sum(margin < 0 for margin in margins),
        ties=sum(margin == 0 for margin in margins),
        verdict="better",
        primary=primary,
    )


def make_comparison(rows: int = 64, **changes: Any) -> Comparison:
    """The whole comparison; ``changes`` replace fields."""
    chance = Random(7)
    results = tuple(make_row(index, chance) for index in range(rows))
    arms = tuple(summary(name, kind, results) for name, kind, _, _ in ARMS)
    contrasts = (
        contrast("few-shot-12", results, primary=True),
        contrast("prompted-long", results),
        contrast("base", results),
    )
    gain = 100 * contrasts[0].difference.value
    values = {
        "name": "tickets",
        "headline": f"tuned is better than few-shot-12 by {gain:.1f} points on fields (95 % interval "
        f"{gain - 7:.1f} to {gain + 7:.1f}, 64 rows)",
        "verdict": "better",
        "primary_metric": "fields",
        "primary": contrasts[0],
        "arms": arms,
        "contrasts": contrasts,
        "gates": (
            GateResult(
                text="fields: tuned above best_prompted", outcome="passed", detail="the whole interval is above 0"
            ),
            GateResult(text="valid at least 0.99", outcome="cannot tell", detail="98.4 %, interval 91.7 to 99.7"),
        ),
        "rows": results,
        "suites": (SuiteResult(name="not-english", rows=24, arms=arms),),
        "sampled_from": 220,
        "smallest_visible": 9.0,
        "infrastructure_failures": 1 / 256,
        "held_out": True,
        "notes": ("constrained decoding alone would give valid JSON; what training buys here is the mapping rules",),
    }
    return Comparison(**{**values, **changes})


def make_metrics(steps: int = 160) -> tuple[StepMetric, ...]:
    """A loss that falls with noise."""
    chance = Random(1)
    return tuple(
        StepMetric(
            step=step,
            steps=steps,
            epoch=2 * step / steps,
            loss=0.08 + 2.2 * exp(-step / 18) + abs(chance.gauss(0, 0.05)),
            learning_rate=0.003,
            grad_norm=1.0,
            tokens=900,
            trained_tokens=200,
            seconds=0.6,
            at=1_790_000_000.0 + step,
        )
        for step in range(1, steps + 1)
    )


def make_plan(**changes: Any) -> Plan:
    """The plan of the same spec."""
    spec = FineTune.model_validate(
        {
            "apiVersion": "ftsdk/v1",
            "kind": "FineTune",
            "metadata": {"name": "tickets"},
            "spec": {"model": "smollm2-135m-instruct", "dataset": {"train": "data/train.jsonl"}},
        }
    )
    numbers = Hyperparameters(rank=16, alpha=32, layers=10, epochs=2, batch_size=4, learning_rate=0.003)
    order = Order(
        key="k1",
        name="tickets",
        model="smollm2-135m-instruct",
        method="sft",
        hyperparameters=numbers,
        train=FileRef(path="data/train.jsonl", sha256="0" * 64, rows=320),
        system_prompt="Turn the ticket into JSON.",
        max_tokens=256,
    )
    values = {
        "name": "tickets",
        "spec_path": "specs/tickets/tickets.yaml",
        "change": "train",
        "why": "nothing was trained from this data, model and method yet",
        "fingerprint": "4f" * 32,
        "digest": "a1" * 32,
        "spec": spec,
        "order": order,
        "train_rows": 320,
        "ledger": Ledger(
            rows=320, input=48_000, trained=14_400, masked=33_000, truncated=0, dropped=0, padding=600, longest=201
        ),
        "leak": LeakCertificate(
            train_sha256="0" * 64, test_sha256="1" * 64, method="normalised", exact=0, shared_groups=()
        ),
        "arms": tuple(ArmPlan(name=name, rows=64, prompt_tokens=180) for name, *_ in ARMS),
        "steps": (
            Step(phase="train", text="train 320 rows for 2 epochs (160 steps) on this machine"),
            Step(phase="evaluate", text="ask 4 arms 64 held-out questions each"),
            Step(phase="promote", text="point tickets@production at it if every gate passes"),
        ),
        "seconds": Interval(low=130, likely=180, high=300, unit="s"),
        "usd": Interval(low=0, likely=0, high=0, unit="usd"),
        "max_usd": Decimal("5"),
        "smallest_visible": (13.0, 21.0),
        "findings": (
            Diagnostic(
                code="data/few-rows",
                severity=Severity.warning,
                message="64 test rows show only large gains",
                place=Place(file="specs/tickets/tickets.yaml", line=12, column=5),
                help="add rows to data/test.jsonl, or raise evaluation.max_rows",
            ),
        ),
    }
    return Plan(**{**values, **changes})


def make_run(**changes: Any) -> RunRow:
    """A run in the middle of training."""
    values = {
        "id": "tickets-7f3a",
        "name": "tickets",
        "fingerprint": "4f" * 32,
        "digest": "a1" * 32,
        "phase": "train",
        "data": {"job": "local-4f4f", "file": "0000"},
        "failure": None,
        "created_at": 1_790_000_000.0,
        "updated_at": 1_790_000_065.0,
        "cancel_requested": False,
        "owner": "host-1",
        "lease_until": 1_790_000_080.0,
        "fence": 1,
        "pause_requested": False,
        "requested_by": "cli:dana@example",
        "team": None,
    }
    return RunRow(**{**values, **changes})
