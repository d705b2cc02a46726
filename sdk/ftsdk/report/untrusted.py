"""Text from rows, models and names made safe to look at: nothing in it moves a cursor, turns a line round or hides."""

from __future__ import annotations

import unicodedata

CLIP = 4_000
# Marks that reorder what follows them ("Trojan Source", CVE-2021-42574); shown as code points instead of obeyed.
REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
KEPT = frozenset("\n\t\u200c\u200d")  # joiners are part of ordinary words and emoji


def shown(text: str, limit: int = CLIP) -> str:
    """``text`` clipped to ``limit`` characters with a note, its control and reordering characters made visible."""
    visible = "".join(map(_visible, text[:limit].replace("\r\n", "\n")))
    left = len(text) - limit
    return visible if left <= 0 else f"{visible}\n… {left:,} more characters are not shown"


def line(text: str, limit: int = 200) -> str:
    """``text`` on one line of at most ``limit`` characters, made visible as by `shown`."""
    flat = " ".join(text[: 4 * limit].split())
    cut = flat[:limit]
    visible = cut if cut.isascii() and cut.isprintable() else "".join(map(_visible, cut))
    return visible if len(flat) <= limit else f"{visible}…"


def _visible(character: str) -> str:
    if character in KEPT or (character not in REORDERING and unicodedata.category(character) not in ("Cc", "Cs")):
        return character
    return f"⟨U+{ord(character):04X}⟩"
