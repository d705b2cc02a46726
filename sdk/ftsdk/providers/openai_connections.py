"""From a connection of OpenAI's protocol to its provider: clients, what each flavour adds, and where it deploys."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.providers.answering import OpenAIFlavour, openai_answers, openai_arguments, secret_of
from ftsdk.providers.azure_deployments import MANAGEMENT, AzureDeployments
from ftsdk.providers.flavours import FLAVOURS
from ftsdk.providers.openai_training import EVENTS_SECONDS, FRESH_SECONDS, REQUEST_SECONDS, OpenAITraining
from ftsdk.providers.rates import throttle_of
from ftsdk.spec.connections import AzureConnection

if TYPE_CHECKING:
    from openai import OpenAI

# Uploads in parts are served under the older address only, which wants a version.
AZURE_VERSION = "2025-04-01-preview"


def openai_provider(
    name: str,
    connection: OpenAIFlavour,
    root: Path,
    *,
    base_url: str | None = None,
    management: str = MANAGEMENT,
    fresh_seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> OpenAITraining:
    """The provider of one account; ``base_url`` and ``management`` replace the service's own addresses.

    ``fresh_seconds`` is how long a look at a job, or at its events, holds for all who ask.
    """
    throttle = throttle_of(connection, root)
    opened = ExitStack()

    @cache
    def client() -> OpenAI:
        from openai import OpenAI

        made = OpenAI(**openai_arguments(connection, root, base_url), timeout=REQUEST_SECONDS)
        return opened.enter_context(made)

    azure = connection if isinstance(connection, AzureConnection) else None
    return OpenAITraining(
        name,
        FLAVOURS[connection.type],
        client,
        openai_answers(connection, root, base_url, throttle),
        throttle=throttle,
        close=opened.close,
        large=_client_for_parts(azure, root, opened) if azure else client,
        deployments=AzureDeployments(azure, root, throttle, opened, management) if azure else None,
        extra={"trainingType": azure.training_type} if azure else None,
        request_seconds=REQUEST_SECONDS,
        clock=clock,
        fresh_seconds=FRESH_SECONDS if fresh_seconds is None else fresh_seconds,
        events_seconds=EVENTS_SECONDS if fresh_seconds is None else fresh_seconds,
    )


def _client_for_parts(connection: AzureConnection, root: Path, opened: ExitStack) -> Callable[[], OpenAI]:
    @cache
    def client() -> OpenAI:
        from openai import AzureOpenAI

        made = AzureOpenAI(
            azure_endpoint=connection.endpoint,
            api_key=secret_of(connection.api_key, root),
            api_version=AZURE_VERSION,
            max_retries=0,
        )
        return opened.enter_context(made)

    return client
