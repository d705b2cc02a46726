"""An open database of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk.runs.database import Database


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """An empty store's database."""
    opened = Database(store_url, Path())
    yield opened
    opened.close()
