"""A spec, its rows and a snapshot -> its plan; what was counted once is kept by what it was counted of."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.catalogue import model_row
from ftsdk.data import load
from ftsdk.data.value import AnyRow, Dataset, Message
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import PolicyDenied, ProviderError
from ftsdk.fetched import remote_findings
from ftsdk.kept import Kept
from ftsdk.lineage import ancestor_files
from ftsdk.observing import Observer, Sources
from ftsdk.plan import build_plan, last_of, measure, measured_key, needs, resolve_hyperparameters, with_attempt
from ftsdk.plan.changes import ROWS
from ftsdk.plan.findings import file_findings
from ftsdk.plan.measuring import Measured, compared_files
from ftsdk.plan.snapshot import Last, Seen, Snapshot
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Capabilities, Estimator, FileRef, Provider, TokenCounter
from ftsdk.rows import data_files, datasets, rows_without_prompt, training_content, validation_rows
from ftsdk.spec import SpecFile
from ftsdk.spec.places import error, warning
from ftsdk.trainers.contract import Hyperparameters

if TYPE_CHECKING:
    from ftsdk.runs.artefacts import Artefacts


class Planning:
    """The plans of one project."""

    def __init__(self, sources: Sources) -> None:
        self._project_file, self._provider, self._store, self._artefacts = sources
        self.observer = Observer(sources)
        self.kept = Kept(sources.project_file.root / ".ftsdk" / "cache")

    def plan(self, spec_file: SpecFile, snapshot: Snapshot | None = None, before: Last | None = None) -> Plan:
        """The plan of a spec as ``snapshot`` saw the world, which is looked at now when there is none."""
        spec_file.require_acted_on()
        seen = snapshot or self.observer.observe([spec_file])
        plan = self._plan(spec_file, seen, before)
        if seen.state is None:
            return plan
        return with_attempt(plan, seen.state.attempts.get(plan.name, {}).get(plan.fingerprint, 0))

    def _plan(self, spec_file: SpecFile, snapshot: Snapshot, before: Last | None) -> Plan:
        """The plan of a spec as ``snapshot`` saw the world; reads files and no network, spends nothing.

        Raises SpecError with every finding of the spec and its data, ModelMissing when the model is not at hand.
        """
        body = spec_file.spec.spec
        seen = snapshot.seen(body.connection, body.model)
        capabilities = (seen.capabilities if seen else None) or _from_catalogue(
            body.model, self.observer.kind(body.connection)
        )
        remote = remote_findings(spec_file, snapshot)
        measured = self._measured(spec_file, capabilities)
        last = last_of(spec_file, snapshot) or before
        plan = build_plan(
            spec_file,
            measured,
            snapshot,
            capabilities=capabilities,
            hyperparameters=resolve_hyperparameters(
                body.method, model_row(body.model, self.observer.kind(body.connection)), place=spec_file.place
            ),
            seconds_for=self._seconds_for(body.connection),
            train_file=self._kept_file(measured.training_sha256, measured.train_rows),
            validation_file=self._kept_file(measured.validation_sha256, measured.validation_rows)
            if measured.validation_sha256
            else None,
            project_file=self._project_file,
            row_notes=self._row_notes(spec_file, measured, last),
            before=before,
            findings=(*_unseen(spec_file, seen), *remote),
        )
        return self._with_needs(plan, spec_file)

    def _ancestors(self, base: str | None) -> tuple[Path, ...]:
        """All rows that the model which is trained further has learnt from: it is not tested with one of them."""
        return () if base is None else ancestor_files(base, self._store(), self._artefacts())

    def _kept_file(self, sha256: str, rows: int) -> FileRef:
        """A file of rows where a run that starts puts it."""
        return FileRef(path=str(self._artefacts().path(f"datasets/sha256/{sha256}.jsonl")), sha256=sha256, rows=rows)

    def inputs_of(self, spec_file: SpecFile) -> dict[str, str]:
        """The files that a spec names as plans compare them, without counting tokens."""
        train, test, suites = datasets(spec_file)
        inputs = compared_files(spec_file, train, test, suites, validation_rows(spec_file))
        self.kept.write_text(
            "rows-of", inputs[ROWS], "\n".join(_row_hashes(training_content(spec_file), spec_file.system_prompt))
        )
        return inputs

    def _with_needs(self, plan: Plan, spec_file: SpecFile) -> Plan:
        try:
            return plan.model_copy(update={"needs": needs(plan, self._project_file.project)})
        except PolicyDenied as denied:
            finding = error("policy/denied", denied.message, spec_file.place("spec"), denied.help)
            return plan.model_copy(update={"findings": (*plan.findings, finding)})

    def _measured(self, spec_file: SpecFile, capabilities: Capabilities) -> Measured:
        body = spec_file.spec.spec
        files = {name: self.kept.sha256(spec_file.file(name)) for name in data_files(spec_file)}
        counter = f"{self.observer.kind(body.connection)} {body.model}"
        learnt = self._ancestors(body.continue_from)
        files |= {f"{body.continue_from} ({number})": self.kept.sha256(path) for number, path in enumerate(learnt, 1)}
        key = measured_key(spec_file, files, counter, capabilities.context_tokens)
        found = self.kept.read("measured", key, Measured)
        if found is None:
            count = _token_counter(self._counting_provider(body.connection), body.model)
            train, test, suites = datasets(spec_file)
            told = (
                *file_findings(spec_file, self.kept.sha256),
                *_expected_answers(spec_file, test, suites, self._project_file.project.spec.policy.python_graders),
            )
            before = [
                load(path, name=f"the rows of {body.continue_from} ({number})", method=None)
                for number, path in enumerate(learnt, 1)
            ]
            found = _measure(spec_file, train, test, suites, count, capabilities.context_tokens, told, before)
            self.kept.write("measured", key, found)
        return found

    def _counting_provider(self, connection: str) -> Provider | None:
        """Who counts tokens exactly; nobody where the account cannot be reached."""
        try:
            return self._provider(connection)
        except ProviderError:
            return None

    def _seconds_for(self, connection: str) -> Callable[[int, Hyperparameters], tuple[float, float, float]]:
        provider = self._counting_provider(connection)
        return provider.estimate_seconds if isinstance(provider, Estimator) else _unknown_seconds

    def _row_notes(self, spec_file: SpecFile, measured: Measured, last: Last | None) -> dict[str, str]:
        """How many training rows came and went, where the rows that it is compared with are still known."""
        if last is None or last.inputs.get(ROWS) == measured.rows_sha256 or ROWS not in last.inputs:
            return {}
        key = f"{last.inputs[ROWS]}-{measured.rows_sha256}"
        note = self.kept.read_text("rows", key)
        if note is None:
            before = self._rows_before(last)
            if before is None:
                return {}
            after = Counter(_row_hashes(training_content(spec_file), spec_file.system_prompt))
            added, removed = (after - before).total(), (before - after).total()
            note = f"+{added:,} -{removed:,} rows"
            self.kept.write_text("rows", key, note)
        return {ROWS: note}

    def _rows_before(self, last: Last) -> Counter[str] | None:
        """The rows of a run by their hashes, from the file that it sent; of a revision as they were kept."""
        if not last.training_sha256:
            text = self.kept.read_text("rows-of", last.inputs[ROWS])
            return None if text is None else Counter(text.split())
        old = self._artefacts().get(f"datasets/sha256/{last.training_sha256}.jsonl")
        return None if old is None else Counter(_row_hashes(old, last.system_prompt))


def _row_hashes(content: bytes, prompt: str | None) -> Iterator[str]:
    """A hash of each row of an exported file, without the system prompt that its spec put first."""
    for row in rows_without_prompt(content, prompt).elements():
        yield hashlib.sha256(row.encode()).hexdigest()[:16]


def with_training_file(plan: Plan, artefacts: Artefacts) -> Plan:
    """The plan with the order's files of this host: it names those of the disk that planned it."""

    def here(file: FileRef) -> FileRef:
        return file.model_copy(update={"path": str(artefacts.fetch(f"datasets/sha256/{file.sha256}.jsonl"))})

    order = plan.order
    files = {"train": here(order.train), "validation": here(order.validation) if order.validation else None}
    return plan.model_copy(update={"order": order.model_copy(update=files)})


