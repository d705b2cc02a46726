"""Generated and mutated documents, in a process of 512 MB: a value or our refusal, and what ruamel.yaml reads too."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.ftsdk.spec.language import ROOT


def fuzzed(documents: int, seed: int) -> dict[str, object]:
    """What so many documents ended in."""
    program = [sys.executable, "-m", "tests.ftsdk.spec.fuzz", "--documents", str(documents), "--seed", str(seed)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, object] = json.loads(done.stdout)
    return report


def test_documents_end_in_a_value_or_a_refusal_and_mean_what_they_mean_elsewhere() -> None:
    report = fuzzed(1000, 20261122)
    assert isinstance(report["accepted"], int) and report["accepted"] > 0
    assert isinstance(report["compared"], int) and report["compared"] > 100


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_a_tenth_of_make_fuzz() -> None:
    report = fuzzed(20_000, 7)
    assert report["documents"] == 20_000
