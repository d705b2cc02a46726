"""What training, hosting and keeping tuned models costs and how it is billed: dated rows of training_prices.yaml."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

from ftsdk.catalogue.tables import read_table
from ftsdk.values import Value

# A dated snapshot costs what its family costs: gpt-4.1-mini-2025-04-14, claude-3-haiku-20240307.
_SNAPSHOT = re.compile(r"-(20\d\d-\d\d-\d\d|20\d{6})$")
_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[bB](?![a-zA-Z])")


class TrainingPrice(Value):
    """US dollars: training per million tokens or per hour, hosting per hour, storage per month; None: not charged."""

    connection: str
    model: str
    billions: tuple[float, float] | None = None
    training: float | None = None
    training_high: float | None = None
    training_hour: float | None = None
    hosting_hour: float | None = None
    hosting_hour_high: float | None = None
    storage_month: float | None = None
    source: str
    sure: Literal["high", "medium", "low"]
    as_of: date | None = None


class EpochsRule(Value):
    """`auto` is the likely default, but ``least`` to ``most`` rows are seen in all, in at most ``longest`` epochs."""

    least: int
    most: int
    longest: int


class Billing(Value):
    """How a provider counts what it bills."""

    connection: str
    validation: bool = False
    whole_sequences: bool = False
    default_epochs: tuple[int, int, int] = (1, 3, 10)
    epochs_rule: EpochsRule | None = None
    cap_usd: float | None = None
    minimum_usd: float = 0
    training_types: dict[str, tuple[float, float]] = {}
    unhosted: str | None = None
    source: str = "nobody has said how it bills: tokens times epochs"

    def auto_epochs(self, rows: int) -> tuple[int, int, int]:
        """Low, likely and high of the epochs that a provider chooses for so many rows; likely by its rule, if any."""
        low, likely, high = self.default_epochs
        rule = self.epochs_rule
        if rule is None or rows == 0:
            return low, likely, high
        if rows * likely < rule.least:
            chosen = min(rule.longest, rule.least // rows)
        else:
            chosen = max(1, min(likely, rule.most // rows))
        return min(low, chosen), chosen, max(chosen, likely, min(high, rule.most // rows))


@cache
def _table() -> dict[str, Any]:
    return read_table("training_prices.yaml")


@cache
def training_prices() -> tuple[TrainingPrice, ...]:
    """Every row of training_prices.yaml."""
    table = _table()
    return tuple(TrainingPrice.model_validate(row | {"as_of": table["as_of"]}) for row in table["prices"])


@cache
def billing(connection: str) -> Billing:
    """How connections of this type bill; tokens times epochs where nobody has said."""
    found = (Billing.model_validate(row) for row in _table()["billing"] if row["connection"] == connection)
    return next(found, Billing(connection=connection))


def training_price(connection: str, model: str) -> TrainingPrice | None:
    """The row of a model, also under a dated name, at a type of connection; None when it has no price."""
    own = [row for row in training_prices() if row.connection == connection]
    return next((row for row in own if matches_model(row.model, model) and _has_size(row, model)), None)


def _has_size(row: TrainingPrice, model: str) -> bool:
    """Whether a name says a size (``Qwen3-8B``) in the row's bracket, where the row has one."""
    if row.billions is None:
        return True
    sizes = [float(size) for size in _SIZE.findall(model)]
    return bool(sizes) and row.billions[0] < sizes[0] <= row.billions[1]


def matches_model(pattern: str, model: str) -> bool:
    """Whether a model, or the family of a dated one, has this name or fits this pattern; case does not matter."""
    name = model.lower()
    return any(fnmatchcase(each, pattern.lower()) for each in (name, family(name)))


def family(model: str) -> str:
    """A model's name without its date."""
    return _SNAPSHOT.sub("", model)


def is_pinned(model: str) -> bool:
    """Whether a name ends in a date, or in a version that its provider never moves (Bedrock's ``-v1:0``)."""
    return _SNAPSHOT.search(model) is not None or re.search(r"-v\d+:\d+", model) is not None
