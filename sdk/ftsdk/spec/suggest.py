"""The word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The entry of ``known`` nearest to ``word``, case, hyphens and underscores apart; None when none is near."""
    plain = {_plain(name): name for name in known}
    found = get_close_matches(_plain(word)[:100], plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """``did you mean 'x'?``, or ``otherwise: a, b, c`` when nothing is near."""
    names = list(known)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"{otherwise}: {', '.join(names[:12])}" if names else otherwise


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")
