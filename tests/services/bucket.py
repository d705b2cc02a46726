"""A bucket of an S3 server on loopback, and the environment that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


class Bucket:
    """A bucket of an S3 server on loopback; what is fetched is kept in ``cache``."""

    def __init__(self, client: Any, cache: Path) -> None:
        self._client = client
        self.cache = cache

    def put(self, key: str, content: bytes) -> str:
        """Store an object; returns its address."""
        self._client.put_object(Bucket="rows", Key=key, Body=content)
        return f"s3://rows/{key}"


@contextmanager
def serving_bucket(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A fresh bucket."""
    server = pytest.importorskip("moto.server")
    import boto3

    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    address = "http://{}:{}".format(*running.get_host_and_port())
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true",
        "FTSDK_CACHE": str(cache),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=address)
    client.create_bucket(Bucket="rows")
    try:
        yield Bucket(client, cache)
    finally:
        running.stop()
