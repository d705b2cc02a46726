"""Held-out rows that nearly repeat each other, as clusters, so that they do not count as independent."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from ftsdk.data.value import Row


def near_clusters(rows: Sequence[Row]) -> dict[str, str]:
    """Cluster by row id, for rows without a group whose prompts nearly repeat each other (as leak checks find them)."""
    from ftsdk.data.leaks import near_index
    from ftsdk.data.prompts import Prompts

    loose = array("Q", (place for place, row in enumerate(rows) if row.group is None))
    if len(loose) < 2:
        return {}
    prompts = Prompts(rows[place] for place in loose)
    leader = array("Q", range(len(loose)))
    for pair in near_index(prompts).pairs(prompts.alike):
        one, other = _leader(leader, pair.first), _leader(leader, pair.second)
        leader[max(one, other)] = min(one, other)
    members: dict[int, list[int]] = {}
    for place in range(len(loose)):
        first = _leader(leader, place)
        if first != place:
            members.setdefault(first, [first]).append(place)
    return {
        rows[loose[place]].id: f"near {rows[loose[first]].id}" for first, places in members.items() for place in places
    }


def _leader(leader: array[int], place: int) -> int:
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place
