"""What training, validation and test rows share: the certificate that held-out rows were held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ftsdk.data import contained as within
from ftsdk.data import near
from ftsdk.data.prompts import Prompts
from ftsdk.data.value import AnyRow, Dataset, Leak, LeakCertificate, LeakKind, Overlap, Row

EXACT = "exact: the same prompt after NFKC, case folding and joining of whitespace"
METHOD = (
    f"{EXACT}; near: Jaccard of at least {near.THRESHOLD} of prompts; {near.METHOD}; contained: {within.METHOD} "
    "occur in one file; system messages are left out"
)
SHOWN = 200


class Part(NamedTuple):
    """One side of a comparison: its name, the sha256 of its file, its prompts."""

    name: str
    sha256: str
    prompts: Prompts


def part_of(name: str, dataset: Dataset[AnyRow]) -> Part:
    """A dataset as a side."""
    return Part(name, dataset.sha256, Prompts(dataset.rows))


def leak_certificate(
    train: Dataset[AnyRow],
    test: Dataset,
    *,
    validation: Dataset[AnyRow] | None = None,
    ancestors: Sequence[Dataset[AnyRow]] = (),
) -> LeakCertificate:
    """What ``test`` (and ``validation``) share with what was trained on, bound to all files by hash.

    ``ancestors`` are the training rows of models that the tuned one descends from: their rows were seen too.
    """
    return certify(
        part_of("train", train),
        part_of("test", test),
        part_of("validation", validation) if validation else None,
        [part_of(f"ancestor {number}", dataset) for number, dataset in enumerate(ancestors, 1)],
    )


def certify(train: Part, test: Part, validation: Part | None = None, ancestors: Sequence[Part] = ()) -> LeakCertificate:
    """The certificate of parts; ``leak_certificate`` of datasets."""
    seen = [train, *ancestors]
    couples = [(first, test) for first in (*seen, *((validation,) if validation else ()))]
    couples += [(first, validation) for first in seen if validation]
    found = [(first, second, tuple(leaks_between(first.prompts, second.prompts))) for first, second in couples]
    of_test = {leak.row: leak for _first, second, leaks in reversed(found) if second is test for leak in leaks}
    kinds = Counter(leak.kind for leak in of_test.values())
    groups = {group for first, second, _leaks in found if second is test for group in _shared(first, second)}
    return LeakCertificate(
        train_sha256=train.sha256,
        test_sha256=test.sha256,
        validation_sha256=validation.sha256 if validation else None,
        ancestors=tuple(part.sha256 for part in ancestors),
        method=METHOD,
        threshold=near.THRESHOLD,
        test_rows=len(test.prompts),
        exact=kinds["exact"],
        near=kinds["near"],
        contained=kinds["contained"],
        shared_groups=tuple(sorted(groups)),
        overlaps=tuple(_overlap(first, second, leaks) for first, second, leaks in found),
    )


class Found(NamedTuple):
    """One looked-up prompt that was seen before: where, how, and how alike (1 when equal)."""

    row: int
    seen: int
    kind: LeakKind
    alike: float


def leaks_between(seen: Prompts, prompts: Prompts) -> Iterator[Found]:
    """Each of ``prompts`` that occurs in ``seen``, by the plainest kind: exact, else near, else contained."""
    first: dict[int, int] = {}
    for index, key in enumerate(seen.keys):
        first.setdefault(key, index)
    told = {index for index, key in enumerate(prompts.keys) if key in first}
    yield from (Found(index, first[prompts.keys[index]], "exact", 1.0) for index in sorted(told))
    for pair in _near_pairs(seen, prompts):
        index = pair.second - len(seen)
        if index not in told:
            told.add(index)
            yield Found(index, pair.first, "near", pair.jaccard)
    for part in within.contained(seen, prompts):
        if part.row not in told:
            yield Found(part.row, part.within, "contained", part.share)


def leaked_rows(train: Dataset, test: Dataset) -> tuple[tuple[Row, Row], ...]:
    """Each test row whose prompt occurs in the training rows, exactly or nearly, with the training row that has it."""
    found = sorted(leaks_between(Prompts(train.rows), Prompts(test.rows)))
    return tuple((train.rows[leak.seen], test.rows[leak.row]) for leak in found)


def _near_pairs(seen: Prompts, prompts: Prompts) -> Iterator[near.NearPair]:
    boundary = len(seen)
    if not boundary or not len(prompts):
        return
    alike = near.Likeness(
        lambda rows: [seen.tokens_of(row) if row < boundary else prompts.tokens_of(row - boundary) for row in rows]
    )
    yield from near_index(seen, prompts).pairs(alike, boundary=boundary)


def near_index(*parts: Prompts) -> near.NearIndex:
    """The bands of all prompts of all ``parts``, one after another."""
    index = near.NearIndex()
    for part in parts:
        index.add(part.bands())
    return index


def _overlap(first: Part, second: Part, leaks: Sequence[Found]) -> Overlap:
    kinds: Mapping[str, int] = Counter(leak.kind for leak in leaks)
    shown = tuple(
        Leak(
            kind=leak.kind,
            line=second.prompts.lines[leak.row],
            seen_line=first.prompts.lines[leak.seen],
            alike=round(leak.alike, 4),
        )
        for leak in sorted(leaks)[:SHOWN]
    )
    return Overlap(
        first=first.name,
        second=second.name,
        exact=kinds["exact"],
        near=kinds["near"],
        contained=kinds["contained"],
        shared_groups=tuple(sorted(_shared(first, second))),
        leaks=shown,
    )


def _shared(first: Part, second: Part) -> set[str]:
    both = set(first.prompts.groups) & set(second.prompts.groups)
    return {group for group in both if group is not None}
