"""The tables that lie beside this module, read with libyaml where PyYAML has it: that is ten times as fast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_table(name: str) -> dict[str, Any]:
    """What ``name`` says."""
    table: dict[str, Any] = yaml.load(Path(__file__).with_name(name).read_bytes(), Loader=_LOADER)
    return table
