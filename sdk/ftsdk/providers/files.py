"""Files written whole or not at all, and the sentence to say when the disk refuses."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ftsdk.data.written import written_whole
from ftsdk.errors import ProviderError

CHUNK = 1 << 20

# errno -> (what is the matter, next step); {path} is filled in.
_REFUSALS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", "free some space on the disk that holds {path} and try again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space on the disk that holds {path} and try again"),
    errno.EFBIG: ("a file may not grow that large here", "raise the file size limit (ulimit -f) and try again"),
    errno.EROFS: ("the disk is read-only", "choose a directory that can be written instead of {path}"),
    errno.EACCES: ("permission is denied", "give this user write permission on {path}, or choose another directory"),
    errno.EPERM: ("permission is denied", "give this user write permission on {path}, or choose another directory"),
    errno.ENOTDIR: ("a file stands where a directory is needed", "move the file away, or choose another directory"),
}


def refusal(error: OSError, doing: str, path: Path) -> ProviderError:
    """The sentence for an OSError met while ``doing`` something at ``path``."""
    what, help = _REFUSALS.get(error.errno or 0, (error.strerror or str(error), "look at {path} and try again"))
    return ProviderError(f"cannot {doing}: {what} ({path})", help=help.format(path=path))


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an OSError inside into a ProviderError that says what was being done and what to do next."""
    try:
        yield
    except OSError as error:
        raise refusal(error, doing, path) from error


def write_whole(path: Path, content: bytes) -> None:
    """Replace the content of ``path`` at once: a reader sees the old bytes or the new ones, never a part."""
    with written_whole(path) as file:
        file.write(content)


def copy_hashed(source: IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    """Copy all bytes; returns their sha256 in hexadecimal and their number."""
    hashed, count = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        target.write(chunk)
        hashed.update(chunk)
        count += len(chunk)
    return hashed.hexdigest(), count


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
