"""Artefacts: whole, by key, and by their own hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ftsdk.errors import UsageError
from ftsdk.runs.artefacts import Artefacts


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


def test_an_object_store_has_no_path_for_the_embedded_engine() -> None:
    with pytest.raises(UsageError, match="on this disk"):
        Artefacts("memory:///", Path()).path("x")


def test_an_unknown_url_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot open the artefacts"):
        Artefacts("gopher://nowhere", tmp_path)
