"""Text for Slack's sinks: other people's words are cut, made visible and inert before they reach a payload."""

from __future__ import annotations

import re
import unicodedata

import ftsdk

JOINER = "\u2060"  # invisible, and enough that an address is no longer one
ADDRESS = re.compile(r"\b(https?|www)(?=[:.])", re.IGNORECASE)
FALLBACK_MOST = 150
ZWJ = "\u200d"


def clip(text: str, most: int) -> str:
    """``text`` on one line in at most ``most`` characters, never cut inside what a reader sees as one character."""
    flat = ftsdk.report.line(text, max(most, 1))
    if len(flat) <= most:
        return flat
    end = most - 1
    while end > 0 and (_extends(flat[end]) or flat[end - 1] == ZWJ):
        end -= 1
    return flat[:end].rstrip() + "…"


def _extends(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, joiners, variation selectors, skin tones."""
    return character == ZWJ or unicodedata.category(character) in ("Mn", "Me", "Mc") or "🏻" <= character <= "🏿"


def escape(text: str) -> str:
    """``text`` with the three characters escaped that mrkdwn acts on."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fallback(text: str) -> str:
    """The ``text`` of a message: short, escaped, and without an address that Slack would turn into a link."""
    words = ADDRESS.sub(rf"\1{JOINER}", ftsdk.report.line(text, 2 * FALLBACK_MOST))
    most = FALLBACK_MOST
    while len(cut := escape(clip(words, most))) > FALLBACK_MOST:
        most -= 5
    return cut or "ftbot"


def did_you_mean(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that an unknown one was probably meant to be."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word.casefold()[:40], known, n=1)), None)
