"""What an account still holds under our mark that belongs to no live run: found, and taken away one by one, audited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from ftsdk.errors import ProviderError, UsageError
from ftsdk.plan import key_prefix, with_attempt
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Provider, Remnant, Sweeper
from ftsdk.runs import audit
from ftsdk.runs.store import Store
from ftsdk.runs.value import ENDED, RunRow
from ftsdk.values import Value

FILE_DIGITS = 32  # providers with short file names keep this much of a file's sha256


class Orphan(Value):
    """A job, file or deployment at a connection that no live run of this store owns."""

    connection: str
    kind: Literal["job", "file", "deployment"]
    id: str
    key: str
    note: str


class Owned(NamedTuple):
    """What must stay: keys of live runs' jobs, hashes of their files, and models that live runs or aliases serve."""

    jobs: frozenset[str]
    files: frozenset[str]
    models: frozenset[str]


def orphans(store: Store, connection: str, provider: Sweeper, project: str, serving: Iterable[str]) -> list[Orphan]:
    """What the provider holds of this project and nobody owns; ``serving`` are the models that aliases stand for.

    Files are known by what they hold and may be another project's too: a file is an orphan when no live run here needs
    it, and whoever needs it again uploads it again.
    """
    kept = owned(store, serving)
    found = (remnant for remnant in provider.remnants() if not _is_owned(remnant, kept, key_prefix(project)))
    return [Orphan(connection=connection, **remnant.model_dump()) for remnant in found]


def owned(store: Store, serving: Iterable[str]) -> Owned:
    """What live runs of this store, and aliases, still need."""
    live = [(row, store.plan(row.id)) for row in store.runs() if row.phase not in ENDED]
    return Owned(
        jobs=frozenset(_key(row, plan) for row, plan in live),
        files=frozenset(file.sha256[:FILE_DIGITS] for _row, plan in live for file in plan.order.files),
        models=frozenset(serving) | {row.data["result"]["model"] for row, _plan in live if "result" in row.data},
    )


def remove(store: Store, provider: Provider, orphan: Orphan, serving: Iterable[str], actor: str) -> bool:
    """Take one orphan away, written down first; False when a run has come to own it since it was listed."""
    if not isinstance(provider, Sweeper):
        raise UsageError(f"the connection {orphan.connection!r} cannot be swept", help="remove it by hand")
    remnant = Remnant(kind=orphan.kind, id=orphan.id, key=orphan.key, note=orphan.note)
    if _is_owned(remnant, owned(store, serving), ""):
        return False
    with store.database.begin() as connection:
        audit.append(connection, store.database, actor, "orphan.removed", orphan.id, orphan.model_dump(exclude={"id"}))
    provider.remove(remnant)
    return True


def _key(row: RunRow, plan: Plan) -> str:
    return with_attempt(plan, int(row.data.get("lost_jobs", 0))).order.key


def _is_owned(remnant: Remnant, kept: Owned, prefix: str) -> bool:
    """Whether a run or alias here needs it, or it is a job of another project."""
    if remnant.kind == "job":
        return remnant.key in kept.jobs or not remnant.key.startswith(prefix)
    if remnant.kind == "file":
        return remnant.key[:FILE_DIGITS] in kept.files
    return remnant.key in kept.models


def orphans_of(
    names: Sequence[str],
    provider: Callable[[str], Provider],
    store: Store,
    project: str,
    serving: set[str],
    *,
    all_: bool,
) -> tuple[tuple[Orphan, ...], tuple[str, ...]]:
    """`orphans` of these connections, and those that cannot tell; with ``all_`` one that cannot be opened is such."""
    found: list[Orphan] = []
    silent: list[str] = []
    for name in names:
        try:
            behind = provider(name)
        except ProviderError:
            if not all_:
                raise
            silent.append(name)
            continue
        if isinstance(behind, Sweeper):
            found += orphans(store, name, behind, project, serving)
        else:
            silent.append(name)
    return tuple(found), tuple(silent)
