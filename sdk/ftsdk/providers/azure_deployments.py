"""Deployments of tuned models on Azure: made by its resource manager under credentials of their own, paid hourly."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.providers.answering import secret_of
from ftsdk.providers.base import Remnant
from ftsdk.providers.calls import Calls, Refused
from ftsdk.providers.throttle import Throttle
from ftsdk.spec.connections import AzureConnection

if TYPE_CHECKING:
    from openai import OpenAI

MANAGEMENT = "https://management.azure.com"
VERSION = "2024-10-01"
SERVICE = "Azure's resource manager"
OURS = "ftsdk-"
SKUS = {"Standard": "Standard", "GlobalStandard": "GlobalStandard", "developerTier": "DeveloperTier"}
CAPACITY = 100  # thousands of tokens a minute; with less, open models fail to load
LOOKS, LOOK_SECONDS = 4, 5.0
NEEDS = "name subscription, resource_group and management_token in the connection"


class Deployments(Protocol):
    """Where tuned models need a paid place to answer from."""

    def deploy(self, model: str) -> str:
        """The deployment of ``model``, made when there is none."""

    def undeploy(self, deployment: str) -> None:
        """Stop paying for it."""

    def remnants(self) -> Iterator[Remnant]:
        """Those that carry our mark."""


class AzureDeployments:
    """The deployments of one resource. A base model is called by the name that its own deployment has there."""

    def __init__(
        self,
        connection: AzureConnection,
        root: Path,
        throttle: Throttle,
        opened: ExitStack,
        management: str = MANAGEMENT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection = connection
        self._root = root
        self._management = management
        self._opened = opened
        self._calls = Calls(SERVICE, throttle, sleep)
        self._sleep = sleep

    def deploy(self, model: str) -> str:
        """The deployment of a tuned model, ready to answer; the same model has one. Paid until it is taken down."""
        if not is_tuned(model):
            return model
        name = f"{OURS}{hashlib.sha256(model.encode()).hexdigest()[:16]}"
        body = {
            "sku": {"name": SKUS[self._connection.training_type], "capacity": CAPACITY},
            "properties": {"model": {"format": "OpenAI", "name": model, "version": "1"}},
        }
        for _look in range(LOOKS):
            state = self._state(name) or self._put(name, body)
            if state == "Succeeded":
                return name
            if state in ("Failed", "Canceled"):
                raise ProviderError(
                    f"the deployment {name} of {model} ended as {state}; it is not paid for",
                    help=f"look at it in the portal, delete it and resume: {NEEDS}",
                )
            self._sleep(LOOK_SECONDS)
        raise ProviderUnavailable(
            f"the deployment {name} of {model} is still being made", help="it is looked at again", retry_after=30.0
        )

    def undeploy(self, deployment: str) -> None:
        """Stop paying for a deployment; one that is gone is no error, and one that is not ours is left alone."""
        if not deployment.startswith(OURS):
            return
        try:
            self._calls.read(f"delete {deployment}", lambda: self._send("delete", deployment))
        except Refused as refused:
            if not refused.absent:
                raise

    def remnants(self) -> Iterator[Remnant]:
        """Deployments with our mark; nothing where the connection names no credentials for them."""
        if not self._can_deploy:
            return
        found = self._calls.read("list deployments", lambda: self._send("get", ""))
        for each in found.get("value") or ():
            if str(each.get("name")).startswith(OURS):
                served = str(each.get("properties", {}).get("model", {}).get("name"))
                yield Remnant(kind="deployment", id=each["name"], key=served, note="paid by the hour")

    def _state(self, name: str) -> str | None:
        try:
            found = self._calls.read(f"show {name}", lambda: self._send("get", name))
        except Refused as refused:
            if refused.absent:
                return None
            raise
        return str(found.get("properties", {}).get("provisioningState"))

    def _put(self, name: str, body: dict[str, Any]) -> str:
        # The name is ours and the act is a PUT: once more makes no second one.
        made = self._calls.read(f"deploy {name}", lambda: self._send("put", name, body))
        return str(made.get("properties", {}).get("provisioningState"))

    def _send(self, verb: str, name: str, body: dict[str, Any] | None = None) -> Any:
        path = f"{self._path}/{name}".rstrip("/")
        options: Any = {"params": {"api-version": VERSION}}
        call = getattr(self._client, verb)
        sent = call(path, cast_to=object, options=options, **({"body": body} if body is not None else {}))
        return sent if isinstance(sent, dict) else {}

    @property
    def _can_deploy(self) -> bool:
        connection = self._connection
        return None not in (connection.subscription, connection.resource_group, connection.management_token)

    @property
    def _path(self) -> str:
        account = (urlsplit(self._connection.endpoint).hostname or "").split(".")[0]
        return (
            f"/subscriptions/{self._connection.subscription}/resourceGroups/{self._connection.resource_group}"
            f"/providers/Microsoft.CognitiveServices/accounts/{account}/deployments"
        )

    @cached_property
    def _client(self) -> OpenAI:
        """The openai package as a plain JSON client: it brings the connections, and errors in a shape we read."""
        from openai import OpenAI

        token = self._connection.management_token
        if not self._can_deploy or token is None:
            raise ProviderError(
                "a tuned model on Azure answers from a deployment only, and the connection cannot make one",
                help=NEEDS,
                owner="configuration",
            )
        key = secret_of(token, self._root)
        made = OpenAI(api_key=key, base_url=self._management, max_retries=0, timeout=25.0)
        return self._opened.enter_context(made)


def is_tuned(model: str) -> bool:
    """Whether an Azure model's name is a tuned one's: ``gpt-4.1-mini.ft-...``, or a checkpoint of one."""
    return ".ft-" in model or model.startswith("ftchkpt-")
