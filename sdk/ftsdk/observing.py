"""What is seen of the world before planning: models, prices and state, into one dated snapshot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ftsdk.errors import FtsdkError, ModelMissing, ProviderError, StateLocked, UsageError
from ftsdk.fetched import look
from ftsdk.plan.costs import grading_models
from ftsdk.plan.snapshot import AliasSeen, Last, Money, Seen, Snapshot, State
from ftsdk.prices import prices_at
from ftsdk.providers.base import Holder, Provider, Resumable
from ftsdk.registry import Resolved, alias_key
from ftsdk.spec import ProjectFile, SpecFile
from ftsdk.spec.other_metrics import JudgeMetric

if TYPE_CHECKING:
    from ftsdk.runs.artefacts import Artefacts
    from ftsdk.runs.store import Store
    from ftsdk.runs.value import RunRow

SNAPSHOT = "snapshot.json"


class Sources(NamedTuple):
    """A project, and the ways to what plans of it depend on; none is gone before it is needed."""

    project_file: ProjectFile
    provider: Callable[[str], Provider]
    store: Callable[[], Store]
    artefacts: Callable[[], Artefacts]


class Observer:
    """Who looks."""

    def __init__(self, sources: Sources) -> None:
        self._project_file, self._provider, self._store, self._artefacts = sources

    def observe(self, specs: Sequence[SpecFile]) -> Snapshot:
        """Look at everything that plans of ``specs`` depend on outside the repository; spends nothing."""
        state, trouble = self._state(specs)
        pairs = list(dict.fromkeys((spec.spec.spec.connection, spec.spec.spec.model) for spec in specs))
        priced = dict.fromkeys(pair for spec in specs for pair in _paid_models(spec))
        return Snapshot(
            taken_at=datetime.now(UTC).replace(microsecond=0),
            models=tuple(self._seen(*pair) for pair in pairs),
            prices=tuple(prices_at(self._project_file.project, connection, model) for connection, model in priced),
            data=look(specs),
            state=state,
            state_error=trouble,
        )

    def last_snapshot(self) -> Snapshot:
        """The snapshot that was kept last; raises UsageError when there is none."""
        path = self._snapshot_path
        try:
            return Snapshot.model_validate_json(path.read_bytes())
        except OSError:
            help = "plan once with the network: `ft plan` or `ft refresh` keep one"
            raise UsageError(f"there is no snapshot in {path}", help=help) from None
        except ValueError:
            raise UsageError(f"the snapshot in {path} is of another version", help="take one: `ft refresh`") from None

    def keep_snapshot(self, snapshot: Snapshot) -> Path:
        """Write a snapshot where `--offline` finds it."""
        path = self._snapshot_path
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(snapshot.model_dump_json(indent=1), encoding="utf-8")
        partial.replace(path)
        return path

    @property
    def _snapshot_path(self) -> Path:
        return self._project_file.root / ".ftsdk" / SNAPSHOT

    def _seen(self, connection: str, model: str) -> Seen:
        try:
            return Seen(connection=connection, model=model, capabilities=self._provider(connection).capabilities(model))
        except ModelMissing:
            raise
        except ProviderError as reason:
            return Seen(connection=connection, model=model, capabilities=None, error=reason.message)

    def kind(self, connection: str) -> str:
        """The type of a connection; of a plugin its own name."""
        declared = self._project_file.project.spec.connections.get(connection)
        return getattr(declared, "plugin", None) or (declared.type if declared else connection)

    def _state(self, specs: Sequence[SpecFile]) -> tuple[State | None, str]:
        store = self._project_file.project.spec.store.url
        if os.environ.get("GITHUB_ACTIONS") and store.startswith("sqlite") and not self._sqlite_is_there(store):
            return None, "the store is a file on this runner's disk, and there is none"
        names = {name for spec in specs for name in (spec.spec.metadata.name, *spec.spec.metadata.previous_names)}
        try:
            return _state_of(self._store(), self._artefacts(), names, self._has_model, self._resumes), ""
        except StateLocked as reason:
            return None, reason.message

    def _sqlite_is_there(self, url: str) -> bool:
        return (self._project_file.root / url.partition("///")[2]).is_file()

    def _resumes(self, connection: str) -> bool:
        """Whether a provider can go on with a job that failed; one that is not there any more cannot."""
        try:
            return isinstance(self._provider(connection), Resumable)
        except FtsdkError:
            return False

    def _has_model(self, connection: str, model: str) -> bool | None:
        """Whether a tuned model is still with its provider; None when the provider cannot say."""
        try:
            provider = self._provider(connection)
            return provider.holds(model) if isinstance(provider, Holder) else None
        except FtsdkError:
            return None


def _attempts(store: Store, rows: Sequence[RunRow], resumes: Callable[[str], bool]) -> dict[str, dict[str, int]]:
    """Jobs that ended badly, by name and fingerprint, where the provider cannot go on with them."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        lost = int(row.data.get("lost_jobs", 0)) + bool(row.data.get("job_failed"))
        if lost and not resumes(store.plan(row.id).spec.spec.connection):
            of_name = found.setdefault(row.name, {})
            of_name[row.fingerprint] = of_name.get(row.fingerprint, 0) + lost
    return found


