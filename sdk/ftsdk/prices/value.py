"""A quantity that is not known exactly."""

from __future__ import annotations

from ftsdk.values import Value


class Interval(Value):
    """Low, likely and high of one quantity in ``unit``."""

    low: float
    likely: float
    high: float
    unit: str

    def __add__(self, other: Interval) -> Interval:
        """The sum of two quantities of the same unit, end by end."""
        if self.unit != other.unit:
            raise ValueError(f"{self.unit} and {other.unit} do not add up")
        return Interval(
            low=self.low + other.low,
            likely=self.likely + other.likely,
            high=self.high + other.high,
            unit=self.unit,
        )
