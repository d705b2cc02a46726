"""One look at a raw line, for everything that would have to be judged in words: an RE2 set over its bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from ftsdk.data.private import KINDS, Kind

# Without these a line holds no control token, NUL or ASCII behind an escape (which would hide any of the others), and
# its keys can be counted by the quotes before colons.
ODD = (r"<\|", r"INST\]", r"SYS>>", r"_of_turn>", r"[^\\]\"\s+:", r"\\\\\"\s*:")
ESCAPED_ASCII = r"\\u00[0-7]"


class Suspicion(NamedTuple):
    """What a line may hold: a control token or escape (``odd``), private data of some ``kinds``."""

    odd: bool
    kinds: tuple[Kind, ...]


NONE = Suspicion(False, ())


@cache
def screen() -> Callable[[bytes], Suspicion]:
    """A function that looks at a line; loose patterns may suspect too much, never too little."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    patterns: Any = re2.Set.SearchSet(options)
    for pattern in (*(kind.loose for kind in KINDS), *ODD, ESCAPED_ASCII):
        patterns.Add(pattern)
    patterns.Compile()
    match, escaped, kinds = patterns.Match, len(KINDS) + len(ODD), len(KINDS)

    def look(line: bytes) -> Suspicion:
        found = match(line)
        if not found:
            return NONE
        if escaped in found:
            return Suspicion(True, KINDS)
        return Suspicion(max(found) >= kinds, tuple(KINDS[index] for index in sorted(found) if index < kinds))

    return look
