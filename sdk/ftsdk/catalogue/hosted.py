"""Models that a service of somebody else trains, as far as the tables of lifetimes and of row limits know them."""

from __future__ import annotations

import re
from datetime import date

from ftsdk.catalogue.hyperparameters import kind_row
from ftsdk.catalogue.lifetimes import Route, routes
from ftsdk.catalogue.limits import row_limits
from ftsdk.catalogue.models import ModelRow

# Where no limit is known the service is the one to refuse.
UNKNOWN_LIMIT = 131_072
_DATED = re.compile(r"-20\d\d-\d\d-\d\d$")


def hosted_model(name: str, kind: str) -> ModelRow:
    """The row of a model at a kind of connection; of one that no table has yet, what holds for all models there."""
    plain = _DATED.sub("", name.removeprefix("ft:").split(":")[0])
    known = [route for route in routes() if route.provider == kind and plain in route.models]
    ways = {way for route in known for way in route.methods}
    methods = kind_row(kind)
    taken = tuple(methods.methods) if methods is not None else ()
    limits = row_limits(name)
    return ModelRow(
        name=name,
        title=name,
        connection_type=kind,
        methods=tuple(way for way in taken if way in ways) if known else taken,
        context_tokens=limits.max_tokens if limits is not None and limits.max_tokens is not None else UNKNOWN_LIMIT,
        retires=_last_day(known),
        as_of=min((route.as_of for route in known), default=methods.as_of if methods is not None else date.min),
    )


def hosted_models(kind: str, day: date) -> tuple[ModelRow, ...]:
    """The models that a kind of connection still trains on ``day``; names that are prose are left out."""
    alive = [route for route in routes() if route.provider == kind and route.open_on(day)]
    names = dict.fromkeys(name for route in alive for name in route.models if " " not in name)
    return tuple(hosted_model(name, kind) for name in names)


def _last_day(known: list[Route]) -> date | None:
    ends = [route.serves_until for route in known]
    return max((end for end in ends if end is not None), default=None) if ends and None not in ends else None
