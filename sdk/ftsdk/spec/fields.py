"""The kinds of fields that specs are made of: names, paths, money, durations, and where a default is from."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic.config import JsonDict

from ftsdk.values import Value


class Says(NamedTuple):
    """What belongs in a field, in plain words; what is written in a ``secret`` one is never repeated."""

    words: str
    secret: bool = False


NAME_WORDS = Says("a name of lower-case letters, digits and hyphens (at most 63)")
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    NAME_WORDS,
]
RelativePath = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
DataPath = RelativePath
"""A path relative to the spec, or an ``s3://``, ``gs://`` or ``az://`` address (with the file's sha256 beside it)."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Says("64 hexadecimal digits")]
Address = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s/@]+(/\S*)?$", max_length=1024),
    Says("an http:// or https:// address without a user in it"),
]
Approver = Annotated[
    str,
    StringConstraints(pattern=r"^(group|person):[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    Says("group:NAME or person:NAME"),
]
DURATION_WORDS = Says("a duration such as 90m, 24h, 30d or 2w")
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}[mhdw]$"), DURATION_WORDS]
Channel = Annotated[
    str, StringConstraints(pattern=r"^#[^\s#]+$", max_length=81), Says("a channel such as '#ml-support'")
]
Auto = Literal["auto"]
Share = Annotated[float, Field(gt=0, lt=1)]

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _amount(value: Any) -> Any:
    """Numbers as exact amounts; text and truth values stay what they are and are refused."""
    return Decimal(str(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


Usd = Annotated[
    Decimal,
    Field(ge=0, le=100_000_000, max_digits=11, decimal_places=4),
    BeforeValidator(_amount),
    PlainSerializer(lambda amount: float(amount), when_used="json"),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100_000_000}),
]
"""An amount of US dollars; a number in the file, an exact Decimal here."""


class SpecValue(Value):
    """A part of a spec: strict types, because ``no`` where a boolean belongs is a mistake, not a value."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, serialize_by_alias=True, defer_build=True, ser_json_inf_nan="strings"
    )


def source(text: str) -> JsonDict:
    """Where a default is from; the test of the model wants one beside every default that is a choice."""
    return {"x-source": text}


def as_timedelta(duration: str) -> timedelta:
    """``24h`` as a span of time; units are minutes, hours, days and weeks."""
    return timedelta(**{_UNITS[duration[-1]]: int(duration[:-1])})
