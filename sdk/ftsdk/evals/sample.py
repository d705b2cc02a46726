"""Seeded choice of rows that represents every group as evenly as it can."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ftsdk.data.value import Row


def sample_rows(rows: Sequence[Row], max_rows: int | None, seed: int) -> tuple[Row, ...]:
    """At most ``max_rows`` rows, in the file's order.

    Groups take turns, so that their counts differ by at most one where they have enough rows; rows without a group
    are one group. The choice depends on the seed and the rows' ids, not on their order in the file.
    """
    if max_rows is None or max_rows >= len(rows):
        return tuple(rows)
    chosen = {row.id for row in take_turns(rows, seed)[:max_rows]}
    return tuple(row for row in rows if row.id in chosen)


def take_turns(rows: Sequence[Row], seed: int) -> list[Row]:
    """All rows, reordered: in each round every group that has rows left gives one."""
    groups: dict[str | None, list[Row]] = {}
    for row in sorted(rows, key=lambda row: _lot(seed, "row", row.id)):
        groups.setdefault(row.group, []).append(row)
    order = sorted(groups, key=lambda group: _lot(seed, "group", group or ""))
    turns = ((turn, place, row) for place, group in enumerate(order) for turn, row in enumerate(groups[group]))
    return [row for _, _, row in sorted(turns, key=lambda item: item[:2])]


def _lot(seed: int, kind: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{kind}\0{name}".encode("utf-8", "replace")).digest()
