"""`ft decision`: what came of a decision."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "outcome": ("ftsdk.cli.decision_outcome", "keep what came of a decision: a hit, a miss, or not clear"),
}
