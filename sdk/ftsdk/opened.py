"""A directory with ftsdk.yaml, opened: its store, people, artefacts and providers, each made when first needed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ftsdk.errors import UsageError
from ftsdk.plan.value import Plan
from ftsdk.providers.base import Closes, Provider
from ftsdk.providers.connect import connect
from ftsdk.spec import load as load_spec
from ftsdk.spec import load_project

if TYPE_CHECKING:
    from ftsdk.runs.agreements import Agreements
    from ftsdk.runs.approvals import Approvals
    from ftsdk.runs.artefacts import Artefacts
    from ftsdk.runs.database import Database
    from ftsdk.runs.people import People
    from ftsdk.runs.store import Store


class Opened:
    """What a workspace is made of; `ftsdk.Workspace` is what can be done with it."""

    def __init__(
        self,
        root: Path,
        *,
        providers: Mapping[str, Provider] | None = None,
        poll_seconds: float = 1.0,
        project: bytes | None = None,
    ) -> None:
        self.root = root
        self.poll_seconds = poll_seconds
        self._given = project
        self.project_file = load_project(root, os.environ, project)
        self.project = self.project_file.project
        self._providers: dict[str, Provider] = dict(providers or {})

    @cached_property
    def database(self) -> Database:
        """The database of the store; opened, and migrated, when first needed."""
        from ftsdk.runs.database import Database

        return Database(self.project.spec.store.url, self.root)

    @cached_property
    def store(self) -> Store:
        """The rows of runs."""
        from ftsdk.runs.store import Store

        return Store(self.database)

    @cached_property
    def approvals(self) -> Approvals:
        """Who agreed to what."""
        from ftsdk.runs.approvals import Approvals

        return Approvals(self.database, self.people)

    @cached_property
    def people(self) -> People:
        """Who is who in this project; the machine's user is somebody only in a local store whose policy allows it."""
        from ftsdk.runs.people import People

        body = self.project.spec
        local = body.policy.local_identity and self.database.dialect == "sqlite"
        return People(body.people, body.groups, local_identity=local)

    @cached_property
    def _agreements(self) -> Agreements:
        from ftsdk.runs.agreements import Agreements

        return Agreements(self.approvals, self._plan_now)

    def _plan_now(self, path: str) -> Plan:
        """The plan of a spec under ftsdk.yaml as it is now: a worker lives longer than a policy or a price."""
        from ftsdk.observing import Sources
        from ftsdk.planning import Planning

        project_file = load_project(self.root, os.environ, self._given)
        spec_file = load_spec(self.root / path, root=self.root, project=project_file)
        sources = Sources(project_file, self.provider, lambda: self.store, lambda: self.artefacts)
        return Planning(sources).plan(spec_file)

    @cached_property
    def artefacts(self) -> Artefacts:
        """The files that runs leave."""
        from ftsdk.runs.artefacts import Artefacts

        return Artefacts(self.project.spec.store.artefacts, self.root)

    def provider(self, connection: str) -> Provider:
        """The provider behind a connection of ftsdk.yaml; raises UsageError when there is no such connection."""
        if connection not in self._providers:
            declared = self.project.spec.connections
            if connection not in declared:
                raise UsageError(
                    f"no connection {connection!r} in ftsdk.yaml", help=f"declared there: {', '.join(sorted(declared))}"
                )
            self._providers[connection] = connect(connection, declared[connection], self.root)
        return self._providers[connection]

    def close(self) -> None:
        """Let go of the database and of connections."""
        for provider in self._providers.values():
            if isinstance(provider, Closes):
                provider.close()
        if "database" in self.__dict__:
            self.database.close()
