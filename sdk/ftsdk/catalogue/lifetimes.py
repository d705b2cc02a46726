"""What can still be trained, where, by whom and until when: dated rows, read once from lifetimes.yaml."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from ftsdk.catalogue.tables import read_table
from ftsdk.values import Value

TrainingWay = Literal["sft", "dpo", "rft", "cpt", "distil"]


class Route(Value):
    """One way to a trained model. It is over on the day after ``trains_until``; tuned models serve until theirs."""

    provider: str
    models: tuple[str, ...]
    methods: tuple[TrainingWay, ...]
    for_whom: str
    trains_until: date | None
    serves_until: date | None
    in_house: bool = False
    note: str
    source: str
    sure: Literal["high", "medium", "low"]
    as_of: date

    def open_on(self, day: date) -> bool:
        """Whether anybody can still train this way on ``day``."""
        return bool(self.methods) and (self.trains_until is None or day <= self.trains_until)


@cache
def routes() -> tuple[Route, ...]:
    """Every row of lifetimes.yaml."""
    table = read_table("lifetimes.yaml")
    return tuple(Route.model_validate(row | {"as_of": table["as_of"]}) for row in table["routes"])
