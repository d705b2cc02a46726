"""The rows and texts that a spec names, as they stand on disk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ftsdk.data import as_chats, training_file
from ftsdk.data.parts import asked_rows, learnt_rows, reader_of, validation_name
from ftsdk.data.value import AnyRow, Dataset, Row
from ftsdk.plan import training_rows
from ftsdk.spec import SpecFile
from ftsdk.spec.remote import is_address
from ftsdk.spec.training_data import TEST_SPLIT


class SpecFiles:
    """The files of a spec as they stand on disk."""

    def __init__(self, spec_file: SpecFile) -> None:
        self._spec_file = spec_file
        self.text = spec_file.text

    def examples(self) -> tuple[Row, ...]:
        """The training rows as chats with their answers."""
        return as_chats(training_set(self._spec_file).rows)

    def dataset(self, name: str) -> Dataset:
        """Rows to compare models on."""
        return held_out(self._spec_file, name)


def data_files(spec_file: SpecFile) -> Iterator[str]:
    """Every file of rows that a spec names, as it names it."""
    body = spec_file.spec.spec
    yield body.dataset.train
    if body.dataset.validation is not None:
        yield body.dataset.validation
    if body.evaluation is not None:
        if body.evaluation.dataset != TEST_SPLIT:
            yield body.evaluation.dataset
        yield from (suite.dataset for suite in body.evaluation.suites)


def files_of(spec_file: SpecFile) -> tuple[Path, ...]:
    """A spec and every file of the project that it names."""
    names = dict.fromkeys(name for name in (*data_files(spec_file), *spec_file.texts) if not is_address(name))
    return (spec_file.root / spec_file.path, *map(spec_file.file, names))


def datasets(spec_file: SpecFile) -> tuple[Dataset[AnyRow], Dataset | None, dict[str, Dataset]]:
    """Training rows, held-out rows, and the rows of every suite by its name."""
    body = spec_file.spec.spec
    train = training_set(spec_file)
    if body.evaluation is None:
        return train, None, {}
    suites = {suite.name: held_out(spec_file, suite.dataset) for suite in body.evaluation.suites}
    return train, held_out(spec_file, body.evaluation.dataset), suites


def training_set(spec_file: SpecFile) -> Dataset[AnyRow]:
    """The rows that train: a file, called in findings as people see it, or a side of a split."""
    return learnt_rows(spec_file.spec, spec_file.spec.spec.dataset.train, reader_of(spec_file))


def held_out(spec_file: SpecFile, relative: str) -> Dataset:
    """The rows to compare models on that the spec calls ``relative``."""
    return asked_rows(spec_file.spec, relative, reader_of(spec_file))


def validation_rows(spec_file: SpecFile) -> Dataset[AnyRow] | None:
    """The rows that are scored while training, where the spec has any."""
    name = validation_name(spec_file.spec)
    return None if name is None else learnt_rows(spec_file.spec, name, reader_of(spec_file))


def rows_without_prompt(content: bytes, prompt: str | None) -> Counter[str]:
    """The rows of an exported training file, each without the system message that the spec put first."""
    found: Counter[str] = Counter()
    for line in content.splitlines():
        row = json.loads(line)
        chat = row.get("input", row)
        turns = chat["messages"]
        if prompt is not None and turns and turns[0].get("role") == "system":
            chat["messages"] = turns[1:]
        found[json.dumps(row, sort_keys=True)] += 1
    return found


def training_content(spec_file: SpecFile) -> bytes:
    """The training file that a spec exports to."""
    rows = training_rows(spec_file.spec, training_set(spec_file))
    return training_file(rows, spec_file.system_prompt)


def validation_content(spec_file: SpecFile) -> bytes | None:
    """The validation file that a spec exports to, in the form of the training file; None without such rows."""
    dataset = validation_rows(spec_file)
    return None if dataset is None else training_file(dataset.rows, spec_file.system_prompt)
