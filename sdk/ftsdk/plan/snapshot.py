"""What was seen before planning: capabilities, prices and state, dated; the plan is a function of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from ftsdk.prices.book import ModelPrices
from ftsdk.providers.base import Capabilities
from ftsdk.spec.model import FineTune
from ftsdk.values import Value

NO_STATE = "state unknown: reuse, drift and remaining budget not checked"


class Seen(Value):
    """A model at a connection: what can be done with it, or why nobody could be asked."""

    connection: str
    model: str
    capabilities: Capabilities | None
    error: str = ""


class DataSeen(Value):
    """The sha256 of what an address of rows held; None with the reason where nobody could look."""

    address: str
    sha256: str | None
    error: str = ""


class Last(Value):
    """The newest run of a name: the spec that it was started with, and what it read."""

    run: str
    phase: str
    digest: str
    fingerprint: str
    spec: FineTune
    spec_path: str
    inputs: dict[str, str]
    training_sha256: str
    system_prompt: str | None
    trained: bool


class AliasSeen(Value):
    """An alias as the store has it (``version``, ``run``), and as applications read it now."""

    alias: str
    version: int
    run: str
    published_version: int | None
    model_there: bool | None = None


class Money(Value):
    """Where a team stands in a month."""

    team: str
    month: str
    held: Decimal
    spent: Decimal


class State(Value):
    """What the store said: finished trainings, the newest run of each name, aliases and money.

    ``known`` are runs that have a model, ``attempts`` counts jobs that ended badly and that their provider cannot go on
    with; both by the spec's name and then by fingerprint, as the key of a job is made: the same training under another
    name is another job, and paid for.
    """

    serial: int = 0
    known: dict[str, dict[str, str]] = {}
    attempts: dict[str, dict[str, int]] = {}
    last: dict[str, Last] = {}
    aliases: tuple[AliasSeen, ...] = ()
    money: tuple[Money, ...] = ()

    def trained(self, name: str, fingerprint: str) -> str | None:
        """The newest run of a name that has a model of this training."""
        return self.known.get(name, {}).get(fingerprint)


class Snapshot(Value):
    """Everything that was seen at ``taken_at``; ``state`` is None when the store could not be asked."""

    format_version: Literal["1"] = "1"
    taken_at: datetime
    models: tuple[Seen, ...] = ()
    prices: tuple[ModelPrices, ...] = ()
    data: tuple[DataSeen, ...] = ()
    state: State | None = None
    state_error: str = ""

    def seen(self, connection: str, model: str) -> Seen | None:
        """What was seen of a model; None when nobody looked."""
        return next((each for each in self.models if (each.connection, each.model) == (connection, model)), None)

    def data_at(self, address: str) -> DataSeen | None:
        """What an address held; None when nobody looked."""
        return next((each for each in self.data if each.address == address), None)

    def prices_of(self, connection: str, model: str) -> ModelPrices | None:
        """What a model costs; None when nobody looked."""
        return next((each for each in self.prices if (each.connection, each.model) == (connection, model)), None)


def drift(snapshot: Snapshot) -> tuple[str, ...]:
    """What is no longer as the store left it: aliases that were moved, models that are gone, outside ftsdk."""
    found = []
    for alias in snapshot.state.aliases if snapshot.state else ():
        if alias.published_version != alias.version:
            now = "is gone" if alias.published_version is None else f"says version {alias.published_version}"
            found.append(f"{alias.alias} {now} where applications read it; the store says version {alias.version}")
        if alias.model_there is False:
            found.append(f"the model behind {alias.alias} (run {alias.run}) is no longer with its provider")
    return tuple(found)
