"""Any value, drawn: in a terminal, in a notebook, as a page that needs nothing else, as a picture, as Markdown, live.

Names load when they are first used: rich and matplotlib cost nothing until something is drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ftsdk.report.console.draw import terminal, text
    from ftsdk.report.live import plain_event, watch
    from ftsdk.report.picture import png
    from ftsdk.report.prose import markdown
    from ftsdk.report.web.card import card_page
    from ftsdk.report.web.document import page
    from ftsdk.report.web.notebook import fragment

_HOMES = {
    "card_page": "web.card",
    "fragment": "web.notebook",
    "markdown": "prose",
    "page": "web.document",
    "plain_event": "live",
    "png": "picture",
    "terminal": "console.draw",
    "text": "console.draw",
    "watch": "live",
}

__all__ = ["card_page", "fragment", "markdown", "page", "plain_event", "png", "terminal", "text", "watch"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
