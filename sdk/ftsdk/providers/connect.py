"""From a connection in ``ftsdk.yaml`` to a provider: a table of ours, and entry points for everybody else's."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from ftsdk.errors import ProviderError
from ftsdk.providers.answering import OpenAIFlavour
from ftsdk.providers.base import Provider
from ftsdk.spec.connections import AnthropicConnection, PluginConnection
from ftsdk.spec.model import Connection, LocalConnection

GROUP = "ftsdk.providers"

# A builder takes the connection's name, the connection and the project's root.
Builder = Callable[[str, Any, Path], Provider]


def connect(name: str, connection: Connection, root: Path) -> Provider:
    """The provider behind a connection; relative paths start at ``root``.

    Third parties register a `Builder` in the entry-point group ``ftsdk.providers``; ``type: plugin`` names it.
    Raises ProviderError when nobody serves the type.
    """
    kind = connection.plugin if isinstance(connection, PluginConnection) else connection.type
    build = BUILDERS.get(kind) or _registered(kind)
    if build is None:
        raise ProviderError(
            f"the connection {name!r} is of type {kind!r}, which no installed package serves",
            help=f"types: {', '.join(known_types())}; or install the package that brings it",
            owner="configuration",
        )
    return build(name, connection, root)


def known_types() -> tuple[str, ...]:
    """All connection types that can be used here."""
    return tuple(sorted({*BUILDERS, *(point.name for point in entry_points(group=GROUP))}))


def _registered(kind: str) -> Builder | None:
    for point in entry_points(group=GROUP, name=kind):
        builder: Builder = point.load()
        return builder
    return None


def _local(name: str, connection: LocalConnection, root: Path) -> Provider:
    from ftsdk.providers.local import LocalProvider
    from ftsdk.providers.local_engine import smol, torch

    model_path = root / connection.model_path if connection.model_path else None
    engine = torch(connection.processes) if connection.engine == "torch" else smol()
    return LocalProvider(name, root / ".ftsdk" / "jobs" / name, model_path, engine=engine)


def _anthropic(name: str, connection: AnthropicConnection, root: Path) -> Provider:
    from ftsdk.providers.answering import anthropic_answers
    from ftsdk.providers.untrained import UntrainedProvider

    return UntrainedProvider(name, anthropic_answers(connection, root), NO_CLAUDE)


NO_CLAUDE = (
    "Anthropic has no endpoint that trains, and the one Claude model that Amazon Bedrock tuned is past its end of life;"
    " prompt it (`ft advise` compares), or tune an open model"
)


def _openai(name: str, connection: OpenAIFlavour, root: Path) -> Provider:
    from ftsdk.providers.openai_connections import openai_provider

    return openai_provider(name, connection, root)


BUILDERS: dict[str, Builder] = {
    "local": _local,
    "anthropic": _anthropic,
    "openai": _openai,
    "azure": _openai,
    "openai_compatible": _openai,
}
