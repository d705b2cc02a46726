"""`ft` in this process: fast, where no process of its own is what is tested."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest

from ftsdk.cli import main


class Said(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


RunFt = Callable[..., Said]


@pytest.fixture
def run_ft(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> RunFt:
    """Run ``ft`` with words in a directory."""

    def run(directory: Path, *words: str, stdin: bytes = b"") -> Said:
        monkeypatch.chdir(directory)
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        capfd.readouterr()
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return run
