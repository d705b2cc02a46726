"""Data at s3:// addresses is fetched once, kept by content, and refused when it is not what was written down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk.cli import main
from ftsdk.errors import ProviderError, UsageError, WrongHash
from ftsdk.providers.objects import PART, local_copy
from tests.services.bucket import Bucket, serving_bucket

TABLE = b"question,answer\nHow?,So.\n"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A fresh bucket, and the environment that leads to it."""
    with serving_bucket(tmp_path / "cache", monkeypatch) as served:
        yield served


def test_an_object_is_fetched_once_and_again_only_when_it_changed(bucket: Bucket) -> None:
    address = bucket.put("a/rows.csv", TABLE)
    seen: list[int] = []
    first = local_copy(address, progress=lambda done, _all: seen.append(done))
    assert first.read_bytes() == TABLE
    assert first.name == hashlib.sha256(TABLE).hexdigest()
    assert local_copy(address, progress=lambda done, _all: seen.append(done)) == first
    assert seen == [len(TABLE)]
    bucket.put("a/rows.csv", TABLE + b"Why?,Thus.\n")
    assert local_copy(address).read_bytes().endswith(b"Thus.\n")
    assert first.read_bytes() == TABLE


def test_a_large_object_arrives_in_parts_and_whole(bucket: Bucket) -> None:
    content = bytes(range(256)) * (PART // 256 + 100)
    assert local_copy(bucket.put("large", content)).read_bytes() == content


def test_another_content_than_written_down_is_refused(bucket: Bucket) -> None:
    address = bucket.put("rows.csv", TABLE)
    digest = hashlib.sha256(TABLE).hexdigest()
    assert local_copy(address, sha256=digest).read_bytes() == TABLE
    bucket.put("rows.csv", b"else")
    assert local_copy(address, sha256=digest).read_bytes() == TABLE  # at hand: the network is not asked
    with pytest.raises(WrongHash, match="another content"):
        local_copy(address, sha256="0" * 64)


@pytest.mark.parametrize("address", ["s3://rows/missing.csv", "s3://nobucket/x.csv"])
def test_what_is_not_there_is_said(bucket: Bucket, address: str) -> None:
    with pytest.raises(ProviderError, match=r"there is no such (object|bucket)|NoSuchBucket"):
        local_copy(address)


@pytest.mark.parametrize("address", ["s3://rows", "s3://rows/folder/", "ftp://host/file"])
def test_addresses_that_name_no_object_are_refused(address: str) -> None:
    with pytest.raises(UsageError):
        local_copy(address)


def test_a_path_is_itself() -> None:
    assert local_copy("data/rows.jsonl") == Path("data/rows.jsonl")


def test_ft_data_import_reads_from_a_bucket(bucket: Bucket, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address, out = bucket.put("rows.csv", TABLE), tmp_path / "out.jsonl"
    assert main(["data", "import", address, "--out", str(out), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["source"], report["written"], report["mapping"]["user"]) == (address, 1, "question")
    assert json.loads(out.read_text("utf-8"))["messages"][1]["content"] == "So."


def test_ft_data_check_reads_from_a_bucket(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": " "}]}
    address = bucket.put("rows.jsonl", json.dumps(row).encode())
    assert main(["data", "check", address, "--format", "json"]) == 10
    (found, *_) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["line"]) == ("data/empty-answer", 1)
