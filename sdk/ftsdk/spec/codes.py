"""What each code of a finding stands for, in one sentence; docs/diagnostics.md has an example of each."""

from __future__ import annotations

CODES: dict[str, str] = {}
