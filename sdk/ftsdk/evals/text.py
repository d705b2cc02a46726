"""Text that every format can carry, and short pieces of long text."""

from __future__ import annotations


def carriable(text: str) -> str:
    """The text with lone surrogates replaced: JSON can spell them, UTF-8 cannot, and no report could be written."""
    return text.encode("utf-8", "replace").decode("utf-8")


def short(text: str, limit: int = 160) -> str:
    """The text on one line, cut to ``limit`` characters."""
    piece = " ".join(carriable(text[: 4 * limit]).split())
    return piece if len(piece) <= limit and len(text) <= 4 * limit else piece[: limit - 1] + "…"
