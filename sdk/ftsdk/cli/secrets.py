"""Whether the secrets that connections name are at hand: they lie outside the project, so commands look for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import ProviderError
from ftsdk.providers.secrets import read_secret
from ftsdk.spec import ProjectFile
from ftsdk.spec.connections import EnvSecret, FileSecret, ResolvedSecret
from ftsdk.spec.places import warning


def missing_secrets(
    project: ProjectFile, connections: Set[str], environment: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """A warning for each secret of these connections that is not to be found, where ftsdk.yaml names it."""
    for name, connection in project.project.spec.connections.items():
        if name not in connections:
            continue
        secrets: dict[str, Any] = {key: getattr(connection, key) for key in type(connection).model_fields}
        for key, secret in secrets.items():
            if not isinstance(secret, EnvSecret | FileSecret | ResolvedSecret):
                continue
            try:
                read_secret(secret, environment=environment, root=project.root)
            except ProviderError as reason:
                place = project.place("spec", "connections", name, key)
                yield warning("spec/no-secret", reason.message, place, f"{reason.help}; --offline does not look")
