"""Slack's numeric limits, read from limits.json; each entry there names its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TABLE: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent.parent / "limits.json").read_text("utf-8"))


def limit(group: str, name: str) -> int:
    """One number of the table, for example ``limit("section", "text")``."""
    return int(TABLE[group][name][0])


def blocks_of(surface: str) -> frozenset[str]:
    """The block types that a surface (message, modal, home) takes."""
    return frozenset(TABLE["surfaces"][surface])
