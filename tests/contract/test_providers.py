"""Every provider of ours passes the contract that we hand to others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ftsdk.errors import ModelMissing
from ftsdk.providers.base import Provider
from ftsdk.providers.local import LocalProvider
from ftsdk.providers.local_engine import Engine
from ftsdk.providers.models import locate
from ftsdk.testing.provider_contract import ProviderContract
from ftsdk.testing.scripted import ScriptedProvider

STAND_INS = Path(__file__).parents[1] / "ftsdk" / "providers" / "stand_ins"


def locate_or_skip(model: str) -> Path:
    """The model's file; tests that need it are skipped where it was not pulled (``make test`` pulls it)."""
    try:
        return locate(model)
    except ModelMissing as missing:
        pytest.skip(str(missing))


class TestScripted(ProviderContract):
    pause = 0.0

    def make_provider(self, directory: Path) -> Provider:
        return ScriptedProvider()


class TestLocalWithStandIns(ProviderContract):
    """The local provider around processes that take milliseconds."""

    def make_provider(self, directory: Path) -> Provider:
        engine = Engine(
            name="stand-in",
            trainer=(sys.executable, str(STAND_INS / "trainer.py")),
            server=(sys.executable, str(STAND_INS / "server.py")),
            variables={},
            note="a stand-in",
        )
        return LocalProvider("local", directory, locate_or_skip(self.model), directory / "cache", engine)


class TestLocal(ProviderContract):
    """The embedded engine itself: a real, tiny fine-tune in every test."""

    def make_provider(self, directory: Path) -> Provider:
        locate_or_skip(self.model)
        return LocalProvider("local", directory)
