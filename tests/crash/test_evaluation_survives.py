"""An evaluation that is killed at any moment loses at most the calls that were in flight."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.asking import AT_ONCE, ROWS
from tests.services.answers import OpenAIAnswers
from tests.services.batches import OpenAIBatches
from tests.services.service import KEY, Asked, Said, serving

pytestmark = pytest.mark.crash
KILLS = 20


class Slow(OpenAIAnswers):
    """Takes a moment for each answer, as models do."""

    newest = False

    def answer(self, asked: Asked) -> Said:
        time.sleep(0.01)
        return super().answer(asked)


class SlowBatches(OpenAIBatches):
    """Takes its time for whatever begins a batch, and shows it late."""

    looks = 25
    late = 2

    def answer(self, asked: Asked) -> Said:
        said = super().answer(asked)
        time.sleep(0.02)
        return said


def start(address: str, journal: Path, *how: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.crash.asking", address, str(journal), *how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_killed_at_random_moments_it_asks_again_only_what_was_in_flight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", KEY)
    journal, service, chance = tmp_path / "answers.jsonl", Slow(), random.Random(8)
    with serving(service) as address:
        for kill in range(1, KILLS + 1):
            killed = start(address, journal)
            while len(service.seen) < kill * (ROWS // (KILLS + 2)) and killed.poll() is None:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.03))
            killed.kill()
            killed.communicate()
            assert killed.returncode == -9, "it must be killed while it asks, or nothing is shown"
            kept = journal.read_bytes().count(b"}}\n") if journal.exists() else 0
            assert len(service.seen) - kept <= kill * AT_ONCE
        last = start(address, journal)
        assert last.communicate(timeout=60)[0] == str(ROWS)
        asked = len(service.seen)
        assert ROWS <= asked <= ROWS + KILLS * AT_ONCE
        again = start(address, journal)
        assert again.communicate(timeout=60)[0] == str(ROWS)
        assert len(service.seen) == asked


def test_killed_again_and_again_it_begins_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At moments spread over all of it: before and after the batch begins, while it runs, while answers are put."""
    monkeypatch.setenv("KEY", KEY)
    journal, service, chance = tmp_path / "answers.jsonl", SlowBatches(), random.Random(8)
    ends: list[int] = []
    with serving(service) as address:
        while not ends or ends[-1] != 0:
            process, seen = start(address, journal, "batch"), len(service.seen)
            while len(ends) < KILLS and len(service.seen) == seen and process.poll() is None:
                time.sleep(0.001)
            if len(ends) < KILLS:
                time.sleep(chance.uniform(0, 0.15))
                process.kill()
            told = process.communicate(timeout=60)[0]
            ends.append(process.returncode)
    assert told == str(ROWS)
    assert ends.count(-9) > KILLS // 2
    assert len(service.batches) == 1
