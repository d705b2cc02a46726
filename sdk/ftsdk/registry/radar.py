"""Retirement radar: how many days the model behind each alias has left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from ftsdk.catalogue.lifetimes import routes
from ftsdk.registry.value import Resolved
from ftsdk.values import Value

SOON_DAYS = 60
"""From here on a successor is looked for: what must be collected, compared and approved takes weeks."""


class Life(Value):
    """How long one alias's model will answer. ``days_left`` is None where no end is announced."""

    alias: str
    model: str
    base_model: str
    retires: date | None
    days_left: int | None
    source: str

    @property
    def ends_soon(self) -> bool:
        """Whether a successor should be looked for now."""
        return self.days_left is not None and self.days_left <= SOON_DAYS


RetirementOf = Callable[[Resolved], date | None]
"""What a provider itself says of a model; None when it says nothing."""


def radar(
    aliases: Iterable[Resolved], kind_of: Callable[[str], str], asked: RetirementOf, today: date
) -> tuple[Life, ...]:
    """Every alias, the shortest life first: by the provider's answer, else by the dated table.

    ``kind_of`` gives the type of a connection (``openai``), by which the table's rows are found.
    """
    lives = [_life(resolved, kind_of(resolved.connection), asked, today) for resolved in aliases]
    return tuple(sorted(lives, key=lambda life: (life.days_left is None, life.days_left, life.alias)))


def _life(resolved: Resolved, kind: str, asked: RetirementOf, today: date) -> Life:
    said = asked(resolved)
    known = said or _of_table(kind, resolved.base_model)
    source = "the provider" if said else "the dated table" if known else "no end is announced"
    return Life(
        alias=resolved.alias,
        model=resolved.model,
        base_model=resolved.base_model,
        retires=known,
        days_left=None if known is None else (known - today).days,
        source=source,
    )


def _of_table(kind: str, base: str) -> date | None:
    found = [
        route.serves_until
        for route in routes()
        if route.provider == kind and route.serves_until and any(_is(base, model) for model in route.models)
    ]
    return min(found, default=None)


def _is(base: str, model: str) -> bool:
    return base == model or base.startswith(f"{model}-20")
