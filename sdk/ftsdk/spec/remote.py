"""Rows at addresses: which hash a spec gives of each, and where its copy is kept on this machine, by that hash."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.spec.training_data import TEST_SPLIT

if TYPE_CHECKING:
    from ftsdk.spec.model import FineTune

ADDRESSES = ("s3://", "gs://", "az://")


def cache_directory(cache: Path | None = None) -> Path:
    """Where fetched files are kept: ``cache``, else $FTSDK_CACHE, else the platform's cache directory."""
    if cache is not None:
        return cache
    if named := os.environ.get("FTSDK_CACHE"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ftsdk"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ftsdk"


def kept_copy(sha256: str, cache: Path | None = None) -> Path:
    """Where the copy of an object with this content is, or would be."""
    return cache_directory(cache) / "data" / sha256


def is_address(name: str) -> bool:
    """Whether a spec's name of a file leads to an object store."""
    return name.startswith(ADDRESSES)


def pinned_files(spec: FineTune) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    """The place of every hash that a spec may give, the file that it is of, and the hash."""
    data, evaluation = spec.spec.dataset, spec.spec.evaluation
    yield ("spec", "dataset", "sha256"), data.train, data.sha256
    if data.validation is not None:
        yield ("spec", "dataset", "validation_sha256"), data.validation, data.validation_sha256
    if evaluation is None:
        return
    if evaluation.dataset != TEST_SPLIT:
        yield ("spec", "evaluation", "sha256"), evaluation.dataset, evaluation.sha256
    for index, suite in enumerate(evaluation.suites):
        yield ("spec", "evaluation", "suites", index, "sha256"), suite.dataset, suite.sha256


def addressed(spec: FineTune) -> dict[str, str]:
    """The address of every file of rows that is not in the repository, with its hash."""
    return {name: sha256 for _, name, sha256 in pinned_files(spec) if sha256 is not None and is_address(name)}
