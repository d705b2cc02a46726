"""Rows in an object store are looked at before planning; what is unknown of them is said and never guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk import Workspace
from ftsdk.errors import SpecError
from ftsdk.plan import Plan
from ftsdk.testing import ScriptedProvider
from ftsdk.testing.example import example_files, right_answers
from tests.services.bucket import Bucket, serving_bucket


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with serving_bucket(tmp_path / "cache", monkeypatch) as served:
        yield served


@pytest.fixture
def rows() -> bytes:
    return example_files()["specs/train.jsonl"].encode()


@pytest.fixture
def ws(tmp_path: Path, bucket: Bucket, rows: bytes) -> Workspace:
    """The example, whose training rows are in the bucket."""
    address, digest = bucket.put("train.jsonl", rows), hashlib.sha256(rows).hexdigest()
    for name, text in example_files().items():
        where = tmp_path / "project" / name
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text.replace("train: train.jsonl", f"train: {address}, sha256: {digest}"), "utf-8")
    (tmp_path / "project/specs/train.jsonl").unlink()
    return Workspace(tmp_path / "project", providers={"local": ScriptedProvider(tuned=right_answers())})


def codes(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.findings if "rows" in finding.message or "unknown" in finding.message]


def test_rows_elsewhere_are_planned_as_those_in_the_repository(ws: Workspace, tmp_path: Path, rows: bytes) -> None:
    seen = ws.observe()
    (data,) = seen.data
    assert (data.address, data.sha256) == ("s3://rows/train.jsonl", hashlib.sha256(rows).hexdigest())
    plan = ws.plan("specs/example.yaml", seen)
    assert plan.train_rows == 64 and codes(plan) == []
    assert ws.files_of("specs/example.yaml") == tuple(
        tmp_path / "project/specs" / name for name in ("example.yaml", "test.jsonl", "prompt.md")
    )


def test_a_run_of_rows_elsewhere_goes_to_its_end(ws: Workspace) -> None:
    run = ws.apply("specs/example.yaml").wait()
    assert run.row.phase == "done", run.error


def test_from_a_snapshot_the_store_of_rows_is_not_asked(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, rows: bytes
) -> None:
    seen = ws.observe()
    monkeypatch.setattr("ftsdk.providers.objects.local_copy", None)
    first, again = ws.plan("specs/example.yaml", seen), ws.plan("specs/example.yaml", seen)
    assert first == again


def test_rows_that_were_replaced_are_told_and_those_of_the_hash_are_used(ws: Workspace, bucket: Bucket) -> None:
    before = ws.plan("specs/example.yaml")
    bucket.put("train.jsonl", b'{"messages": []}\n')
    after = ws.plan("specs/example.yaml")
    assert codes(after) == ["data/replaced"]
    assert (after.digest, after.fingerprint) == (before.digest, before.fingerprint)


def test_offline_says_what_is_unknown_of_rows_that_are_here_and_refuses_those_that_are_not(
    ws: Workspace, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws.plan("specs/example.yaml")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    unknown = ws.observe()
    assert unknown.data[0].sha256 is None and "s3://rows/train.jsonl" in unknown.data[0].error
    assert codes(ws.plan("specs/example.yaml", unknown)) == ["plan/not-observed"]
    assert codes(ws.plan("specs/example.yaml", unknown.model_copy(update={"data": ()}))) == ["plan/not-observed"]
    for copy in (bucket.cache / "data").iterdir():
        copy.unlink()
    with pytest.raises(
        SpecError, match=r"the rows at s3://rows/train\.jsonl with this hash are not on this"
    ) as refused:
        ws.plan("specs/example.yaml", unknown)
    (finding,) = refused.value.findings
    assert finding.code == "data/not-here" and finding.place is not None and finding.place.line == 7
