"""What a change of each field asks for, and whether an approval outlives it: one table, the nearest path wins."""

from __future__ import annotations

from typing import NamedTuple

from ftsdk.plan.value import Change


class Class(NamedTuple):
    """``change`` is the least that must happen again; ``binds`` whether the digest moves with the field."""

    change: Change
    binds: bool


# Ordered from what asks for most to what asks for least; a plan has the class of its strongest change.
STRENGTH: tuple[Change, ...] = ("train", "continue", "evaluate", "deploy", "promote", "metadata", "none")

CLASSES: dict[str, Class] = {
    "apiVersion": Class("none", False),
    "kind": Class("none", False),
    "metadata.name": Class("metadata", True),
    "metadata.team": Class("metadata", True),
    "metadata.previous_names": Class("none", False),
    "metadata.labels": Class("none", False),
    "spec.connection": Class("train", True),
    "spec.model": Class("train", True),
    "spec.continue_from": Class("continue", True),
    "spec.system_prompt": Class("train", True),
    "spec.method": Class("train", True),
    "spec.dataset": Class("train", True),
    "spec.dataset.checks": Class("metadata", True),
    "spec.dataset.format": Class("metadata", True),
    "spec.evaluation": Class("evaluate", True),
    "spec.gates": Class("evaluate", True),
    "spec.deployment": Class("deploy", True),
    "spec.promote": Class("promote", True),
    "spec.budget": Class("metadata", True),
    "spec.timeout": Class("metadata", True),
    "spec.lifecycle": Class("metadata", True),
    "spec.notify": Class("none", False),
}


def class_of(path: str) -> Class:
    """The class of the field at a dotted path, by the nearest line of the table at or above it."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        found = CLASSES.get(".".join(parts[:length]))
        if found is not None:
            return found
    raise KeyError(path)


def strongest(changes: list[Change]) -> Change:
    """The change that asks for most; ``none`` of nothing."""
    return min(changes, key=STRENGTH.index, default="none")
