"""A quantity that is not known exactly, as low, likely and high."""

from __future__ import annotations

from pydantic import model_validator

from ftsdk.values import Value

AS_OF = "2026-11"
_JUDGEMENT = "judgement; set your own"


def plain(number: float) -> str:
    """A number as people write it: ``4,565,625``, ``1,241``, ``0.000298``."""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


class Range(Value):
    """A quantity as low, likely and high (the ends and the mode of a triangular distribution)."""

    low: float
    likely: float
    high: float
    unit: str = ""
    source: str = _JUDGEMENT
    as_of: str = AS_OF

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if not 0 <= self.low <= self.likely <= self.high:
            raise ValueError("low, likely and high must be in this order and not negative")
        return self

    def times(self, factor: float) -> Range:
        """The same range, every number multiplied."""
        scaled = {"low": self.low * factor, "likely": self.likely * factor, "high": self.high * factor}
        return self.model_copy(update=scaled)
