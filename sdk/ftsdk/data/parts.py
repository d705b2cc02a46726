"""The rows that a spec names: of whole files, or of the sides into which it divides its training file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ftsdk.data.export import as_chats, training_file
from ftsdk.data.value import AnyRow, Dataset
from ftsdk.errors import UsageError
from ftsdk.spec.training_data import TEST_SPLIT, VALIDATION_SPLIT

if TYPE_CHECKING:
    from ftsdk.data.split import Side
    from ftsdk.data.value import Method
    from ftsdk.spec.file import SpecFile
    from ftsdk.spec.model import FineTune
    from ftsdk.spec.training_data import Splits


Read = Callable[[str, "Method"], Dataset[AnyRow]]


def reader_of(spec_file: SpecFile) -> Read:
    """What reads the files of a spec; findings call them by their path from the root."""
    from ftsdk.data.read import load
    from ftsdk.spec.remote import is_address

    def read(name: str, method: Method) -> Dataset[AnyRow]:
        path = spec_file.file(name)
        return load(path, name=name if is_address(name) else path.relative_to(spec_file.root).as_posix(), method=method)

    return read


def learnt_rows(spec: FineTune, name: str, read: Read) -> Dataset[AnyRow]:
    """The rows of the spec's method that it means by ``name``, to train or to be scored while training.

    ``read`` reads a whole file of one method's rows. Where the spec divides its training file, that file's name means
    the side that trains, `splits.validation` another; sides are divided by the method's seed. Raises UsageError for
    rows that cannot be divided so.
    """
    data, method = spec.spec.dataset, spec.spec.method
    if data.splits is None or name not in (data.train, VALIDATION_SPLIT):
        return read(name, method.type)
    sides = sides_of(read(data.train, method.type), data.splits, method.seed)
    return sides["train" if name == data.train else "validation"]


def asked_rows(spec: FineTune, name: str, read: Read) -> Dataset:
    """The rows with a right answer, to compare models on, that the spec means by ``name``.

    They are chats whatever the method. Of `splits.test` of preference pairs the preferred answers are the right ones;
    raises UsageError for graded prompts, which have none.
    """
    data, method = spec.spec.dataset, spec.spec.method
    if data.splits is None or name != TEST_SPLIT:
        whole = read(name, "sft")
    else:
        whole = sides_of(read(data.train, method.type), data.splits, method.seed)["test"]
    rows = as_chats(whole.rows)
    if len(rows) < len(whole.rows):
        raise UsageError(
            f"the test side of {data.train} cannot be compared on: graded prompts have no right answers",
            help="write evaluation.dataset: a file of chats with their answers",
        )
    return Dataset(path=whole.path, sha256=whole.sha256, rows=rows)


def validation_name(spec: FineTune) -> str | None:
    """What the validation rows of a spec are called: a file, a side of the split, or None."""
    data = spec.spec.dataset
    if data.validation is None and data.splits is not None and data.splits.validation is not None:
        return VALIDATION_SPLIT
    return data.validation


def sides_of(
    whole: Dataset[AnyRow], splits: Splits, seed: int, ancestors: Sequence[Dataset[AnyRow]] = ()
) -> dict[Side, Dataset[AnyRow]]:
    """The sides of ``whole``, rows in the order of the file; a side's sha256 is of its rows as they are exported."""
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
