"""Artefacts: whole, by key, and by their own hash."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ftsdk.errors import FtsdkError, UsageError
from ftsdk.registry import read_alias
from ftsdk.runs.artefacts import Artefacts
from ftsdk.testing import workspace
from tests.services.bucket import serving_bucket

Address = Callable[[str], str]


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """An S3 server on loopback with one bucket, as the environment leads to it: a prefix to its address."""
    with serving_bucket(tmp_path / "cache", monkeypatch):
        yield lambda prefix: f"s3://rows/{prefix}"


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    artefacts = Artefacts("a/b", tmp_path)
    artefacts.put("runs/r1/x.json", b"{}")
    assert artefacts.get("runs/r1/x.json") == b"{}"
    assert artefacts.path("runs/r1/x.json").read_bytes() == b"{}"
    assert artefacts.get("runs/r1/y.json") is None


def test_content_is_kept_once_under_its_own_hash(tmp_path: Path) -> None:
    artefacts = Artefacts("a", tmp_path)
    key, digest = artefacts.put_once("inputs", b"rows", ".jsonl")
    assert digest == hashlib.sha256(b"rows").hexdigest()
    before = artefacts.path(key).stat().st_mtime_ns
    assert artefacts.put_once("inputs", b"rows", ".jsonl") == (key, digest)
    assert artefacts.path(key).stat().st_mtime_ns == before


def test_a_damaged_copy_is_written_again(tmp_path: Path) -> None:
    artefacts = Artefacts("a", tmp_path)
    key, _digest = artefacts.put_once("inputs", b"rows", "")
    artefacts.path(key).write_bytes(b"ro")
    artefacts.put_once("inputs", b"rows", "")
    assert artefacts.get(key) == b"rows"


def test_a_whole_run_leaves_everything_in_a_bucket(bucket: Address, tmp_path: Path) -> None:
    """Rows, answers, metrics, comparison and alias go to S3; a host with an empty disk reads them from there."""
    project = f"apiVersion: ftsdk/v1\nkind: Project\nspec: {{store: {{artefacts: '{bucket('runs')}'}}}}\n"
    with workspace(files={"ftsdk.yaml": project}) as ws:
        run = ws.apply("specs/example.yaml")
        shutil.rmtree(ws.artefacts.directory, ignore_errors=True)
        assert run.wait().row.phase == "done", run.row.failure
        elsewhere = Artefacts(bucket("runs"), tmp_path)
        for key in (f"datasets/sha256/{run.plan.order.train.sha256}.jsonl", run.row.data["comparison"],
                    *run.row.data["inputs"].values()):  # fmt: skip
            assert elsewhere.get(key), key
        metrics = (elsewhere.get(f"runs/{run.id}/metrics.jsonl") or b"").splitlines()
        assert len(metrics) == len(run.metrics) > 0
        assert elsewhere.fetch("answers/example/smollm2-135m-instruct.jsonl").read_bytes().count(b"\n") == 90
        assert read_alias("example@production", elsewhere.get).run == run.id


def test_two_that_write_the_same_content_at_once_keep_it_once(bucket: Address, tmp_path: Path) -> None:
    stores = [Artefacts(bucket("same"), tmp_path / str(number)) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda artefacts: artefacts.put_once("inputs", b"rows", "")[0], stores))
    assert len(keys) == 1
    assert stores[0].get(keys.pop()) == b"rows"


def test_a_bucket_that_is_not_there_is_one_sentence(bucket: Address, tmp_path: Path) -> None:
    with pytest.raises(FtsdkError, match="cannot write the artefact x at s3://nowhere/runs") as said:
        Artefacts("s3://nowhere/runs", tmp_path).put("x", b"")
    assert "credentials" in str(said.value.help)
    with pytest.raises(FtsdkError, match="cannot list the artefacts below x at s3://nowhere/runs"):
        Artefacts("s3://nowhere/runs", tmp_path).keys("x")


def test_an_unknown_url_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot open the artefacts"):
        Artefacts("gopher://nowhere", tmp_path)
