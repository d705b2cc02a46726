"""The rows that a spec names: of whole files, or of the sides into which it divides its training file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ftsdk.data.value import Dataset
from ftsdk.spec.training_data import TEST_SPLIT, VALIDATION_SPLIT

if TYPE_CHECKING:
    from ftsdk.data.split import Side
    from ftsdk.spec.model import FineTune
    from ftsdk.spec.training_data import Splits


def named_rows(spec: FineTune, name: str, read: Callable[[str], Dataset]) -> Dataset:
    """The rows that ``spec`` means by ``name``; ``read`` reads a whole file.

    Where the spec divides its training file, that file's name means the side that trains, `splits.test` and
    `splits.validation` the others; sides are divided by the method's seed. Raises UsageError for rows that cannot be
    divided so.
    """
    data = spec.spec.dataset
    if data.splits is None or name not in (data.train, TEST_SPLIT, VALIDATION_SPLIT):
        return read(name)
    side: Side = "train" if name == data.train else "test" if name == TEST_SPLIT else "validation"
    return sides_of(read(data.train), data.splits, spec.spec.method.seed)[side]


def validation_name(spec: FineTune) -> str | None:
    """What the validation rows of a spec are called: a file, a side of the split, or None."""
    data = spec.spec.dataset
    if data.validation is None and data.splits is not None and data.splits.validation is not None:
        return VALIDATION_SPLIT
    return data.validation


def sides_of(whole: Dataset, splits: Splits, seed: int, ancestors: Sequence[Dataset] = ()) -> dict[Side, Dataset]:
    """The sides of ``whole``, rows in the order of the file; a side's sha256 is of its rows as they are exported."""
    from ftsdk.data.export import training_file
    from ftsdk.data.prompts import Prompts
    from ftsdk.data.split import SIDES, Rule, Shares, divide

    shares = Shares(validation=splits.validation or 0.0, test=splits.test or 0.0)
    rule = Rule(group_by=splits.group_by, stratify_by=splits.stratify_by, time_by=splits.time_by, seed=seed)
    on = divide(whole.rows, shares, rule, [Prompts(dataset.rows) for dataset in ancestors]).sides
    rows = {side: tuple(row for row, where in zip(whole.rows, on, strict=True) if where == side) for side in SIDES}
    return {
        side: whole.model_copy(
            update={"rows": rows[side], "sha256": hashlib.sha256(training_file(rows[side], None)).hexdigest()}
        )
        for side in SIDES
    }
