"""Every provider of ours passes the contract that we hand to others."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk.errors import ModelMissing
from ftsdk.providers.base import Provider
from ftsdk.providers.local import LocalProvider
from ftsdk.providers.local_engine import Engine
from ftsdk.providers.models import locate
from ftsdk.providers.openai_connections import openai_provider
from ftsdk.spec.connections import AzureConnection, OpenAICompatibleConnection, OpenAIConnection
from ftsdk.testing.provider_contract import ProviderContract
from ftsdk.testing.scripted import ScriptedProvider
from tests.services.service import KEY, serving
from tests.services.training import AzureTraining, OpenAITraining

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


SECRETS = {"api_key": {"env": "FTSDK_CONTRACT_KEY"}}


class OverOpenAIProtocol(ProviderContract):
    """A stand-in on loopback that is as strict as OpenAI's own definition."""

    model = "gpt-4.1-mini"
    hyperparameters = None
    rows = 12
    pause = 0.0

    @pytest.fixture(autouse=True)
    def served(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("FTSDK_CONTRACT_KEY", KEY)
        monkeypatch.setenv("FTSDK_CONTRACT_TOKEN", "management-token")
        self.service = self.make_service()
        with serving(self.service) as address:
            self.address = address
            yield

    @abstractmethod
    def make_service(self) -> OpenAITraining:
        """The stand-in."""


class TestOpenAI(OverOpenAIProtocol):
    def make_service(self) -> OpenAITraining:
        return OpenAITraining()

    def make_provider(self, directory: Path) -> Provider:
        connection = OpenAIConnection.model_validate({"type": "openai", **SECRETS})
        return openai_provider("openai", connection, directory, base_url=f"{self.address}/v1", fresh_seconds=0.0)


class TestOpenAICompatible(OverOpenAIProtocol):
    def make_service(self) -> OpenAITraining:
        service = OpenAITraining()
        service.newest = False  # other servers know max_tokens alone
        return service

    def make_provider(self, directory: Path) -> Provider:
        said = {"type": "openai_compatible", "base_url": f"{self.address}/v1", **SECRETS}
        connection = OpenAICompatibleConnection.model_validate(said)
        return openai_provider("gateway", connection, directory, fresh_seconds=0.0)


class TestAzure(OverOpenAIProtocol):
    def make_service(self) -> OpenAITraining:
        return AzureTraining()

    def make_provider(self, directory: Path) -> Provider:
        said = {
            "type": "azure", "endpoint": self.address, **SECRETS, "subscription": "s", "resource_group": "g",
            "management_token": {"env": "FTSDK_CONTRACT_TOKEN"},
        }  # fmt: skip
        connection = AzureConnection.model_validate(said)
        return openai_provider("azure", connection, directory, management=self.address, fresh_seconds=0.0)


class TestLocal(ProviderContract):
    """The embedded engine itself: a real, tiny fine-tune in every test."""

    def make_provider(self, directory: Path) -> Provider:
        locate_or_skip(self.model)
        return LocalProvider("local", directory)