def _trained(rows: Sequence[RunRow]) -> dict[str, dict[str, str]]:
    """The newest run with a model, by name and fingerprint."""
    found: dict[str, dict[str, str]] = {}
    for row in reversed(rows):
        if "result" in row.data:
            found.setdefault(row.name, {})[row.fingerprint] = row.id
    return found


def last_of_run(store: Store, run: str, phase: str, data: Mapping[str, Any]) -> Last:
    """What the newest run of a name was started with."""
    plan = store.plan(run)
    return Last(
        run=run,
        phase=phase,
        digest=plan.digest,
        fingerprint=plan.fingerprint,
        spec=plan.spec,
        spec_path=plan.spec_path,
        inputs=plan.inputs,
        training_sha256=plan.order.train.sha256,
        system_prompt=plan.order.system_prompt,
        trained="result" in data,
    )


def _state_of(
    store: Store,
    artefacts: Artefacts,
    names: set[str],
    has_model: Callable[[str, str], bool | None],
    resumes: Callable[[str], bool],
) -> State:
    rows = store.runs()
    newest = {row.name: row for row in reversed(rows)}
    aliases = tuple(
        _alias(store, artefacts, alias, has_model) for alias in store.aliases() if alias.split("@")[0] in names
    )
    return State(
        serial=max((int(row.id[1:]) for row in rows), default=0) + sum(alias.version for alias in aliases),
        known=_trained(rows),
        attempts=_attempts(store, rows, resumes),
        last={name: last_of_run(store, row.id, row.phase, row.data) for name, row in newest.items() if name in names},
        aliases=aliases,
        money=tuple(
            Money(team=each.team, month=each.month, held=each.held, spent=each.spent) for each in store.budgets()
        ),
    )


def _alias(store: Store, artefacts: Artefacts, name: str, has_model: Callable[[str, str], bool | None]) -> AliasSeen:
    recorded = Resolved.model_validate_json(store.alias(name) or "")
    published: int | None = None
    document = artefacts.get(alias_key(name))
    if document is not None:
        with suppress(ValueError):  # a damaged document is as good as none
            published = Resolved.model_validate_json(document).version
    return AliasSeen(
        alias=name,
        version=recorded.version,
        run=recorded.run,
        published_version=published,
        model_there=has_model(recorded.connection, recorded.model),
    )


def _paid_models(spec_file: SpecFile) -> Iterator[tuple[str, str]]:
    """Every connection and model that a run may pay for."""
    body = spec_file.spec.spec
    yield body.connection, body.model
    yield from ((body.connection, model) for model in grading_models(body.method.grader))
    for arm in body.evaluation.arms if body.evaluation else ():
        model = getattr(arm, "model", None)
        if isinstance(model, str):
            yield getattr(arm, "connection", None) or body.connection, model
    for metric in body.evaluation.metrics if body.evaluation else ():
        if isinstance(metric, JudgeMetric):
            judges = metric.judge if isinstance(metric.judge, tuple) else (metric.judge,)
            yield from ((judge.connection, judge.model) for judge in judges)
