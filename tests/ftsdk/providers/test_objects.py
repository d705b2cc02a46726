"""Data at s3:// addresses is fetched once, kept by content, and refused when it is not what was written down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ftsdk.cli import main
from ftsdk.errors import ProviderError, UsageError, WrongHash
from ftsdk.providers.objects import PART, local_copy

TABLE = b"question,answer\nHow?,So.\n"


class Bucket:
    """A bucket of an S3 server on loopback."""

    def __init__(self, client: Any, cache: Path) -> None:
        self._client = client
        self.cache = cache

    def put(self, key: str, content: bytes) -> str:
        """Store an object; returns its address."""
        self._client.put_object(Bucket="rows", Key=key, Body=content)
        return f"s3://rows/{key}"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A fresh bucket, and the environment that leads to it."""
    server = pytest.importorskip("moto.server")
    import boto3

    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    address = "http://{}:{}".format(*running.get_host_and_port())
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true",
        "FTSDK_CACHE": str(tmp_path / "cache"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=address)
    client.create_bucket(Bucket="rows")
    yield Bucket(client, tmp_path / "cache")
    running.stop()


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
