"""The demonstration's script: which commands it shows and runs, and what it says when one of them ends badly."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


class Demo:
    """Runs scripts/demo.sh with an ``ft`` that writes down what it is asked and ends as it is told."""

    def __init__(self, directory: Path) -> None:
        self.asked = directory / "asked"
        self.directory = directory

    def run(self, *, fast: str = "", ends: str = "apply 0", ticket: str = "it's broken") -> tuple[int, str, list[str]]:
        command, code = ends.split()
        ft = self.directory / "ft"
        ft.write_text(f'#!/bin/sh\necho "$*" >> "{self.asked}"\n[ "$1" = {command} ] && exit {code}\nexit 0\n')
        ft.chmod(0o755)
        environment = {**os.environ, "PATH": f"{self.directory}:{os.environ['PATH']}", "FAST": fast, "TICKET": ticket}
        done = subprocess.run(
            ["bash", ROOT / "scripts" / "demo.sh"], env=environment, capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout, self.asked.read_text().splitlines()


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path)


def test_it_goes_from_the_model_to_an_answer_of_the_tuned_one(demo: Demo) -> None:
    code, said, asked = demo.run()
    assert code == 0
    assert [line.split()[0] for line in asked] == ["models", "validate", "plan", "apply", "report", "complete"]
    assert asked[-1] == "complete tickets@production --versus base it's broken"
    assert "$ ft apply specs/tickets/tickets.yaml --wait --yes" in said


def test_it_says_first_how_long_it_takes_and_what_it_downloads(demo: Demo) -> None:
    _, said, _ = demo.run()
    before = said.split("$ ft")[0]
    assert "about 4 minutes" in before
    assert "93 MB" in before


def test_the_fast_one_takes_the_fast_spec(demo: Demo) -> None:
    code, said, asked = demo.run(fast="1")
    assert code == 0
    assert "about 2 minutes" in said
    assert "apply specs/tickets/tickets-fast.yaml --wait --yes" in asked
    assert asked[-1].startswith("complete tickets-fast@production")


@pytest.mark.parametrize(("code", "sentence"), [(16, "The gate did not pass"), (19, "The comparison cannot tell")])
def test_without_a_promotion_it_still_shows_the_report_and_asks_no_alias(demo: Demo, code: int, sentence: str) -> None:
    ended, said, asked = demo.run(ends=f"apply {code}")
    assert ended == code
    assert sentence in said
    assert asked[-1].startswith("report")


@pytest.mark.parametrize("command", ["apply", "models"])
def test_interrupted_it_says_that_the_same_command_goes_on(demo: Demo, command: str) -> None:
    ended, said, asked = demo.run(ends=f"{command} 130", fast="1")
    assert ended == 130
    assert "make demo FAST=1 goes on from where it was" in said
    assert asked[-1].startswith(command)


def test_a_spec_that_does_not_hold_stops_it_before_anything_is_trained(demo: Demo) -> None:
    ended, said, asked = demo.run(ends="validate 10")
    assert ended == 10
    assert "exit code 10" in said
    assert asked[-1].startswith("validate")
