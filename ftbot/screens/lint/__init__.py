"""Lint: what Slack would refuse in a payload, and what we refuse ourselves, before anything is sent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ftbot.screens.lint.house import check_house
from ftbot.screens.lint.rules import Finding
from ftbot.screens.lint.schema import inspect

__all__ = ["Finding", "lint", "refusals"]


def refusals(payload: dict[str, Any], surface: str) -> list[Finding]:
    """What Slack would refuse; ``surface`` is message, modal or home."""
    return inspect(payload, surface).findings


def lint(payload: dict[str, Any], surface: str, *, people: Collection[str] = ()) -> list[Finding]:
    """What Slack would refuse and what breaks our rules; ``people`` are the user ids that may be mentioned."""
    report = inspect(payload, surface)
    check_house(report, payload, surface, people=frozenset(people))
    return report.findings
