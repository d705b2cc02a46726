"""The files a run reads, kept by content when it starts, so that later edits cannot change what it does."""

from __future__ import annotations

from collections.abc import Iterator

from ftsdk.data import as_chats, load
from ftsdk.data.parts import asked_rows, learnt_rows
from ftsdk.data.value import AnyRow, Dataset, Method, Row
from ftsdk.errors import FtsdkError
from ftsdk.runs.artefacts import Artefacts
from ftsdk.spec import SpecFile
from ftsdk.spec.evaluation import ArmSpec, JsonSchemaMetric, Metric
from ftsdk.spec.model import FineTune
from ftsdk.spec.other_arms import BaseArm, RecordedArm, TunedArm
from ftsdk.spec.other_metrics import JudgeMetric
from ftsdk.spec.training_data import TEST_SPLIT


def named_files(spec: FineTune) -> Iterator[str]:
    """Every file, relative to the spec, that a run of it reads."""
    body = spec.spec
    yield body.dataset.train
    if body.evaluation is None:
        return
    if body.evaluation.dataset != TEST_SPLIT:
        yield body.evaluation.dataset
    yield from (suite.dataset for suite in body.evaluation.suites)
    for metric in body.evaluation.metrics:
        yield from _files_of_metric(metric)
    for arm in body.evaluation.arms:
        yield from () if isinstance(arm, str) else _files_of_arm(arm)


def _files_of_metric(metric: Metric) -> Iterator[str]:
    if isinstance(metric, JsonSchemaMetric):
        yield metric.schema_
    elif isinstance(metric, JudgeMetric):
        yield from (judge.rubric for judge in (metric.judge if isinstance(metric.judge, tuple) else (metric.judge,)))
        yield from () if metric.labels is None else (metric.labels,)


def _files_of_arm(arm: ArmSpec) -> Iterator[str]:
    if isinstance(arm, RecordedArm):
        yield arm.recorded
        return
    options = arm.base if isinstance(arm, BaseArm) else arm.tuned if isinstance(arm, TunedArm) else arm
    held = getattr(options, "response_format", None)
    named = (getattr(arm, "prompted", None), getattr(arm, "prompt", None), held and held.schema_)
    yield from (name for name in named if name is not None)


def keep_inputs(spec_file: SpecFile, artefacts: Artefacts) -> dict[str, str]:
    """Copy the named files into the artefacts by hash; returns relative path -> artefact key."""
    return {
        name: artefacts.put_once("inputs", spec_file.file(name).read_bytes(), "")[0]
        for name in dict.fromkeys(named_files(spec_file.spec))
    }


class Inputs:
    """The kept files of one run."""

    def __init__(self, keys: dict[str, str], artefacts: Artefacts, spec: FineTune) -> None:
        self._keys = keys
        self._spec = spec
        self._artefacts = artefacts

    def text(self, name: str) -> str:
        """The text of a prompt or schema that the spec names, without outer space, as `SpecFile.text` gives it."""
        return self._bytes(name).decode("utf-8").strip()

    def examples(self) -> tuple[Row, ...]:
        """The training rows as chats with their answers."""
        return as_chats(learnt_rows(self._spec, self._spec.spec.dataset.train, self._whole).rows)

    def dataset(self, name: str) -> Dataset:
        """Rows to compare models on: of a file, or of a side of the split, that the spec names."""
        return asked_rows(self._spec, name, self._whole)

    def _whole(self, name: str, method: Method) -> Dataset[AnyRow]:
        self._bytes(name)
        return load(self._artefacts.fetch(self._keys[name]), method=method)

    def _bytes(self, name: str) -> bytes:
        content = self._artefacts.get(self._keys[name])
        if content is None:
            raise FtsdkError(
                f"the kept copy of {name} is gone from the artefacts", help="apply the spec again to start a new run"
            )
        return content
