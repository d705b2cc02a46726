"""What an evaluation learnt of how fast a connection may be asked, kept in the workspace for the next."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from ftsdk.providers.throttle import Throttle
from ftsdk.spec.fields import SpecValue

STATE = ".ftsdk"


def throttle_of(connection: SpecValue, root: Path) -> Throttle:
    """A connection's throttle: it begins at the rate that was kept of the connection as declared, and keeps its own."""
    digest = hashlib.sha256(connection.model_dump_json().encode()).hexdigest()[:16]
    path = root / STATE / "rates" / digest

    def keep(rate: float) -> None:
        if (root / STATE).is_dir():
            _write(path, rate)

    return Throttle(rate=_read(path), keep=keep)


def _read(path: Path) -> float | None:
    try:
        rate = float(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return rate if 0 < rate < float("inf") else None


def _write(path: Path, rate: float) -> None:
    with suppress(OSError):  # the answers are there all the same; the next evaluation learns anew
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(f"{rate:.6g}\n", "utf-8")
        draft.replace(path)
