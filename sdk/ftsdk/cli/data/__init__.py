"""`ft data`: commands on files of rows; no project is needed."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "import": ("ftsdk.cli.data.importing", "turn tables, foreign rows and request logs into rows"),
}
