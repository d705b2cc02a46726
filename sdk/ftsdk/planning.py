"""A spec and the rows it names -> its plan and its training file, with what the store knows of earlier runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftsdk.catalogue import find_model
from ftsdk.data import load, training_file
from ftsdk.data.value import Dataset, Message
from ftsdk.diagnostics import Diagnostic
from ftsdk.plan import build_plan, resolve_hyperparameters, training_rows, with_attempt
from ftsdk.plan.findings import file_findings
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Estimator, FileRef, Provider, Resumable, TokenCounter
from ftsdk.runs.artefacts import Artefacts
from ftsdk.runs.store import Store
from ftsdk.spec import ProjectFile, SpecFile
from ftsdk.trainers.contract import Hyperparameters


@dataclass(frozen=True)
class Planning:
    """What a plan rests on besides the spec."""

    project_file: ProjectFile
    provider: Callable[[str], Provider]
    store: Store
    artefacts: Artefacts

    def plan(self, spec_file: SpecFile) -> tuple[Plan, bytes]:
        """The plan, and the training file that its order names by content; raises as `Workspace.plan` does."""
        spec_file.require_acted_on()
        body = spec_file.spec.spec
        train = rows_of(spec_file, body.dataset.train)
        rows = training_rows(spec_file.spec, train)
        test = rows_of(spec_file, body.evaluation.dataset) if body.evaluation else None
        validation = rows_of(spec_file, body.dataset.validation) if body.dataset.validation else None
        declared = body.evaluation.suites if body.evaluation else ()
        suites = {suite.name: rows_of(spec_file, suite.dataset) for suite in declared}
        provider = self.provider(body.connection)
        content = training_file(rows, spec_file.system_prompt)
        digest = hashlib.sha256(content).hexdigest()
        plan = build_plan(
            spec_file,
            train,
            test,
            suites,
            capabilities=provider.capabilities(body.model),
            hyperparameters=resolve_hyperparameters(body.method, find_model(body.model), place=spec_file.place),
            count_tokens=_token_counter(provider, body.model),
            seconds_for=provider.estimate_seconds if isinstance(provider, Estimator) else _unknown_seconds,
            known=self._known(),
            validation=validation,
            findings=(
                *file_findings(spec_file, _sha256),
                *_expected_answers(spec_file, test, suites, self.project_file.project.spec.policy.python_graders),
            ),
            policy=self.project_file.project.spec.policy,
            project=self.project_file.project.name,
            train_file=FileRef(path=str(self._training_path(digest)), sha256=digest, rows=len(rows)),
        )
        return self._next_attempt(plan, provider), content

    def _training_path(self, digest: str) -> Path:
        return self.artefacts.path(f"datasets/sha256/{digest}.jsonl")

    def _known(self) -> dict[str, str]:
        """Fingerprints that were trained, with the newest run that did."""
        return {row.fingerprint: row.id for row in reversed(self.store.runs()) if "result" in row.data}

    def _next_attempt(self, plan: Plan, provider: Provider) -> Plan:
        """A new operation key after a job was seen to fail, where the provider cannot go on with that job."""
        if isinstance(provider, Resumable):
            return plan
        rows = self.store.runs(plan.name)
        lost = sum(
            int(row.data.get("lost_jobs", 0)) + bool(row.data.get("job_failed"))
            for row in rows
            if row.fingerprint == plan.fingerprint
        )
        return with_attempt(plan, lost)


def with_training_file(plan: Plan, artefacts: Artefacts) -> Plan:
    """The plan with a training file of this host: its order names one of the disk that planned it."""
    path = artefacts.fetch(f"datasets/sha256/{plan.order.train.sha256}.jsonl")
    train = plan.order.train.model_copy(update={"path": str(path)})
    return plan.model_copy(update={"order": plan.order.model_copy(update={"train": train})})


class SpecFiles:
    """The files of a spec as they stand on disk."""

    def __init__(self, spec_file: SpecFile) -> None:
        self._spec_file = spec_file
        self.text = spec_file.text

    def dataset(self, name: str) -> Dataset:
        """Rows."""
        return rows_of(self._spec_file, name)


def rows_of(spec_file: SpecFile, relative: str) -> Dataset:
    """The rows of a file that the spec names, called in findings as people see it from the root."""
    path = spec_file.file(relative)
    return load(path, name=path.relative_to(spec_file.root).as_posix())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _expected_answers(
    spec_file: SpecFile, test: Dataset | None, suites: Mapping[str, Dataset], python: bool
) -> tuple[Diagnostic, ...]:
    """Held-out rows that could never be answered right, and metrics that cannot be built, told before training."""
    evaluation = spec_file.spec.spec.evaluation
    if evaluation is None or test is None:
        return ()
    from ftsdk.evals import build_graders, check_expected

    graders = build_graders(evaluation.metrics, spec_file.text, python=python)
    datasets = (test, *suites.values())
    return tuple(finding for dataset in datasets for finding in check_expected(dataset.rows, graders, dataset.path))


def _token_counter(provider: Provider, model: str) -> Callable[[Sequence[Message]], int]:
    return provider.token_counter(model) if isinstance(provider, TokenCounter) else _about_tokens


def _about_tokens(messages: Sequence[Message]) -> int:
    """English has about four bytes a token, and a chat template adds about four tokens a message."""
    return sum(len(message.content.encode()) // 4 + 4 for message in messages)


def _unknown_seconds(tokens: int, hyperparameters: Hyperparameters) -> tuple[float, float, float]:
    """A provider that tells nothing of time is given the field's usual range: minutes to hours."""
    return (300.0, 1800.0, 14400.0)
