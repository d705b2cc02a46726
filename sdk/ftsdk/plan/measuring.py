"""What planning needs to know of a spec's rows: counted once, kept by the hash of what was counted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from statistics import fmean

from ftsdk.data import (
    AnyRow,
    Dataset,
    LeakCertificate,
    Ledger,
    Message,
    as_chats,
    leak_certificate,
    ledger,
    training_file,
)
from ftsdk.data import with_system as with_prompt
from ftsdk.diagnostics import Diagnostic
from ftsdk.plan.changes import ROWS
from ftsdk.plan.estimate import CountTokens, arm_plans, evaluated_rows, evaluation_seconds, smallest_visible
from ftsdk.plan.findings import data_findings, evaluation_findings, leak_findings, validation_findings
from ftsdk.plan.value import ArmPlan
from ftsdk.prices import Interval
from ftsdk.spec import FineTune, SpecFile
from ftsdk.values import Value


class Measured(Value):
    """A spec's rows in figures. ``training_sha256`` is of the file that is uploaded, ``rows_sha256`` without a prompt.

    ``validation_sha256`` is of the file of validation rows that goes with it.

    ``answer_tokens`` is the average length of right answers, ``extra_rows`` the rows of suites, ``test_tokens`` the
    average length of a held-out prompt.
    """

    training_sha256: str
    rows_sha256: str
    train_rows: int
    ledger: Ledger
    leak: LeakCertificate | None
    arms: tuple[ArmPlan, ...]
    validation_tokens: int
    validation_rows: int
    validation_sha256: str | None
    answer_tokens: float
    extra_rows: int
    evaluation_seconds: Interval
    smallest_visible: tuple[float, float] | None
    inputs: dict[str, str]
    findings: tuple[Diagnostic, ...]


def measure(
    spec_file: SpecFile,
    train: Dataset[AnyRow],
    test: Dataset | None,
    suites: Mapping[str, Dataset],
    *,
    count_tokens: CountTokens,
    max_tokens: int,
    validation: Dataset[AnyRow] | None = None,
    ancestors: Sequence[Dataset[AnyRow]] = (),
    findings: Sequence[Diagnostic] = (),
) -> Measured:
    """The figures of the rows that ``spec_file`` names; ``findings`` are added to those found here.

    ``ancestors`` are the rows that the model which is trained further has learnt from.
    """
    rows = training_rows(spec_file.spec, train)
    evaluation = spec_file.spec.spec.evaluation
    leak = leak_certificate(train, test, validation=validation, ancestors=ancestors) if test else None
    arms = arm_plans(spec_file, as_chats(rows), test, count_tokens) if test else ()
    found = list(data_findings(spec_file, train, rows, count_tokens, max_tokens))
    if validation is not None:
        found += validation_findings(spec_file, validation, count_tokens, max_tokens)
    if test is not None and leak is not None:
        found += [*leak_findings(spec_file, train, test, leak), *evaluation_findings(spec_file, as_chats(rows), test)]
    return Measured(
        training_sha256=_sha256(training_file(rows, spec_file.system_prompt)),
        rows_sha256=_sha256(training_file(rows, None)),
        train_rows=len(rows),
        ledger=ledger(with_prompt(rows, spec_file.system_prompt), count_tokens, max_tokens),
        leak=leak,
        arms=arms,
        validation_tokens=_billed(spec_file, validation, count_tokens) if validation else 0,
        validation_rows=len(validation.rows) if validation else 0,
        validation_sha256=_sha256(training_file(validation.rows, spec_file.system_prompt)) if validation else None,
        answer_tokens=_answer_tokens(test, count_tokens),
        extra_rows=sum(len(suite.rows) for suite in suites.values()),
        evaluation_seconds=evaluation_seconds(arms, evaluation, test, suites, count_tokens)
        if evaluation and test
        else Interval(low=0, likely=0, high=0, unit="seconds"),
        smallest_visible=smallest_visible(evaluation, evaluated_rows(test, evaluation))
        if evaluation and test
        else None,
        inputs=_inputs(spec_file, test, suites, validation),
        findings=(*found, *findings),
    )


def compared_files(
    spec_file: SpecFile,
    train: Dataset[AnyRow],
    test: Dataset | None,
    suites: Mapping[str, Dataset],
    validation: Dataset[AnyRow] | None,
) -> dict[str, str]:
    """The files of a spec as plans compare them, by the sha256 of what counts in them; no token is counted."""
    rows = _sha256(training_file(training_rows(spec_file.spec, train), None))
    return {ROWS: rows, **_inputs(spec_file, test, suites, validation)}


def training_rows(spec: FineTune, train: Dataset[AnyRow]) -> tuple[AnyRow, ...]:
    """The rows that train: the first ``max_rows``, or all."""
    return train.rows[: spec.spec.dataset.max_rows]


def measured_key(spec_file: SpecFile, files: Mapping[str, str], counter: str, max_tokens: int) -> str:
    """The key under which figures are kept: of the files' content, of what the spec says of them, and of the counter.

    ``files`` maps the names in the spec to the sha256 of their content.
    """
    body = spec_file.spec.spec
    what = {
        "format": 4,
        "method": body.method.type,
        "seed": body.method.seed,  # sides are divided by it
        "path": spec_file.path,
        "sha256": spec_file.sha256,  # findings say where in the spec they are
        "dataset": body.dataset.model_dump(mode="json"),
        "evaluation": body.evaluation.model_dump(mode="json") if body.evaluation else None,
        "system_prompt": spec_file.system_prompt,
        "texts": spec_file.texts,
        "files": dict(files),
        "counter": counter,
        "max_tokens": max_tokens,
    }
    return _sha256(json.dumps(what, sort_keys=True, ensure_ascii=False).encode())


def _billed(spec_file: SpecFile, validation: Dataset[AnyRow], count: CountTokens) -> int:
    """The tokens of validation rows, each once, under the prompt that they are scored with."""
    return ledger(with_prompt(validation.rows, spec_file.system_prompt), count).input


def _answer_tokens(test: Dataset | None, count: CountTokens) -> float:
    if test is None or not test.rows:
        return 0.0
    return fmean(count((Message(role="assistant", content=row.answer),)) for row in test.rows)


def _inputs(
    spec_file: SpecFile, test: Dataset | None, suites: Mapping[str, Dataset], validation: Dataset[AnyRow] | None
) -> dict[str, str]:
    """What the digest says of files: held-out rows and suites by their bytes, texts by what they say."""
    found = {"evaluation.dataset": test.sha256} if test else {}
    found |= {"dataset.validation": validation.sha256} if validation else {}
    found |= {f"evaluation.suites.{name}": suite.sha256 for name, suite in suites.items()}
    return found | {f"texts.{name}": _sha256(text.encode()) for name, text in spec_file.texts.items()}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
