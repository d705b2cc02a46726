"""From a connection to the client that answers: addresses, keys and each flavour's words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ftsdk.providers.inference import InferenceClient
from ftsdk.providers.rates import throttle_of
from ftsdk.providers.remote_inference import REQUEST_SECONDS, RemoteInference
from ftsdk.providers.secrets import read_secret
from ftsdk.providers.throttle import Throttle
from ftsdk.providers.untrained import Answers
from ftsdk.spec.connections import (
    AnthropicConnection,
    AzureConnection,
    OpenAICompatibleConnection,
    OpenAIConnection,
    Secret,
)

OpenAIFlavour = OpenAIConnection | AzureConnection | OpenAICompatibleConnection

NO_KEY = "none"  # the openai package wants some key; services without one do not look


def openai_arguments(connection: OpenAIFlavour, root: Path, base_url: str | None = None) -> dict[str, Any]:
    """What the openai package's clients are made with; raises ProviderError when a secret is not there.

    ``base_url`` replaces the service's own address.
    """
    if isinstance(connection, OpenAIConnection):
        address = {"organization": connection.organization, "project": connection.project, "base_url": OPENAI}
    elif isinstance(connection, AzureConnection):
        address = {"base_url": f"{connection.endpoint.rstrip('/')}/openai/v1/"}
    else:
        address = {"base_url": connection.base_url}
    if base_url is not None:
        address["base_url"] = base_url
    key = connection.api_key
    return address | {"api_key": secret_of(key, root) if key is not None else NO_KEY, "max_retries": 0}


OPENAI = "https://api.openai.com/v1"  # named here, because the package would take it from the environment

# What each flavour is called, and what it calls the limit of tokens: newer models of OpenAI's refuse the older word,
# most other servers know no other.
SERVICES: dict[str, tuple[str, str]] = {
    "openai": ("OpenAI", "max_completion_tokens"),
    "azure": ("Azure OpenAI", "max_completion_tokens"),
    "openai_compatible": ("the service", "max_tokens"),
}


def openai_answers(
    connection: OpenAIFlavour, root: Path, base_url: str | None = None, shared: Throttle | None = None
) -> Answers:
    """Clients of one connection; they wait for each other when the service asks to wait.

    ``shared`` is the throttle of whatever else asks the same service; ``base_url`` replaces its address.
    """
    throttle = shared or throttle_of(connection, root)

    def answers(model: str) -> InferenceClient:
        from ftsdk.providers.http_json import JsonHttp
        from ftsdk.providers.openai_wire import OpenAIWire, ResponsesWire

        said = openai_arguments(connection, root, base_url)
        service, limit = SERVICES[connection.type]
        wire = ResponsesWire if connection.api == "responses" else OpenAIWire
        http = JsonHttp(service, said["base_url"], _headers(said))
        asked = wire(http, limit=limit)
        batches = None
        if isinstance(connection, OpenAIConnection):
            from ftsdk.providers.openai_batches import OpenAIBatches

            batches = OpenAIBatches(http, asked)
        return RemoteInference(model, asked, throttle, batches)

    return answers


def _headers(said: dict[str, Any]) -> dict[str, str]:
    """What the openai package sends beside a question."""
    named = {"OpenAI-Organization": said.get("organization"), "OpenAI-Project": said.get("project")}
    return {"Authorization": f"Bearer {said['api_key']}"} | {name: value for name, value in named.items() if value}


def anthropic_answers(connection: AnthropicConnection, root: Path, base_url: str | None = None) -> Answers:
    """Clients of one connection; ``base_url`` is the maker's when absent."""
    throttle = throttle_of(connection, root)

    def answers(model: str) -> InferenceClient:
        from anthropic import AsyncAnthropic

        from ftsdk.providers.anthropic_batches import AnthropicBatches
        from ftsdk.providers.anthropic_wire import AnthropicWire

        client = AsyncAnthropic(
            api_key=secret_of(connection.api_key, root),
            base_url=base_url or ANTHROPIC,
            max_retries=0,
            timeout=REQUEST_SECONDS,
        )
        wire = AnthropicWire(client, "Anthropic")
        return RemoteInference(model, wire, throttle, AnthropicBatches(client, wire, "Anthropic"))

    return answers


ANTHROPIC = "https://api.anthropic.com"


def secret_of(secret: Secret, root: Path) -> str:
    """What a reference stands for here; raises ProviderError when there is nothing."""
    return read_secret(secret, environment=os.environ, root=root).get_secret_value()
