"""The files a run reads, kept by content when it starts, so that later edits cannot change what it does."""

from __future__ import annotations

from collections.abc import Iterator

from ftsdk.data import load
from ftsdk.data.value import Dataset
from ftsdk.errors import FtsdkError
from ftsdk.runs.artefacts import Artefacts
from ftsdk.spec import SpecFile
from ftsdk.spec.model import FewShotArm, FineTune, JsonSchemaMetric, PromptedArm


def named_files(spec: FineTune) -> Iterator[str]:
    """Every file, relative to the spec, that a run of it reads."""
    body = spec.spec
    yield body.dataset.train
    if body.evaluation is None:
        return
    yield body.evaluation.dataset
    yield from (suite.dataset for suite in body.evaluation.suites)
    yield from (metric.schema_ for metric in body.evaluation.metrics if isinstance(metric, JsonSchemaMetric))
    for arm in body.evaluation.arms:
        if isinstance(arm, PromptedArm):
            yield arm.prompted
        elif isinstance(arm, FewShotArm) and arm.prompt is not None:
            yield arm.prompt


def keep_inputs(spec_file: SpecFile, artefacts: Artefacts) -> dict[str, str]:
    """Copy the named files into the artefacts by hash; returns relative path -> artefact key."""
    return {
        name: artefacts.put_once("inputs", spec_file.file(name).read_bytes(), "")[0]
        for name in dict.fromkeys(named_files(spec_file.spec))
    }


class Inputs:
    """The kept files of one run."""

    def __init__(self, keys: dict[str, str], artefacts: Artefacts) -> None:
        self._keys = keys
        self._artefacts = artefacts

    def text(self, name: str) -> str:
        """The text of a prompt or schema that the spec names, without outer space, as `SpecFile.text` gives it."""
        return self._bytes(name).decode("utf-8").strip()

    def dataset(self, name: str) -> Dataset:
        """The rows of a file that the spec names."""
        self._bytes(name)
        return load(self._artefacts.path(self._keys[name]))

    def _bytes(self, name: str) -> bytes:
        content = self._artefacts.get(self._keys[name])
        if content is None:
            raise FtsdkError(
                f"the kept copy of {name} is gone from the artefacts", help="apply the spec again to start a new run"
            )
        return content
