"""The hash of a model directory: of the names and contents of all that decides what the model computes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ftsdk.errors import ModelMissing, WrongHash
from ftsdk.trainers.smol.train import check_model_file

PATTERNS = ("*.safetensors", "*.json", "*.model", "*.jinja", "*.txt")


def directory_sha256(directory: Path) -> str:
    """Raises ModelMissing when it holds no weights that transformers reads without running code of the model's own."""
    files = sorted({path for pattern in PATTERNS for path in directory.glob(pattern)})
    if not any(path.suffix == ".safetensors" for path in files):
        raise ModelMissing(
            f"the model directory {directory} holds no *.safetensors file", help="save the model in that format"
        )
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def check_model(place: str, sha256: str) -> None:
    """Raise ModelMissing or WrongHash unless a model on this machine is the one that was meant; a hub id passes."""
    if Path(place).is_dir():
        found = directory_sha256(Path(place))
        if sha256 and found != sha256:
            raise WrongHash(
                f"the model directory {place} has hash {found[:12]}..., not {sha256[:12]}...",
                help="restore what was planned with, or plan again",
            )
    elif place.startswith(("/", ".")):
        check_model_file(place, sha256)
