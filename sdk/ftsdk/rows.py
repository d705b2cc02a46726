"""The rows and texts that a spec names, as they stand on disk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from ftsdk.data import load, training_file
from ftsdk.data.value import Dataset
from ftsdk.plan import training_rows
from ftsdk.spec import SpecFile


class SpecFiles:
    """The files of a spec as they stand on disk."""

    def __init__(self, spec_file: SpecFile) -> None:
        self._spec_file = spec_file
        self.text = spec_file.text

    def dataset(self, name: str) -> Dataset:
        """Rows."""
        return rows_of(self._spec_file, name)


def data_files(spec_file: SpecFile) -> Iterator[str]:
    """Every file of rows that a spec names, as it names it."""
    body = spec_file.spec.spec
    yield body.dataset.train
    if body.dataset.validation is not None:
        yield body.dataset.validation
    if body.evaluation is not None:
        yield body.evaluation.dataset
        yield from (suite.dataset for suite in body.evaluation.suites)


def datasets(spec_file: SpecFile) -> tuple[Dataset, Dataset | None, dict[str, Dataset]]:
    """Training rows, held-out rows, and the rows of every suite by its name."""
    body = spec_file.spec.spec
    train = rows_of(spec_file, body.dataset.train)
    if body.evaluation is None:
        return train, None, {}
    suites = {suite.name: rows_of(spec_file, suite.dataset) for suite in body.evaluation.suites}
    return train, rows_of(spec_file, body.evaluation.dataset), suites


def rows_of(spec_file: SpecFile, relative: str) -> Dataset:
    """The rows of a file that the spec names, called in findings as people see it from the root."""
    path = spec_file.file(relative)
    return load(path, name=path.relative_to(spec_file.root).as_posix())


def rows_without_prompt(content: bytes, prompt: str | None) -> Counter[str]:
    """The rows of an exported training file, each without the system message that the spec put first."""
    found: Counter[str] = Counter()
    for line in content.splitlines():
        row = json.loads(line)
        turns = row["messages"]
        if prompt is not None and turns and turns[0].get("role") == "system":
            row["messages"] = turns[1:]
        found[json.dumps(row, sort_keys=True)] += 1
    return found


def training_content(spec_file: SpecFile) -> bytes:
    """The training file that a spec exports to."""
    rows = training_rows(spec_file.spec, rows_of(spec_file, spec_file.spec.spec.dataset.train))
    return training_file(rows, spec_file.system_prompt)
