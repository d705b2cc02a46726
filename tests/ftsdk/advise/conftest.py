"""The published cases, and facts of every kind for properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

CASES = Path(__file__).parents[3] / "benchmarks" / "advise_cases" / "open.yaml"


@pytest.fixture(scope="session")
def cases() -> list[dict[str, Any]]:
    """The 27 open cases."""
    found: list[dict[str, Any]] = yaml.safe_load(CASES.read_text("utf-8"))["cases"]
    return found


@pytest.fixture(scope="session")
def by_id(cases: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same, by id."""
    return {case["id"]: case for case in cases}
