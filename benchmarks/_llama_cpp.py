"""Asking llama.cpp, through the npm package node-llama-cpp that `make .venv-rivals/.made` brings."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NODE = Path(__file__).resolve().parent.parent / ".venv-rivals" / "node"
SCRIPT = Path(__file__).with_name("_llama_cpp.mjs")


def available() -> bool:
    """Whether node and the package are here."""
    return shutil.which("node") is not None and (NODE / "node_modules" / "node-llama-cpp").is_dir()


def greedy_answers(gguf: Path, prompts: Sequence[Sequence[int]], max_tokens: int) -> dict[str, Any]:
    """``answers`` (texts in order), ``tokens`` written and ``seconds`` taken, one prompt after the other."""
    shutil.copy2(SCRIPT, NODE / SCRIPT.name)  # node looks for packages from where a module lies
    job = {"model": str(gguf), "max_tokens": max_tokens, "prompts": [list(prompt) for prompt in prompts]}
    said = subprocess.run(
        ["node", SCRIPT.name], cwd=NODE, input=json.dumps(job), capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(said.stdout)
    return result
