"""The completion scripts load in their shells and complete commands, options and values."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ftsdk.cli import COMMANDS
from tests.ftsdk.cli.conftest import RunFt


def script(run_ft: RunFt, shell: str, directory: Path) -> Path:
    """The script of a shell, in a file; skips where there is no such shell."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here to try the script in")
    path = directory / f"ft.{shell}"
    path.write_text(run_ft(directory, "completion", shell).out)
    return path


CASES = [
    ("va", ["validate"]),
    ("validate --format sa", ["sarif"]),
    ("validate --off", ["--offline"]),
    ("models pu", ["pull"]),
    ("data im", ["import"]),
    ("schema --kind Pro", ["Project"]),
]


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_bash_completes(typed: str, offered: list[str], run_ft: RunFt, tmp_path: Path) -> None:
    words = ["ft", *typed.split(" ")]
    program = (
        f"source {script(run_ft, 'bash', tmp_path)}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
        '_ft; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == offered


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish_completes(typed: str, offered: list[str], run_ft: RunFt, tmp_path: Path) -> None:
    program = f"source {script(run_ft, 'fish', tmp_path)}; complete -C 'ft {typed}'"
    done = subprocess.run(["fish", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} >= set(offered)


def test_zsh_takes_the_script(run_ft: RunFt, tmp_path: Path) -> None:
    subprocess.run(["zsh", "-n", script(run_ft, "zsh", tmp_path)], check=True, timeout=60)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_in_every_script(shell: str, run_ft: RunFt, tmp_path: Path) -> None:
    said = run_ft(tmp_path, "completion", shell).out
    assert [name for name in COMMANDS if name not in said] == []
