"""What a tuned model has learnt from: the training rows of its run, and of every run that it goes on from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.errors import UsageError

if TYPE_CHECKING:
    from ftsdk.runs.artefacts import Artefacts
    from ftsdk.runs.store import Store

KINDS = ("run:", "alias:", "model:")


def ancestor_files(base: str, store: Store, artefacts: Artefacts) -> tuple[Path, ...]:
    """The training files behind ``base`` (``run:ID``, ``alias:NAME`` or ``model:ID``), the newest first.

    Raises UsageError when nothing of that name was made here, or its rows are kept no longer: what a model has learnt
    from cannot be guessed.
    """
    return tuple(_files(base, store, artefacts))


def _files(base: str, store: Store, artefacts: Artefacts) -> Iterator[Path]:
    seen: set[str] = set()
    wanted: str | None = base
    while wanted is not None:
        run = _run_of(wanted, store)
        if run in seen:
            return
        seen.add(run)
        plan = store.plan(run)
        key = f"datasets/sha256/{plan.order.train.sha256}.jsonl"
        path = artefacts.fetch(key)
        if not path.exists():
            help = "name the file that it was trained on instead"
            raise UsageError(f"the training rows of run {run} are no longer among the artefacts", help=help)
        yield path
        wanted = plan.spec.spec.continue_from


def _run_of(base: str, store: Store) -> str:
    """The run that made what ``base`` names."""
    kind, _, name = base.partition(":")
    if kind == "run":
        return store.run(name).id
    if kind == "alias":
        from ftsdk.registry import Resolved

        document = store.alias(name)
        if document is not None:
            return Resolved.model_validate_json(document).run
        raise UsageError(f"nothing was ever promoted to {name}", help="`ft aliases` lists what there is")
    made = (row.id for row in store.runs() if row.data.get("result", {}).get("model") == name)
    run = next(made, None)
    if run is None:
        raise UsageError(f"no run here made {name}", help="name the files that it was trained on instead")
    return run
