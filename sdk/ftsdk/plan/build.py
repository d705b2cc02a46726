"""A spec and its data to a plan: pure, spends nothing; the same inputs give the same fingerprint and digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from ftsdk.catalogue import ModelRow, find_model
from ftsdk.data import Dataset, LeakCertificate, Ledger, Row, leak_certificate, ledger, training_file, with_system
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import PlanStale
from ftsdk.plan.estimate import (
    CountTokens,
    arm_plans,
    evaluated_rows,
    evaluation_seconds,
    smallest_visible,
    training_seconds,
)  # fmt: skip
from ftsdk.plan.findings import budget_findings, data_findings, evaluation_findings, leak_findings
from ftsdk.plan.identity import digest, fingerprint, operation_key
from ftsdk.plan.steps import steps, why
from ftsdk.plan.value import ArmPlan, Plan
from ftsdk.prices import Interval, training_cost
from ftsdk.providers.base import Capabilities, FileRef, Order
from ftsdk.spec import FineTune, SpecFile
from ftsdk.spec.policy import Policy
from ftsdk.trainers.contract import Hyperparameters


def build_plan(
    spec_file: SpecFile,
    train: Dataset,
    test: Dataset | None,
    suites: Mapping[str, Dataset],
    *,
    capabilities: Capabilities,
    hyperparameters: Hyperparameters,
    count_tokens: CountTokens,
    seconds_for: Callable[[int, Hyperparameters], tuple[float, float, float]],
    known: Mapping[str, str],
    train_file: FileRef,
    policy: Policy,
    project: str = "",
    validation: Dataset | None = None,
    findings: Sequence[Diagnostic] = (),
) -> Plan:
    """What applying ``spec_file`` would do; errors are among its findings, and a plan with errors must not be applied.

    ``known`` maps fingerprints to the finished runs that trained them; ``train_file`` is the exported training file;
    ``policy`` is the project's, because a plan that was agreed to under other rules is another plan;
    ``project`` is the project's name, part of the job's key.
    Raises PlanStale when that file is not what the rows export to, ModelMissing for a model outside the catalogue.
    """
    body = spec_file.spec.spec
    row, rows = find_model(body.model), training_rows(spec_file.spec, train)
    _require_same_file(train_file, rows, spec_file.system_prompt)
    tokens = ledger(with_system(rows, spec_file.system_prompt), count_tokens, capabilities.context_tokens)
    trains = fingerprint(spec_file, row, hyperparameters, rows)
    reused = known.get(trains)
    usd = _cost(row, tokens, hyperparameters, reused)
    leak = leak_certificate(train, test, validation=validation) if test else None
    arms = arm_plans(spec_file, rows, test, count_tokens) if test else ()
    order = _order(spec_file, project, trains, hyperparameters, train_file, capabilities)
    return Plan(
        name=spec_file.spec.metadata.name,
        spec_path=spec_file.path,
        change="reuse" if reused else "train",
        why=why(reused),
        fingerprint=trains,
        digest=digest(trains, spec_file, test, suites, usd.high, policy),
        spec=spec_file.spec,
        order=order,
        train_rows=len(rows),
        ledger=tokens,
        leak=leak,
        arms=arms,
        steps=steps(spec_file, order, tokens, arms, suites, usd, reused),
        seconds=_seconds(spec_file, tokens, hyperparameters, seconds_for, reused)
        + _evaluation_seconds(spec_file, arms, test, suites, count_tokens),
        usd=usd,
        max_usd=body.budget.max_usd,
        smallest_visible=_visible(spec_file, test),
        findings=(
            *_findings(spec_file, train, test, leak, rows, count_tokens, capabilities, usd),
            *findings,
        ),
        reuses_run=reused,
    )


def training_rows(spec: FineTune, train: Dataset) -> tuple[Row, ...]:
    """The rows that train: the first ``max_rows``, or all."""
    return train.rows[: spec.spec.dataset.max_rows]


def _order(
    spec_file: SpecFile,
    project: str,
    trains: str,
    hyperparameters: Hyperparameters,
    train_file: FileRef,
    capabilities: Capabilities,
) -> Order:
    name, body = spec_file.spec.metadata.name, spec_file.spec.spec
    return Order(
        key=operation_key(project, name, trains),
        name=name,
        model=body.model,
        method=body.method.type,
        hyperparameters=hyperparameters,
        train=train_file,
        system_prompt=spec_file.system_prompt,
        max_tokens=capabilities.context_tokens,
    )


def _require_same_file(train_file: FileRef, rows: Sequence[Row], system_prompt: str | None) -> None:
    if hashlib.sha256(training_file(rows, system_prompt)).hexdigest() != train_file.sha256:
        help = "export the rows again with ftsdk.data.training_file, then plan again"
        raise PlanStale("the training file is not what the spec and its rows export to; nothing was spent", help=help)


def _cost(row: ModelRow, tokens: Ledger, hyperparameters: Hyperparameters, reused: str | None) -> Interval:
    return training_cost(0 if reused else tokens.input * hyperparameters.epochs, row)


def _seconds(
    spec_file: SpecFile,
    tokens: Ledger,
    hyperparameters: Hyperparameters,
    seconds_for: Callable[[int, Hyperparameters], tuple[float, float, float]],
    reused: str | None,
) -> Interval:
    if reused:
        return training_seconds((0.0, 0.0, 0.0))
    return training_seconds(seconds_for(tokens.input * hyperparameters.epochs, hyperparameters))


def _evaluation_seconds(
    spec_file: SpecFile,
    arms: Sequence[ArmPlan],
    test: Dataset | None,
    suites: Mapping[str, Dataset],
    count_tokens: CountTokens,
) -> Interval:
    evaluation = spec_file.spec.spec.evaluation
    if evaluation is None or test is None:
        return training_seconds((0.0, 0.0, 0.0))
    return evaluation_seconds(arms, evaluation, test, suites, count_tokens)


def _visible(spec_file: SpecFile, test: Dataset | None) -> tuple[float, float] | None:
    evaluation = spec_file.spec.spec.evaluation
    return smallest_visible(evaluation, evaluated_rows(test, evaluation)) if evaluation and test else None


def _findings(
    spec_file: SpecFile,
    train: Dataset,
    test: Dataset | None,
    leak: LeakCertificate | None,
    rows: Sequence[Row],
    count_tokens: CountTokens,
    capabilities: Capabilities,
    usd: Interval,
) -> Iterator[Diagnostic]:
    yield from data_findings(spec_file, train, rows, count_tokens, capabilities.context_tokens)
    if test is not None and leak is not None:
        yield from leak_findings(spec_file, train, test, leak)
        yield from evaluation_findings(spec_file, rows, test)
    yield from budget_findings(spec_file, usd)
