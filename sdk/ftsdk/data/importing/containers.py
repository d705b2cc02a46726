"""From a file to its records: which container it is, by its name and first bytes, and who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from ftsdk.data.importing.lines import json_array, json_lines
from ftsdk.data.importing.record import Broken, Record
from ftsdk.data.importing.tables import parquet, separated
from ftsdk.data.source import Source
from ftsdk.errors import UsageError

Container = Literal["csv", "tsv", "parquet", "json", "jsonl"]
CONTAINERS: tuple[str, ...] = get_args(Container)

SUFFIXES: dict[str, Container] = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet",
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
PARQUET = b"PAR1"


def container_of(source: Source, name: str) -> Container:
    """What ``source`` is; raises UsageError when neither its name nor its first bytes tell."""
    start = source.start().lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(PARQUET):
        return "parquet"
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    known = SUFFIXES.get(suffix)
    if known in ("csv", "tsv"):
        return known
    if start[:1] in (b"[", b"{"):
        return "json" if start.startswith(b"[") else "jsonl"
    if known in ("json", "jsonl"):
        return known
    raise UsageError(f"cannot tell what {name} is", help=f"say it: --from {'|'.join(CONTAINERS)}")


def records(source: Source, path: Path, container: Container) -> Iterator[Record]:
    """The records of ``source``, one after another; raises Broken where it cannot be read any further."""
    if container == "parquet":
        if source.packed:
            raise Broken("a Parquet file inside a gzip cannot be read", "unpack it: Parquet is compressed already")
        return parquet(path)
    if container == "csv":
        return separated(source.content)
    if container == "tsv":
        return separated(source.content, "\t")
    return json_array(source.content) if container == "json" else json_lines(source.content)
