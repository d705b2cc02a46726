"""The composite Action: what it installs is never what a pull request brought along."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ACTION = Path(__file__).parent.parent / "action.yml"


@pytest.mark.parametrize(
    ("version", "installed"), [("", "/the/action[github]"), ("ftbot[github]==0.1.0", "ftbot[github]==0.1.0")]
)
def test_without_a_version_the_actions_own_package_is_installed(tmp_path: Path, version: str, installed: str) -> None:
    """Building the tree of a pull request would run its text."""
    (step,) = (
        each for each in yaml.safe_load(ACTION.read_text())["runs"]["steps"] if "pip install" in each.get("run", "")
    )
    assert step["env"] == {"VERSION": "${{ inputs.version }}", "OURS": "${{ github.action_path }}"}
    (tmp_path / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "VERSION": version, "OURS": "/the/action"}
    said = subprocess.run(
        ["bash", "-c", step["run"]], cwd=tmp_path, env=given, capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == installed