def _unseen(spec_file: SpecFile, seen: Seen | None) -> tuple[Diagnostic, ...]:
    """That nobody could be asked about the model, at the connection's name."""
    if seen is not None and seen.capabilities is not None:
        return ()
    why = seen.error if seen is not None else "the snapshot has not seen it"
    help = "limits and dates are those of the catalogue; plan again once the connection answers"
    return (
        warning("plan/not-observed", f"the provider was not asked: {why}", spec_file.place("spec", "connection"), help),
    )


def _from_catalogue(model: str, kind: str) -> Capabilities:
    row = model_row(model, kind)
    return Capabilities(
        model=model, methods=row.methods, context_tokens=row.context_tokens, retires=row.retires, serves_tuned=True,
        available=True, note="as the catalogue has it",
    )  # fmt: skip


def _measure(
    spec_file: SpecFile,
    train: Dataset[AnyRow],
    test: Dataset | None,
    suites: Mapping[str, Dataset],
    count: Callable[[Sequence[Message]], int],
    max_tokens: int,
    findings: Sequence[Diagnostic] = (),
    ancestors: Sequence[Dataset[AnyRow]] = (),
) -> Measured:
    return measure(
        spec_file,
        train,
        test,
        suites,
        count_tokens=count,
        max_tokens=max_tokens,
        validation=validation_rows(spec_file),
        ancestors=ancestors,
        findings=findings,
    )


def _expected_answers(
    spec_file: SpecFile, test: Dataset | None, suites: Mapping[str, Dataset], python: bool
) -> tuple[Diagnostic, ...]:
    """Held-out rows that could never be answered right, and metrics that cannot be built, told before training."""
    evaluation = spec_file.spec.spec.evaluation
    if evaluation is None or test is None:
        return ()
    from ftsdk.evals import build_graders, check_expected

    graders = build_graders(evaluation.metrics, spec_file.text, python=python)
    held_out = (test, *suites.values())
    return tuple(finding for dataset in held_out for finding in check_expected(dataset.rows, graders, dataset.path))


def _token_counter(provider: Provider | None, model: str) -> Callable[[Sequence[Message]], int]:
    return provider.token_counter(model) if isinstance(provider, TokenCounter) else _about_tokens


def _about_tokens(messages: Sequence[Message]) -> int:
    """English has about four bytes a token, and a chat template adds about four tokens a message."""
    return sum(len(message.content.encode()) // 4 + 4 for message in messages)


def _unknown_seconds(tokens: int, hyperparameters: Hyperparameters) -> tuple[float, float, float]:
    """A provider that tells nothing of time is given the field's usual range: minutes to hours."""
    return (300.0, 1800.0, 14400.0)
