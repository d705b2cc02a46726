"""Any value, drawn: in a terminal, in a notebook, as a page that needs nothing else, as a picture, as Markdown, live.

Names load when they are first used: rich and matplotlib cost nothing until something is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftsdk.lazy import lazily

if TYPE_CHECKING:
    from ftsdk.report.console.draw import terminal, text
    from ftsdk.report.curve import loss_curve, sparkline
    from ftsdk.report.live import plain_event, watch
    from ftsdk.report.picture import png
    from ftsdk.report.prose import inert, markdown
    from ftsdk.report.untrusted import line, shown
    from ftsdk.report.web.card import card_page
    from ftsdk.report.web.document import page
    from ftsdk.report.web.notebook import fragment
    from ftsdk.report.web.sample import sample_page
    from ftsdk.report.wording import (
        count,
        counted,
        duration,
        evaluated,
        gain,
        mean,
        money,
        notes,
        outcome,
        percent,
        points,
        points_range,
        share_range,
    )

_HOMES = {
    "card_page": "web.card",
    "count": "wording",
    "counted": "wording",
    "duration": "wording",
    "evaluated": "wording",
    "fragment": "web.notebook",
    "gain": "wording",
    "inert": "prose",
    "line": "untrusted",
    "loss_curve": "curve",
    "mean": "wording",
    "markdown": "prose",
    "money": "wording",
    "notes": "wording",
    "outcome": "wording",
    "page": "web.document",
    "percent": "wording",
    "plain_event": "live",
    "png": "picture",
    "points": "wording",
    "points_range": "wording",
    "share_range": "wording",
    "shown": "untrusted",
    "sample_page": "web.sample",
    "sparkline": "curve",
    "terminal": "console.draw",
    "text": "console.draw",
    "watch": "live",
}

__all__ = [
    "card_page", "count", "counted", "duration", "evaluated", "fragment", "gain", "inert", "line", "loss_curve",
    "markdown", "mean", "money",
    "notes", "outcome", "page", "percent", "plain_event", "png", "points", "points_range", "sample_page", "share_range",
    "shown", "sparkline", "terminal", "text", "watch",
]  # fmt: skip

__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
