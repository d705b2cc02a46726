"""Who must agree before a plan may spend or promote: the project's rules applied to one plan; pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from ftsdk.values import Value


class Need(Value):
    """``count`` people of ``approvers`` (``person:NAME``, ``group:NAME``) must agree to one act of at most ``usd``."""

    act: Literal["start", "promote"]
    usd: Decimal
    count: int
    approvers: tuple[str, ...]
    expires_seconds: float
